"""What became of each layer from one run to another, and the step of Eyexam that explains it."""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import scaled

_SAME = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerChange:
    """One layer in the first run and in another; ``before`` or ``after`` is None where a run lacks it.

    Attributes:
        name: the layer's name.
        before: the layer in the first run's summary.
        after: the layer in the other run's summary.
        useful: cycles that useful work at the full rate takes more, or (negative) less.
        steps: cycles that each of the seven steps adds more, or less; with ``useful`` they add up to the difference.
    """

    name: str
    before: Dictionary[str, Any] | None
    after: Dictionary[str, Any] | None
    useful: float = 0.0
    steps: tuple[float, ...] = ()

    def values(self, key: str) -> tuple[float | None, float | None]:
        """``cycles``, ``energy`` or ``dram_bytes`` before and after, all repeats together; None if unknown."""
        return _value(self.before, key), _value(self.after, key)

    @property
    def cycles(self) -> float:
        """Cycles that the layer takes more, or (negative) less; 0 where a run lacks the layer."""
        before, after = self.values("cycles")
        return after - before if before is not None and after is not None else 0.0


def _value(layer: Dictionary[str, Any] | None, key: str) -> float | None:
    if layer is None or key not in layer:
        return None
    value = layer[key]["total"] if key == "energy" else layer[key]
    return value * layer.get("repeat", 1)


def changes(first: Run, other: Run) -> list[LayerChange]:
    """Every layer of either run: those of the first in its order, then those that only the other has."""
    before, after = first.layers, other.layers
    return [_change(name, first, before.get(name), other, after.get(name)) for name in {**before, **after}]


def _change(
    name: str, first: Run, before: Dictionary[str, Any] | None, other: Run, after: Dictionary[str, Any] | None
) -> LayerChange:
    if before is None or after is None:
        return LayerChange(name=name, before=before, after=after)
    was, now = first.losses(before), other.losses(after)
    was_times, now_times = before.get("repeat", 1), after.get("repeat", 1)
    steps = tuple(b * now_times - a * was_times for a, b in zip(was.steps, now.steps, strict=True))
    useful = now.useful * now_times - was.useful * was_times
    return LayerChange(name=name, before=before, after=after, useful=useful, steps=steps)


def why(change: LayerChange) -> str:
    """The main cause of a change in words: the part that moved most, and what the step says of it in either run."""
    before, after = change.before, change.after
    if before is None or after is None:
        return "only in the other run" if before is None else "only in the first run"
    if abs(change.cycles) <= _SAME * before["cycles"]:
        return ""
    parts = {"useful work": change.useful} | {
        step.label: moved for step, moved in zip(STEPS, change.steps, strict=True)
    }
    main = max(parts, key=lambda part: abs(parts[part]))
    moved = f"{main} {'+' if parts[main] > 0 else '−'}{scaled(abs(parts[main]))} cycles"
    return f"{moved}: {reason}" if (reason := _reason(change, main, parts[main])) else moved


def _reason(change: LayerChange, main: str, moved: float) -> str:
    before, after = change.before or {}, change.after or {}
    if main == "useful work":
        if before["macs"] != after["macs"]:
            return f"{scaled(before['macs'])} MACs became {scaled(after['macs'])}"
        return ""  # the array's peak is another, for all layers alike: the verdict says it once
    at = next(step.number for step in STEPS if step.label == main) - 1
    was, now = before["reasons"][at], after["reasons"][at]
    if moved > 0:
        return now
    return f"no longer {was}" if was and not now else f"was {was}; now {now}" if was != now else now


def configuration_changes(first: Run, other: Run) -> list[tuple[str, str, str]]:
    """(what, before, after) of everything beside the numbers that differs: names, configuration, versions, revision."""
    rows = []
    for key in ("network", "accelerator", "dataflow", "objective", "clock_hz", "peak_macs_per_cycle", "energy_table"):
        rows.append((key, first.data.get(key), other.data.get(key)))
    for group in ("config", "versions"):
        was, now = first.data.get(group) or {}, other.data.get(group) or {}
        rows += [(f"{group}: {key}", was.get(key), now.get(key)) for key in {**was, **now}]
    rows.append(("git_revision", first.data.get("git_revision"), other.data.get("git_revision")))
    return [(what, _plain(was), _plain(now)) for what, was, now in rows if was != now]


def _plain(value: Any) -> str:
    return "–" if value in (None, "") else str(value)
