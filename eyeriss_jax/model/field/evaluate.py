"""A layer on a machine of the field, whichever mechanism that is: exact, on the host."""

from collections.abc import Callable
from typing import Any

import jax

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field import (
    BroadcastMachine,
    CartesianMachine,
    FieldMachine,
    FlexibleMachine,
    RingMachine,
    SkipLanesMachine,
    TreeMachine,
    WeightTileMachine,
)
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.field.broadcast import broadcast_spent
from eyeriss_jax.model.field.cartesian import cartesian_spent
from eyeriss_jax.model.field.flexible_unroll import flexible_spent
from eyeriss_jax.model.field.reduction_tree import tree_spent
from eyeriss_jax.model.field.ring import ring_spent
from eyeriss_jax.model.field.skip_lanes import skip_lanes_spent
from eyeriss_jax.model.field.spent import Spent
from eyeriss_jax.model.field.weight_tile import weight_tile_spent

LAWS: dict[type[FieldMachine], Callable[..., Spent]] = {
    TreeMachine: tree_spent,
    WeightTileMachine: weight_tile_spent,
    BroadcastMachine: broadcast_spent,
    CartesianMachine: cartesian_spent,
    FlexibleMachine: flexible_spent,
    RingMachine: ring_spent,
    SkipLanesMachine: skip_lanes_spent,
}
"""The law of each mechanism: a pure function of the layer's and the machine's scalars."""


def spent(layer: Layer, machine: Any) -> Spent:
    """Cycles of ``layer`` on ``machine`` by what they are for, in float64, as Python floats.

    Raises:
        SpecError: ``layer`` is no Layer, or ``machine`` no machine of the field.

    Example:
        >>> from eyeriss_jax.hardware.presets.field import field_machine
        >>> conv5 = Layer.conv2d("CONV5", 192, 128, 13, 3, padding=1)
        >>> spent(conv5, field_machine("zhang_fpga15")).total
        86296.0
    """
    checks.kind("spent(layer, machine): layer", layer, Layer, "one of ej.network('alexnet').layers")
    law = LAWS.get(type(machine))
    if law is None:
        raise SpecError(
            f"spent(layer, machine): machine is of type {type(machine).__name__} but must be one of the field; take "
            "field_machine('tpu_v1'), or map_layer() for an Accelerator"
        )
    with jax.enable_x64(True):
        return jax.tree.map(float, law(layer.build(), machine.build()))
