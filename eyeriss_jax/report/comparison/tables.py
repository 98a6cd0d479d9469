"""The comparison as tables: totals of all runs, and the layers of each run against the first."""

from collections.abc import Sequence
from typing import Any

from eyeriss_jax.model.records import unit_name
from eyeriss_jax.report.comparison.changes import LayerChange, changes, configuration_changes, why
from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.comparison.totals import TOTALS, change, change_text, points_text, ratio, shown
from eyeriss_jax.report.comparison.work import same_network
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import energy, percent, scaled
from eyeriss_jax.search.space import JOULES


def comparison_tables(runs: Sequence[Run]) -> list[Table]:
    """The layers of every run against the first, the totals, where the cycles go, and what else differs.

    Layers of different networks are not set side by side.
    """
    first, others = runs[0], runs[1:]
    tables = [layer_table(first, other, changes(first, other)) for other in others if same_network(first, other)]
    tables += [totals_table(runs), *([shares_table(runs)] if has_shares(runs) else [])]
    return [*tables, *(differences_table(first, other) for other in others)]


def layer_table(first: Run, other: Run, found: Sequence[LayerChange]) -> Table:
    """One row per layer of either run; counts are per inference where the batch sizes differ."""

    def values(key: str, shows: tuple[Any, Any], header: str, priority: int) -> list[Column]:
        was, now = zip(*(change.values(key) for change in found), strict=True)
        ratios = [ratio(*pair) for pair in zip(was, now, strict=True)]
        old, shown = (
            tuple("–" if value is None else show(value) for value in values)
            for show, values in zip(shows, (was, now), strict=True)
        )
        return [
            Column(key=f"{key}_before", header=f"{header}\nbefore", cells=old, values=was, priority=priority + 2),
            Column(key=f"{key}_after", header=f"{header}\nafter", cells=shown, values=now, priority=priority + 1),
            Column.of(f"{key}_ratio", f"{header}\nchange", ratios, change_text, priority=priority),
        ]

    energies: Any = tuple(lambda value, run=run: _energy_cell(value, run) for run in (first, other))
    columns = (
        Column.of("layer", "layer", (change.name for change in found), numeric=False, priority=0, least=14),
        *values("cycles", (scaled, scaled), "cycles", 1),
        *(values("energy", energies, _energy_header(first), 5) if first.energy_unit == other.energy_unit else ()),
        *values("dram_bytes", (_bytes, _bytes), "DRAM", 8),
        Column.of("why", "why", map(why, found), numeric=False, priority=2, least=20),
    )
    name = f"layers_{other.label}"
    per = ", per inference" if first.per_inference else ""
    return Table(name=name, title=f"{other.label} against {first.label}: layers{per}", columns=columns)


def _energy_header(run: Run) -> str:
    """The header of energies: with the unit where the cells do not have it."""
    return "energy" if run.energy_unit in JOULES else f"energy\n({unit_name(run.energy_unit)})"


def _energy_cell(value: float, run: Run) -> str:
    return energy(value, run.energy_unit) if run.energy_unit in JOULES else scaled(value)


def _bytes(value: float) -> str:
    return scaled(value, "B")


def totals_table(runs: Sequence[Run]) -> Table:
    """One row per total, one column per run, each with its change against the first: shares in points."""
    rows = [total for total in TOTALS if all(total.key in run.data for run in runs)]
    columns = [
        Column(
            key="quantity",
            header="total",
            cells=tuple(total.named(runs[0]) for total in rows),
            values=tuple(total.key for total in rows),
            numeric=False,
            priority=0,
        ),
        Column(key="unit", values=tuple(total.unit or runs[0].energy_unit for total in rows)),
    ]
    for at, run in enumerate(runs):
        found = tuple(run.data[total.key] for total in rows)
        cells = tuple(shown(total, run) for total in rows)
        columns.append(Column(key=run.label, header=run.label, cells=cells, values=found, priority=1))
        if at:
            values, texts = zip(*(change(total, runs[0], run) for total in rows), strict=True)
            columns.append(Column(key=f"{run.label} change", header="change", cells=texts, values=values, priority=1))
    return Table(name="totals", title="Totals", columns=tuple(columns))


def has_shares(runs: Sequence[Run]) -> bool:
    """Whether all summaries say where the cycles go."""
    return all("utilization" in run.data and len(run.data.get("lost_shares") or ()) == len(STEPS) for run in runs)


def shares_table(runs: Sequence[Run]) -> Table:
    """Useful work and the loss at each of the seven steps in shares of the array's cycles, and changes in points."""
    names = ("useful work", *(f"{step.number} {step.label}" for step in STEPS))
    first = (runs[0].data["utilization"], *runs[0].data["lost_shares"])
    columns = [Column.of("part", "share of the array's cycles", names, numeric=False, priority=0, least=20)]
    for at, run in enumerate(runs):
        shares = (run.data["utilization"], *run.data["lost_shares"])
        columns.append(Column.of(f"{run.label} share", run.label, shares, percent, priority=1))
        if at:
            moved = [now - was for was, now in zip(first, shares, strict=True)]
            columns.append(Column.of(f"{run.label} change", "change", moved, points_text, priority=1))
    return Table(name="shares", title="Where the array's cycles go", columns=tuple(columns))


def differences_table(first: Run, other: Run) -> Table:
    """What differs beside the numbers."""
    rows = configuration_changes(first, other) or [("nothing", "", "")]
    what, was, now = zip(*rows, strict=True)
    columns = (
        Column.of("what", "what differs", what, numeric=False, priority=0),
        Column.of("before", first.label, was, numeric=False, priority=1),
        Column.of("after", other.label, now, numeric=False, priority=1),
    )
    return Table(
        name=f"differences_{other.label}", title=f"{other.label} against {first.label}: set-up", columns=columns
    )
