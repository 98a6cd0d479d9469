"""Sums over the layers of a network on a machine of the field."""

import math
from collections.abc import Iterable

from eyeriss_jax.hardware.field import FieldMachine
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.field import spent


def cycles_of(layers: Iterable[Layer], machine: FieldMachine) -> float:
    """Cycles of the layers one after the other."""
    return math.fsum(spent(layer, machine).total for layer in layers)


def utilization(layers: Iterable[Layer], machine: FieldMachine) -> float:
    """Useful share of the multipliers' time over the layers, in percent."""
    parts = [spent(layer, machine) for layer in layers]
    return 100 * math.fsum(part.useful for part in parts) / math.fsum(part.total for part in parts)
