"""The totals that a comparison shows: what each is called, its unit, and how a change of it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.comparison.work import same_work
from eyeriss_jax.report.units import duration, energy, percent, scaled, significant


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """One total: its key in the summary, its name for people, and how they see a value of a run.

    ``unit``: of the plain values; empty for energy, whose unit is the table's. ``of_any_work``: whether it says
    something about runs that did different work. ``counts``: whether it is of one inference where batch sizes differ.
    """

    key: str
    name: str
    unit: str
    show: Callable[[float, Run], str]
    of_any_work: bool = False
    counts: bool = False

    def named(self, run: Run) -> str:
        """The name for people, with what it is a count of."""
        return f"{self.name} per inference" if self.counts and run.per_inference else self.name


def _plain(show: Callable[[float], str]) -> Callable[[float, Run], str]:
    return lambda value, _: show(value)


TOTALS: tuple[Total, ...] = (
    Total(key="inferences_per_s", name="inferences/s", unit="1/s", show=_plain(significant)),
    Total(key="latency_s", name="latency", unit="s", show=_plain(duration)),
    Total(key="cycles", name="cycles", unit="cycles", show=_plain(scaled), counts=True),
    Total(key="macs", name="MACs", unit="MACs", show=_plain(scaled), counts=True),
    Total(key="utilization", name="MAC utilization", unit="share", show=_plain(percent), of_any_work=True),
    Total(
        key="dram_bytes", name="DRAM traffic", unit="bytes", show=lambda value, _: scaled(value, "B"), counts=True
    ),
    Total(key="energy", name="energy", unit="", show=lambda value, run: energy(value, run.energy_unit), counts=True),
)  # fmt: skip
"""In the order of the tables."""


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


def points_text(difference: float | None) -> str:
    """A difference of two shares of one in percentage points: +12 points, −0.3 points, = or –."""
    if difference is None:
        return "–"
    points = 100 * abs(difference)
    if points < 0.05:
        return "="
    text = f"{points:.0f}" if points >= 9.95 else f"{points:.1f}"
    return f"{'+' if difference > 0 else '−'}{text} point{'' if text == '1.0' else 's'}"


def change(total: Total, first: Run, other: Run) -> tuple[float | None, str]:
    """How a total changed, as a number and in words: shares by their difference, all else by the ratio.

    None where the two cannot be compared: other work, or energies in other units.
    """
    was, now = first.data[total.key], other.data[total.key]
    comparable = same_work(first, other) or total.of_any_work
    if total.key == "energy":
        comparable = comparable and first.energy_unit == other.energy_unit
    if total.key == "latency_s":
        comparable = comparable and first.inferences == other.inferences
    if total.unit == "share":
        return (difference := now - was if comparable else None), points_text(difference)
    return (found := ratio(was, now) if comparable else None), change_text(found)


def shown(total: Total, run: Run) -> str:
    """A total of a run for people."""
    value: Any = run.data[total.key]
    return total.show(value, run)
