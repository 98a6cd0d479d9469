"""The laws of the field's mechanisms, one file each: cycles of a layer and what each loss takes of them."""

from eyeriss_jax.model.field.broadcast import broadcast_spent
from eyeriss_jax.model.field.cartesian import cartesian_spent
from eyeriss_jax.model.field.evaluate import spent
from eyeriss_jax.model.field.flexible_unroll import flexible_spent
from eyeriss_jax.model.field.reduction_tree import tree_spent
from eyeriss_jax.model.field.ring import ring_spent
from eyeriss_jax.model.field.skip_lanes import skip_lanes_spent
from eyeriss_jax.model.field.spent import Spent
from eyeriss_jax.model.field.weight_tile import weight_tile_spent

__all__ = [
    "Spent", "broadcast_spent", "cartesian_spent", "flexible_spent", "ring_spent", "skip_lanes_spent", "spent",
    "tree_spent", "weight_tile_spent",
]  # fmt: skip
