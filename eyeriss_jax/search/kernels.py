"""The mapper's two compiled programs: bounds of inner choices, and the best of their mappings.

Both decode points from integer indices on the device and evaluate the laws vmapped over a block, as many blocks as
there are points. Tables are padded to a few fixed lengths so that all layers and accelerators share the programs.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from eyeriss_jax.dataflow.mapping import LoopOrder
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, mapping_of
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.objectives import OBJECTIVES

INNER_BLOCK = 4096
TILING_BLOCK = 2048
"""Points evaluated at once: few enough for the caches, and for small layers to be cheap."""

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


class Bounds(struct.PyTreeNode):
    """Per inner choice ``[capacity]``: lower bounds of the objective and of cycles; infinite where nothing fits."""

    primary: Any
    secondary: Any
    compute: Any
    bandwidth: Any


class Best(struct.PyTreeNode):
    """The best mapping of a group: objective values, which of the DRAM tilings given, and the pair of orders."""

    primary: Any
    secondary: Any
    tiling: Any
    order: Any


def device_tables(space: MapSpace) -> Tables:
    """``space`` as padded arrays, with its first plans; :func:`with_plans` takes others."""

    def padded(table: np.ndarray, least: int) -> np.ndarray:
        length = least
        while length < len(table):
            length *= 4
        return np.pad(table, (0, length - len(table)), mode="edge")

    tables = Tables(
        plans=space.plans,
        pe_tiles=jax.tree.map(lambda t: padded(t, 2048), space.pe_tiles),
        parts=jax.tree.map(lambda t: padded(t, 8192), space.parts),
        dram_order=jax.tree.map(lambda t: padded(t, 36), space.dram_order),
        glb_order=jax.tree.map(lambda t: padded(t, 36), space.glb_order),
        tile_count=np.int32(space.tile_count),
        parts_count=np.int32(space.parts_count),
        order_count=np.int32(space.order_count),
        most_parts=jax.tree.map(lambda t: t[-1], space.parts),
    )
    return with_plans(tables, space, 0)


def with_plans(tables: Tables, space: MapSpace, first: int) -> Tables:
    """``tables`` with the plans from ``first`` on."""

    def rows(table: np.ndarray) -> np.ndarray:
        some = table[first : first + PLAN_ROWS]
        return np.pad(some, (0, PLAN_ROWS - len(some)), mode="edge")

    return tables.replace(plans=jax.tree.map(rows, space.plans))


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


@partial(jax.jit, static_argnames=("capacity", "conventions", "objective"))
def inner_bounds(
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    tables: Tables,
    count: jax.Array,
    *,
    capacity: int,
    conventions: Conventions,
    objective: str,
) -> Bounds:
    """:class:`Bounds` of the first ``count`` inner choices of ``tables``, all further ones infinite.

    ``capacity``: a multiple of :data:`INNER_BLOCK`, at least ``count``.
    """

    def bound(index: jax.Array) -> Bounds:
        order = jax.tree.map(lambda table: table[0], (tables.dram_order, tables.glb_order))
        smallest = Outer(parts=tables.most_parts, dram_order=order[0], glb_order=order[1])
        mapping = mapping_of(layer.dims, inner_of(tables, index), smallest)
        result = evaluate(accelerator, layer, mapping, conventions, at_least=True)
        usable = (result.code == 0) & (index < count)
        primary, secondary = OBJECTIVES[objective](result)
        values = Bounds(primary, secondary, result.cycles.compute, result.cycles.bandwidth_bound)
        return jax.tree.map(lambda x: jnp.where(usable, x, jnp.inf), values)

    def block(number: jax.Array, bounds: Bounds) -> Bounds:
        start = number * INNER_BLOCK
        some = jax.vmap(bound)(start + jnp.arange(INNER_BLOCK, dtype=jnp.int32))
        return jax.tree.map(lambda all_, part: jax.lax.dynamic_update_slice(all_, part, (start,)), bounds, some)

    nothing = jnp.full(capacity, jnp.inf)
    return jax.lax.fori_loop(0, -(-count // INNER_BLOCK), block, Bounds(nothing, nothing, nothing, nothing))


@partial(jax.jit, static_argnames=("conventions", "objective"))
def best_of(
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    tables: Tables,
    inners: jax.Array,
    parts: jax.Array,
    count: jax.Array,
    *,
    conventions: Conventions,
    objective: str,
) -> Best:
    """The best of the first ``count`` DRAM tilings under any loop orders; ties go to the first.

    ``inners``, ``parts`` ``[capacity]``: the tilings, a multiple of :data:`TILING_BLOCK`.
    """

    def block(number: jax.Array, best: Best) -> Best:
        at = number * TILING_BLOCK + jnp.arange(TILING_BLOCK, dtype=jnp.int32)
        inner = jax.vmap(lambda i: inner_of(tables, inners[i]))(at)

        def under(order: jax.Array, winners: Best) -> Best:
            def value(i: jax.Array, choice: Inner) -> Best:
                mapping = mapping_of(layer.dims, choice, outer_of(tables, parts[i], order))
                result = evaluate(accelerator, layer, mapping, conventions)
                usable = (result.code == 0) & (i < count)
                primary, secondary = OBJECTIVES[objective](result)
                return Best(jnp.where(usable, primary, jnp.inf), jnp.where(usable, secondary, jnp.inf), i, order)

            found = jax.vmap(value, out_axes=Best(0, 0, 0, None))(at, inner)
            return _better(found, winners)

        nothing = jnp.full(TILING_BLOCK, jnp.inf)
        winners = Best(nothing, nothing, at, jnp.zeros(TILING_BLOCK, jnp.int32))
        winners = jax.lax.fori_loop(0, tables.order_count, under, winners)
        least = winners.primary.min()
        second = jnp.where(winners.primary == least, winners.secondary, jnp.inf).min()
        winner = jnp.argmax((winners.primary == least) & (winners.secondary == second))
        return _better(jax.tree.map(lambda leaf: leaf[winner], winners), best)

    none = Best(jnp.inf, jnp.inf, jnp.int32(0), jnp.int32(0))
    return jax.lax.fori_loop(0, -(-count // TILING_BLOCK), block, jax.tree.map(jnp.asarray, none))


def _better(new: Best, old: Best) -> Best:
    """``new`` where it beats ``old``, which comes first."""
    wins = (new.primary < old.primary) | ((new.primary == old.primary) & (new.secondary < old.secondary))
    return jax.tree.map(lambda a, b: jnp.where(wins, a, b), new, old)
