"""The comparison as tables: totals of all runs, and the layers of each run against the first."""

from collections.abc import Sequence
from typing import Any

from eyeriss_jax.report.comparison.changes import LayerChange, changes, configuration_changes, why
from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import duration, percent, scaled, significant

TOTALS: tuple[tuple[str, str, Any], ...] = (
    ("inferences_per_s", "inferences/s", significant),
    ("latency_s", "latency", duration),
    ("cycles", "cycles", scaled),
    ("macs", "MACs", scaled),
    ("utilization", "MAC utilization", percent),
    ("dram_bytes", "DRAM bytes", scaled),
    ("energy", "energy", scaled),
)
"""Key in the summary, name for people, and how to show a value."""


def ratio(before: float | None, after: float | None) -> float | None:
    """``after`` over ``before``; None where either is missing or the first is nothing."""
    return after / before if before and after is not None else None


def change_text(value: float | None) -> str:
    """A ratio as a change: +12 %, −3 %, = or –."""
    if value is None:
        return "–"
    if abs(value - 1) < 5e-4:
        return "="
    if value >= 10:
        return f"× {significant(value)}"
    share = 100 * abs(value - 1)
    return f"{'+' if value > 1 else '−'}{share:.0f} %" if share >= 9.95 else f"{'+' if value > 1 else '−'}{share:.1f} %"


def comparison_tables(runs: Sequence[Run]) -> list[Table]:
    """Layers of every run against the first, then the totals, then what differs beside the numbers."""
    first, others = runs[0], runs[1:]
    tables = [layer_table(first, other, changes(first, other)) for other in others]
    return [*tables, totals_table(runs), *(differences_table(first, other) for other in others)]


def layer_table(first: Run, other: Run, found: Sequence[LayerChange]) -> Table:
    """One row per layer of either run."""

    def values(key: str, show: Any, header: str, priority: int) -> list[Column]:
        was, now = zip(*(change.values(key) for change in found), strict=True)
        ratios = [ratio(*pair) for pair in zip(was, now, strict=True)]
        shown = tuple("–" if value is None else show(value) for value in now)
        old = tuple("–" if value is None else show(value) for value in was)
        return [
            Column(key=f"{key}_before", header=f"{header}\nbefore", cells=old, values=was, priority=priority + 2),
            Column(key=f"{key}_after", header=f"{header}\nafter", cells=shown, values=now, priority=priority + 1),
            Column.of(f"{key}_ratio", f"{header}\nchange", ratios, change_text, priority=priority),
        ]

    columns = (
        Column.of("layer", "layer", (change.name for change in found), numeric=False, priority=0, least=14),
        *values("cycles", scaled, "cycles", 1),
        *values("energy", scaled, "energy", 5),
        *values("dram_bytes", scaled, "DRAM B", 8),
        Column.of("why", "why", map(why, found), numeric=False, priority=2, least=20),
    )
    name = f"layers_{other.label}"
    return Table(name=name, title=f"{other.label} against {first.label}: layers", columns=columns)


def totals_table(runs: Sequence[Run]) -> Table:
    """One row per total, one column per run, each with its change against the first."""
    rows = [row for row in TOTALS if all(row[0] in run.data for run in runs)]
    columns = [
        Column(
            key="quantity",
            header="total",
            cells=tuple(name for _, name, _ in rows),
            values=tuple(key for key, _, _ in rows),
            numeric=False,
            priority=0,
        )
    ]
    for at, run in enumerate(runs):
        found = [run.data[key] for key, _, _ in rows]
        shown = tuple(show(value) for (_, _, show), value in zip(rows, found, strict=True))
        columns.append(Column(key=run.label, header=run.label, cells=shown, values=tuple(found), priority=1))
        if at:
            ratios = [ratio(runs[0].data[key], value) for (key, _, _), value in zip(rows, found, strict=True)]
            columns.append(Column.of(f"{run.label} ratio", "change", ratios, change_text, priority=1))
    return Table(name="totals", title="Totals", columns=tuple(columns))


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
