"""The mapper's two compiled programs: bounds of inner choices, and the best of their mappings.

Both decode points from integer indices on the device and evaluate the laws vmapped over a chunk. Tables are
padded to a few fixed lengths so that a whole network compiles each program once or twice.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, mapping_of, smallest_glb_outer
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.objectives import OBJECTIVES


class Tables(struct.PyTreeNode):
    """A mapspace on the device: padded tables ``[P]``, ``[T]``, ``[O]``, the true T and O, and the most DRAM tiles."""

    plans: dict[str, Dims]
    pe_tiles: Dims
    outer: Outer
    tile_count: Any
    outer_count: Any
    most_parts: Dims


class Bounds(struct.PyTreeNode):
    """Per inner choice ``[chunk]``: lower bounds of the objective and of cycles; infinite where nothing fits."""

    primary: Any
    secondary: Any
    compute: Any
    bandwidth: Any


class Best(struct.PyTreeNode):
    """The best mapping of a group: objective values and the index of its point, ``inner * O + outer``."""

    primary: Any
    secondary: Any
    index: Any


def device_tables(space: MapSpace) -> Tables:
    """``space`` as padded device arrays."""

    def padded(table: np.ndarray, least: int) -> np.ndarray:
        length = least
        while length < len(table):
            length *= 4
        return np.pad(table, (0, length - len(table)), mode="edge")

    return Tables(
        plans=jax.tree.map(lambda t: padded(t, 4096), space.plans),
        pe_tiles=jax.tree.map(lambda t: padded(t, 2048), space.pe_tiles),
        outer=jax.tree.map(lambda t: padded(t, 4096), space.outer),
        tile_count=np.int32(space.tile_count),
        outer_count=np.int32(space.outer_count),
        most_parts=space.most_parts,
    )


def inner_of(tables: Tables, index: jax.Array) -> Inner:
    """Decodes an inner choice: plan-major, PE tile fastest."""
    plan = jax.tree.map(lambda table: table[index // tables.tile_count], tables.plans)
    return Inner(**plan, spad=jax.tree.map(lambda table: table[index % tables.tile_count], tables.pe_tiles))


@partial(jax.jit, static_argnames=("chunk", "conventions", "objective"))
def inner_bounds(
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    tables: Tables,
    start: jax.Array,
    count: jax.Array,
    *,
    chunk: int,
    conventions: Conventions,
    objective: str,
) -> Bounds:
    """:class:`Bounds` of the inner choices ``start`` .. ``start + chunk``, those beyond ``count`` infinite."""
    smallest = smallest_glb_outer(tables.most_parts)

    def bound(offset: jax.Array) -> Bounds:
        mapping = mapping_of(layer.dims, inner_of(tables, start + offset), smallest, nested=conventions.nested_tiles)
        result = evaluate(accelerator, layer, mapping, conventions, at_least=True)
        usable = (result.code == 0) & (start + offset < count)
        primary, secondary = OBJECTIVES[objective](result)
        values = Bounds(primary, secondary, result.cycles.compute, result.cycles.bandwidth_bound)
        return jax.tree.map(lambda x: jnp.where(usable, x, jnp.inf), values)

    return jax.vmap(bound)(jnp.arange(chunk, dtype=jnp.int32))


@partial(jax.jit, static_argnames=("chunk", "conventions", "objective"))
def best_of(
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    tables: Tables,
    inners: jax.Array,
    count: jax.Array,
    *,
    chunk: int,
    conventions: Conventions,
    objective: str,
) -> Best:
    """The best of the first ``count`` points of ``inners`` x all outer choices; ties go to the smaller index.

    ``inners`` ``[chunk]`` holds inner indices in rising order, the used ones first.
    """

    def value(offset: jax.Array) -> tuple[jax.Array, jax.Array]:
        inner = inner_of(tables, inners[offset // tables.outer_count])
        outer = jax.tree.map(lambda table: table[offset % tables.outer_count], tables.outer)
        mapping = mapping_of(layer.dims, inner, outer, nested=conventions.nested_tiles)
        result = evaluate(accelerator, layer, mapping, conventions)
        usable = (result.code == 0) & (offset < count)
        primary, secondary = OBJECTIVES[objective](result)
        return jnp.where(usable, primary, jnp.inf), jnp.where(usable, secondary, jnp.inf)

    offsets = jnp.arange(chunk, dtype=jnp.int32)
    primary, secondary = jax.vmap(value)(offsets)
    first = jnp.min(primary)
    second = jnp.min(jnp.where(primary == first, secondary, jnp.inf))
    winner = jnp.argmax((primary == first) & (secondary == second))
    inner = inners[winner // tables.outer_count]
    return Best(first, second, inner.astype(jnp.int64) * tables.outer_count + winner % tables.outer_count)
