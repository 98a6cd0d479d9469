"""The mapper's compiled program: the best loop orders of DRAM tilings, or lower bounds of inner choices.

It decodes points from integer indices on the device and evaluates the laws vmapped over a block, as many blocks as
there are points. Tables are padded to a few fixed lengths so that all layers and accelerators share the programs.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from eyeriss_jax.compiling import compiled_in_stages
from eyeriss_jax.dataflow.mapping import LoopOrder
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, mapping_of
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.objectives import OBJECTIVES

TILING_BLOCK = 2048
"""Points evaluated at once: few enough for the caches, and for small layers to be cheap."""

CAPACITY = 1 << 16
"""DRAM tilings that a call has room for at least, so that steps of most sizes share one program."""

PLAN_ROWS = 4096
"""Plans on the device at once."""


class Tables(struct.PyTreeNode):
    """A mapspace on the device: padded tables ``[P]`` (a stretch of the plans), ``[T]``, ``[Q]``, ``[K]``.

    With them the true T, Q and K, and the parts of the smallest DRAM tiles: what does not fit so fits with none.
    """

    plans: dict[str, Dims]
    pe_tiles: Dims
    parts: Dims
    dram_order: LoopOrder
    glb_order: LoopOrder
    tile_count: Any
    parts_count: Any
    order_count: Any
    most_parts: Dims


class Best(struct.PyTreeNode):
    """Per DRAM tiling ``[capacity]``: the least of the objective over loop orders, and the pair of orders.

    ``compute``, ``bandwidth``: cycles of compute, and of compute and every port. All infinite where nothing fits.
    """

    primary: Any
    secondary: Any
    order: Any
    compute: Any
    bandwidth: Any


def device_tables(space: MapSpace) -> Tables:
    """``space`` as padded arrays with its first plans; :func:`with_plans` takes others."""

    def padded(table: np.ndarray, least: int) -> np.ndarray:
        length = least
        while length < len(table):
            length *= 4
        return np.pad(table, (0, length - len(table)), mode="edge")

    tables = Tables(
        plans={},
        pe_tiles=jax.tree.map(lambda t: padded(t, 16384), space.pe_tiles),
        parts=jax.tree.map(lambda t: padded(t, 16384), space.parts),
        dram_order=jax.tree.map(lambda t: padded(t, 36), space.dram_order),
        glb_order=jax.tree.map(lambda t: padded(t, 36), space.glb_order),
        tile_count=np.int32(space.tile_count),
        parts_count=np.int32(space.parts_count),
        order_count=np.int32(space.order_count),
        most_parts=space.most_parts,
    )
    return with_plans(tables, space, np.arange(min(PLAN_ROWS, space.plan_count)))


def with_plans(tables: Tables, space: MapSpace, plans: np.ndarray) -> Tables:
    """``tables`` with ``plans``, at most :data:`PLAN_ROWS` rows of the plans of ``space``."""
    return tables.replace(plans=space.plans_at(np.pad(plans, (0, PLAN_ROWS - len(plans)))))


def with_free_glb_order(tables: Tables, space: MapSpace) -> Tables:
    """``tables`` with every DRAM order, and a GLB order in which each data type has the loops as it is best for it.

    The stationarity law asks only which of two groups is inside the other; here none is inside any.
    """
    ranks = np.stack(jax.tree.leaves(space.dram_order), axis=1)
    distinct = np.sort(np.unique(ranks, axis=0, return_index=True)[1])
    rows = np.pad(distinct, (0, len(tables.dram_order.M) - len(distinct)), mode="edge")
    return tables.replace(
        dram_order=jax.tree.map(lambda table: np.asarray(table)[rows], space.dram_order),
        glb_order=jax.tree.map(np.zeros_like, tables.glb_order),
        order_count=np.int32(len(distinct)),
    )


def with_smallest_tiles(tables: Tables) -> Tables:
    """``tables`` with one outer choice, the smallest DRAM tiles under the first orders: what the bounds start from."""
    return tables.replace(
        parts=jax.tree.map(lambda most, table: np.full(len(table), most, np.int32), tables.most_parts, tables.parts),
        order_count=np.int32(1),
    )


def inner_of(tables: Tables, index: jax.Array) -> Inner:
    """Decodes an inner choice: plan-major, PE tile fastest."""
    plan = jax.tree.map(lambda table: table[index // tables.tile_count], tables.plans)
    return Inner(**plan, spad=jax.tree.map(lambda table: table[index % tables.tile_count], tables.pe_tiles))


def outer_of(tables: Tables, parts: jax.Array, order: jax.Array) -> Outer:
    """Decodes an outer choice."""
    return Outer(
        parts=jax.tree.map(lambda table: table[parts], tables.parts),
        dram_order=jax.tree.map(lambda table: table[order], tables.dram_order),
        glb_order=jax.tree.map(lambda table: table[order], tables.glb_order),
    )


@partial(compiled_in_stages, static_argnames=("conventions",))
def best_orders(
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    tables: Tables,
    inners: jax.Array,
    parts: jax.Array,
    count: jax.Array,
    at_least: jax.Array,
    dram_floor: jax.Array,
    objective: jax.Array,
    *,
    conventions: Conventions,
    in_stages: bool,
) -> Best:
    """The best loop orders for each of the first ``count`` DRAM tilings; all further ones infinite.

    ``inners``, ``parts`` ``[capacity]``: the tilings, a multiple of :data:`TILING_BLOCK`. Of equal orders the first.
    ``at_least``: lower bounds over all orders and tilings instead. ``dram_floor``: DRAM energy that is known to be
    needed at least, 0 for the energy of the mapping itself. ``objective``: its number in
    :data:`~eyeriss_jax.search.objectives.OBJECTIVES`; it is data, so that all objectives are one program.
    """

    def under(order: jax.Array, index: jax.Array, inner: Inner) -> Best:
        outer = outer_of(tables, parts[index], order)
        mapping = mapping_of(layer.dims, inner, outer, nested=conventions.nested_tiles)
        result = evaluate(accelerator, layer, mapping, conventions, at_least=at_least, in_stages=in_stages)
        missing = jnp.maximum(dram_floor - result.energy.dram, 0.0)
        raised = result.energy.replace(dram=result.energy.dram + missing, total=result.energy.total + missing)
        result = result.replace(energy=raised)
        usable = (result.code == 0) & (index < count)
        every = zip(*(each(result) for each in OBJECTIVES.values()), strict=True)
        pair = (jax.lax.select_n(objective, *values) for values in every)
        values = (*pair, result.cycles.compute, result.cycles.bandwidth_bound)
        primary, secondary, compute, bandwidth = (jnp.where(usable, value, jnp.inf) for value in values)
        return Best(primary, secondary, order, compute, bandwidth)

    def block(number: jax.Array, all_: Best) -> Best:
        start = number * TILING_BLOCK
        index = start + jnp.arange(TILING_BLOCK, dtype=jnp.int32)
        inner = jax.vmap(lambda i: inner_of(tables, inners[i]))(index)

        def step(order: jax.Array, best: Best) -> Best:
            new = jax.vmap(under, in_axes=(None, 0, 0))(order, index, inner)
            ties = (new.primary == best.primary) & (new.secondary < best.secondary)
            return jax.tree.map(lambda a, b: jnp.where((new.primary < best.primary) | ties, a, b), new, best)

        best = jax.lax.fori_loop(0, tables.order_count, step, _nothing(TILING_BLOCK))
        return jax.tree.map(lambda a, part: jax.lax.dynamic_update_slice(a, part, (start,)), all_, best)

    return jax.lax.fori_loop(0, -(-count // TILING_BLOCK), block, _nothing(len(inners)))


def _nothing(length: int) -> Best:
    infinite = jnp.full(length, jnp.inf)
    return Best(infinite, infinite, jnp.zeros(length, jnp.int32), infinite, infinite)
