"""The picture of the field as one HTML file: every cell a bar, chosen by machine, network and step, and its words."""

from collections.abc import Mapping as Dictionary
from typing import Any

from markupsafe import Markup

from eyeriss_jax.report.field.cell import FieldCell, Missing
from eyeriss_jax.report.field.matrix import REFERENCE, Chip, FieldMatrix
from eyeriss_jax.report.field.words import cell_in_words, claim_in_words, left_out_in_words
from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.templating import rendered, text_of
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import percent, significant

_MATRIX = (
    "A bar is the time of all multipliers: useful work, then what each of the seven steps takes. Choose a cell, or a "
    "step to see it alone."
)
_RATES = "At each machine's own clock and size, which the shares above leave out."


def field_page(matrix: FieldMatrix, summary: Dictionary[str, Any]) -> Markup:
    """The whole page; ``summary`` is embedded in it."""
    tiles = [("machines", f"{len(matrix.chips)}"), ("networks", f"{len(matrix.networks)}")]
    if any(chip.name == REFERENCE for chip in matrix.chips) and (kept := matrix.least_over_most(REFERENCE)) is not None:
        tiles.append((f"{REFERENCE}: worst network over best", percent(kept)))
    return render_frame(
        title="Eyexam of the field",
        kicker="eyeriss_jax field",
        headline=claim_in_words(matrix),
        tiles=tiles,
        sections=[
            Section(title="Who loses what", id="matrix", intro=_MATRIX, body=_matrix(matrix)),
            Section(title="What is compared", intro=left_out_in_words(matrix), body=_chips(matrix)),
            Section(title="Inferences per second", intro=_RATES, body=_rates(matrix)),
        ],
        data=summary,
        styles=(text_of("field/templates/field.css"),),
        scripts=(text_of("field/templates/field.js"),),
    )


def _matrix(matrix: FieldMatrix) -> Markup:
    rows = [
        (chip, [_cell(chip, network, matrix.cells[chip.name, network]) for network in matrix.networks])
        for chip in matrix.chips
    ]
    return rendered("field/templates/matrix.html", networks=matrix.networks, rows=rows, steps=STEPS)


def _cell(chip: Chip, network: str, cell: FieldCell | Missing) -> dict[str, Any]:
    """A cell; ``widths`` are per cent of the bar, useful work first."""
    shares = (cell.utilization, *cell.lost_shares) if isinstance(cell, FieldCell) else ()
    return {
        "network": network,
        "words": cell_in_words(chip, network, cell),
        "shown": [percent(share) for share in shares],
        "widths": [f"{100 * share:.3f}" for share in shares],
    }


def _chips(matrix: FieldMatrix) -> Markup:
    """What each machine is, and how much it depends on the network."""
    kept = [matrix.least_over_most(chip.name) for chip in matrix.chips]
    columns = (
        _names(matrix),
        Column.of("multipliers", "Multipliers", [chip.multipliers for chip in matrix.chips], "{:,}".format),
        Column.of("kept", "Worst network over best", kept, lambda share: "-" if share is None else percent(share)),
        Column.of("title", "What it is", [chip.title for chip in matrix.chips], numeric=False),
    )
    return data_table(Table(name="chips", columns=columns), "chips", "machines")


def _rates(matrix: FieldMatrix) -> Markup:
    """Inferences per second."""
    columns = [_names(matrix)]
    for network in matrix.networks:
        cells = [matrix.ran(chip.name).get(network) for chip in matrix.chips]
        rates = [cell.inferences_per_s if cell else None for cell in cells]
        columns.append(Column.of(network, network, rates, lambda rate: "-" if rate is None else significant(rate)))
    return data_table(Table(name="rates", columns=tuple(columns)), "rates-table", "machines")


def _names(matrix: FieldMatrix) -> Column:
    return Column.of("chip", "Machine", [chip.name for chip in matrix.chips], numeric=False)
