"""The mappings that a search tries, as tables, and the mapping of one of them as scalars."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dataflow.mapspace import Inner, Outer, mapping_of
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions


class Candidates(struct.PyTreeNode):
    """The mappings of one layer on one array shape: every inner choice with every tiling and every pair of orders.

    ``inner`` ``[5, 8, K]``: factors on the four axes and PE tile, per dimension. ``parts`` ``[P, 8]``: numbers of DRAM
    tiles, of which the first ``parts_count`` are meant. ``orders`` ``[B, 2, 3]``: ranks of the DRAM and the GLB loop
    order, of which the first ``orders_count`` are. A mapping has the index (tiling x orders_count + orders) x K + inner
    choice. Of several layers, all leaves have a first axis L.
    """

    inner: Any
    parts: Any
    parts_count: Any
    orders: Any
    orders_count: Any


class Choice(struct.PyTreeNode):
    """One mapping of the tables: ``inner`` ``[5, 8]``, ``parts`` ``[8]``, ``orders`` ``[2, 3]``, or many of them."""

    inner: Any
    parts: Any
    orders: Any

    def mapping(self, layer: LayerArrays, conventions: Conventions) -> MappingArrays:
        """The mapping of ``layer``."""
        outer = Outer(
            parts=Dims(**{d: self.parts[j] for j, d in enumerate(DIMS)}),
            dram_order=order_of(self.orders[0]),
            glb_order=order_of(self.orders[1]),
        )
        return mapping_of(layer.dims, inner_of(self.inner), outer, nested=conventions.nested_tiles)


def inner_of(table: jax.Array) -> Inner:
    """The inner choices of a table ``[5, 8, ...]``."""
    levels = [Dims(**{d: table[i, j] for j, d in enumerate(DIMS)}) for i in range(5)]
    return Inner(**dict(zip((*AXES, "spad"), levels, strict=True)))


def order_of(ranks: jax.Array) -> LoopOrder:
    """The loop order of a table of ranks ``[3, ...]``."""
    return LoopOrder(**{group: ranks[i] for i, group in enumerate(GROUPS)})


def choices_at(candidates: Candidates, index: jax.Array) -> Choice:
    """The mappings with the given indices ``[N]``, the axis N last."""
    K = candidates.inner.shape[-1]
    pair = index // K
    tiling, order = pair // candidates.orders_count, pair % candidates.orders_count
    return Choice(
        inner=candidates.inner.astype(jnp.float32)[:, :, index % K],
        parts=jnp.moveaxis(candidates.parts[tiling].astype(jnp.float32), 0, -1),
        orders=jnp.moveaxis(candidates.orders[order].astype(jnp.float32), 0, -1),
    )


def pairs_with_all_inners(candidates: Candidates, pairs: jax.Array) -> Choice:
    """The mappings of some pairs (tiling, orders) ``[Q]``, each with every inner choice: Q x K of them, axis last.

    Only the short tables are indexed; a gather of Q x K inner choices would cost a TPU more than the law.
    """
    K, Q = candidates.inner.shape[-1], pairs.shape[0]
    tiling, order = pairs // candidates.orders_count, pairs % candidates.orders_count

    def repeated(rows: jax.Array) -> jax.Array:
        columns = jnp.moveaxis(rows.astype(jnp.float32), 0, -1)[..., None]
        return jnp.broadcast_to(columns, (*columns.shape[:-1], K)).reshape(*columns.shape[:-2], Q * K)

    inner = candidates.inner.astype(jnp.float32)[:, :, None, :]
    return Choice(
        inner=jnp.broadcast_to(inner, (*inner.shape[:2], Q, K)).reshape(*inner.shape[:2], Q * K),
        parts=repeated(candidates.parts[tiling]),
        orders=repeated(candidates.orders[order]),
    )
