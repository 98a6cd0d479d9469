"""The comparison in a sentence per run."""

from eyeriss_jax.report.comparison.changes import changes, why
from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.comparison.tables import change_text, ratio


def verdict(first: Run, other: Run) -> str:
    """How much faster or slower, with what energy, and the layer that moved most."""
    speed = ratio(other.data["cycles"] / _clock(other), first.data["cycles"] / _clock(first)) or 1.0
    pace = f"{speed:.3g} times as fast" if abs(speed - 1) >= 5e-4 else "as fast"
    energy = change_text(ratio(first.data["energy"], other.data["energy"]))
    text = f"{other.label} is {pace} as {first.label}"
    if first.data.get("energy_unit") == other.data.get("energy_unit") and energy != "=":
        text += f", energy {energy}"
    moved = [change for change in changes(first, other) if why(change) and change.cycles]
    if not moved:
        return f"{text}."
    most = max(moved, key=lambda change: abs(change.cycles))
    layers = "1 layer differs" if len(moved) == 1 else f"{len(moved)} layers differ"
    return f"{text}; {layers} in time, most of all {most.name} ({why(most)})."


def _clock(run: Run) -> float:
    return run.data.get("clock_hz") or 1.0
