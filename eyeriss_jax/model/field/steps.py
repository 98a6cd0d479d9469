"""The losses of a machine of the field in the seven steps of Eyexam, so that they stand beside those of Eyeriss.

``shape`` is split over steps 1 to 4 as everywhere: by the dimensions that the mechanism can spread, its number of
multipliers, and what its axes leave empty. Every other loss belongs to one step, :data:`STEP_OF`.
"""

from typing import Any

from eyeriss_jax.hardware.field import (
    BroadcastMachine,
    CartesianMachine,
    FlexibleMachine,
    RingMachine,
    SkipLanesMachine,
    TreeMachine,
    WeightTileMachine,
)
from eyeriss_jax.hardware.field.machine import FieldMachine
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.eyexam import Early, Searched, cycles_by_step, reached
from eyeriss_jax.model.field.spent import Spent

STEP_OF: dict[str, int] = {
    "precision": 3,
    "fetch": 4,
    "format": 5,
    "weight_shift": 6,
    "weight_bandwidth": 6,
    "link": 6,
    "imbalance": 7,
    "ramp": 7,
}
"""The step of each loss of :class:`Spent` but ``shape``; why is said in ``docs/field.md``."""

_SPREAD: dict[type[FieldMachine], str] = {
    WeightTileMachine: "MCRS",
    BroadcastMachine: "M",
    CartesianMachine: "MEFRS",
    FlexibleMachine: "MEFCRS",
    RingMachine: "MC",
    SkipLanesMachine: "MCRS",
}
_TREE_AXES = {"filters": "M", "channels": "C", "rows": "E", "cols": "F", "filter_rows": "R", "filter_cols": "S"}


def parallel_dims(machine: Any) -> tuple[str, ...]:
    """The dimensions that the machine's mechanism can spread over its multipliers."""
    if isinstance(machine, TreeMachine):
        spread = [dim for axis, dim in _TREE_AXES.items() if getattr(machine, axis) > 1]
        return tuple(dict.fromkeys((*spread, *("CRS" if machine.merged_taps and machine.channels > 1 else ""))))
    return tuple(_SPREAD[type(machine)])


def cycles_of_steps(layer: Layer, machine: Any, parts: Spent) -> tuple[float, ...]:
    """Cycles that each of the seven steps adds to ``parts.useful``; with those they are ``parts.total``.

    Args:
        layer: what runs.
        machine: the machine of the field.
        parts: what :func:`~eyeriss_jax.model.field.evaluate.spent` gives of both.
    """
    placed = parts.useful + parts.shape
    early = Early.of(layer, machine, parallel_dims(machine), placed)
    work = parts.useful * machine.macs_per_cycle
    floors = reached(early, Searched(placed, placed), work, placed)
    steps = [float(cycles) for cycles in cycles_by_step(parts.useful, floors)]
    for loss, step in STEP_OF.items():
        steps[step - 1] += getattr(parts, loss)
    return tuple(max(0.0, cycles) for cycles in steps)
