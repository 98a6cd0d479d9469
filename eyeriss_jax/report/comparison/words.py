"""The comparison in a sentence per run."""

from eyeriss_jax.report.comparison.changes import changes, why
from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.comparison.totals import change_text, points_text, ratio
from eyeriss_jax.report.comparison.work import differences_in_work, same_work
from eyeriss_jax.report.units import percent, scaled, significant


def verdict(first: Run, other: Run) -> str:
    """What differs in the work, if anything; how much faster or slower, with what energy, and what moved most."""
    sentences = [differences_in_work(first, other)]
    sentences.append(_faster(first, other) if same_work(first, other) else _side_by_side(first, other))
    return " ".join(sentence for sentence in sentences if sentence)


def _faster(first: Run, other: Run) -> str:
    """Speed and energy of the same work, and the layer that moved most."""
    speed = ratio(other.data["cycles"] / _clock(other), first.data["cycles"] / _clock(first)) or 1.0
    pace = f"{speed:.3g} times as fast" if abs(speed - 1) >= 5e-4 else "as fast"
    text = f"{other.label} is {pace} as {first.label}"
    if first.per_inference:
        text += " per inference"
    was, now = (run.data["peak_macs_per_cycle"] for run in (first, other))
    energy = change_text(ratio(first.data["energy"], other.data["energy"]))
    if first.energy_unit == other.energy_unit and energy != "=":
        text += f", energy {energy}"
    if was != now:
        text += f", on an array of {scaled(now)} instead of {scaled(was)} MAC/cycle at most"
    moved = [change for change in changes(first, other) if why(change) and change.cycles]
    if not moved:
        return f"{text}."
    most = max(moved, key=lambda change: abs(change.cycles))
    layers = "1 layer differs" if len(moved) == 1 else f"{len(moved)} layers differ"
    return f"{text}; {layers} in time, most of all {most.name} ({why(most)})."


def _side_by_side(first: Run, other: Run) -> str:
    """Speed and utilisation of different work, each for itself, and the difference in points."""
    parts = [_alone(run) for run in (first, other) if "utilization" in run.data]
    if len(parts) < 2:
        return ""
    points = points_text(other.data["utilization"] - first.data["utilization"])
    return f"{'; '.join(parts)} ({points if points != '=' else 'the same'})."


def _alone(run: Run) -> str:
    rate = run.data.get("inferences_per_s")
    speed = f"{significant(rate)} inferences/s at " if rate else ""
    return f"{run.label}: {speed}{percent(run.data['utilization'])} MAC utilization"


def _clock(run: Run) -> float:
    return run.data.get("clock_hz") or 1.0
