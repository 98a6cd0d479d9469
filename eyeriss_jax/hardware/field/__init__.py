"""The machines of the field by mechanism: what their laws in :mod:`eyeriss_jax.model.field` need, and no more."""

from eyeriss_jax.hardware.field.broadcast import BroadcastArrays, BroadcastMachine
from eyeriss_jax.hardware.field.cartesian import CartesianArrays, CartesianMachine
from eyeriss_jax.hardware.field.flexible_unroll import FlexibleArrays, FlexibleMachine
from eyeriss_jax.hardware.field.machine import FieldMachine
from eyeriss_jax.hardware.field.reduction_tree import TreeArrays, TreeMachine
from eyeriss_jax.hardware.field.ring import RingArrays, RingMachine
from eyeriss_jax.hardware.field.skip_lanes import SkipLanesArrays, SkipLanesMachine
from eyeriss_jax.hardware.field.weight_tile import WeightTileArrays, WeightTileMachine

__all__ = [
    "BroadcastArrays", "BroadcastMachine", "CartesianArrays", "CartesianMachine", "FieldMachine", "FlexibleArrays",
    "FlexibleMachine", "RingArrays", "RingMachine", "SkipLanesArrays", "SkipLanesMachine", "TreeArrays", "TreeMachine",
    "WeightTileArrays", "WeightTileMachine",
]  # fmt: skip
