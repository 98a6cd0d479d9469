"""The picture of the field as a table: utilisation in per cent and the step that loses most, by machine and network."""

from eyeriss_jax.report.field.cell import FieldCell
from eyeriss_jax.report.field.matrix import FieldMatrix
from eyeriss_jax.report.field.words import cell_in_short
from eyeriss_jax.report.table import Column, Table

_LONGEST_LINE = 9


def field_table(matrix: FieldMatrix) -> Table:
    """One row per machine; scripts get the shares themselves."""
    names = [chip.name for chip in matrix.chips]
    columns = [Column.of("chip", "machine", names, priority=0, numeric=False, least=8)]
    for network in matrix.networks:
        cells = [matrix.cells[name, network] for name in names]
        shares = [cell.utilization if isinstance(cell, FieldCell) else None for cell in cells]
        columns.append(
            Column(
                key=f"utilization {network}",
                header=_wrapped(network),
                values=tuple(shares),
                cells=tuple(cell_in_short(cell).replace(" ", "\N{NO-BREAK SPACE}") for cell in cells),
                numeric=False,
                least=6,
                priority=1,
            )
        )
    return Table(name="field", columns=tuple(columns))


def _wrapped(name: str) -> str:
    """A name over several lines of a header, cut after underscores."""
    lines = [""]
    for piece in name.split("_"):
        joined = f"{lines[-1]}_{piece}" if lines[-1] else piece
        lines = [*lines[:-1], joined] if len(joined) <= _LONGEST_LINE else [*filter(None, lines), piece]
    return "\n".join(lines)
