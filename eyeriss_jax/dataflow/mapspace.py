"""The mapspace of a layer under a dataflow, as tables that a device decodes from one index.

A point is an *inner* choice (what is spread over which axis, times the tile of one PE) and an *outer* choice (how
often each dimension is cut at the DRAM level, times the two loop orders). DRAM tiles are whole array tiles, so
the outer choice changes neither compute cycles nor the array tiles: only what is fetched how often.
"""

from dataclasses import dataclass
from itertools import product

import jax.numpy as jnp
import numpy as np
from flax import struct

from eyeriss_jax.dataflow.dataflow import Dataflow, skips_zeros
from eyeriss_jax.dataflow.mapping import ORDERS, LoopOrder, Mapping, MappingArrays
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.numerics import ceil_div, real


class Inner(struct.PyTreeNode):
    """An inner choice as scalars: factors per axis and the PE tile."""

    cluster_rows: Dims
    cluster_cols: Dims
    pe_rows: Dims
    pe_cols: Dims
    spad: Dims


class Outer(struct.PyTreeNode):
    """An outer choice as scalars: into how many DRAM tiles to cut each dimension, and the loop orders."""

    parts: Dims
    dram_order: LoopOrder
    glb_order: LoopOrder


@dataclass(frozen=True, kw_only=True)
class MapSpace:
    """All candidates of one layer, as NumPy tables.

    ``plans``: spatial factors, arrays ``[P]`` per axis and dimension, fastest possible plans first.
    ``plan_cycles`` ``[P]``: compute cycles of each plan with unlimited storage, a lower bound. ``pe_tiles``: arrays
    ``[T]``. ``outer``: arrays ``[O]``. A point is (plan, PE tile, outer), so there are P x T x O of them.
    """

    plans: dict[str, Dims]
    plan_cycles: np.ndarray
    pe_tiles: Dims
    outer: Outer

    @property
    def plan_count(self) -> int:
        """P."""
        return len(self.plan_cycles)

    @property
    def tile_count(self) -> int:
        """T."""
        return len(self.pe_tiles.M)

    @property
    def outer_count(self) -> int:
        """O."""
        return len(self.outer.parts.M)

    @property
    def most_parts(self) -> Dims:
        """The most DRAM tiles of each dimension in any point."""
        return Dims.build(lambda d: np.max(self.outer.parts[d]))

    @property
    def size(self) -> int:
        """Number of points; several may decode to the same mapping where a dimension has few array tiles."""
        return self.plan_count * self.tile_count * self.outer_count


def mapping_of(layer_dims: Dims, inner: Inner, outer: Outer, *, nested: bool = True) -> MappingArrays:
    """The mapping of one point; DRAM tiles are the fewest whole array tiles that make at most ``parts`` tiles.

    Where array tiles need not nest in them (``nested``), they are as small as ``parts`` and one array tile allow.
    """

    def glb_tile(dim: str) -> object:
        places = real(1)
        for axis in AXES:
            places = places * getattr(inner, axis)[dim]
        array = real(inner.spad[dim]) * places
        if not nested:
            return jnp.minimum(jnp.maximum(ceil_div(layer_dims[dim], outer.parts[dim]), array), real(layer_dims[dim]))
        steps = ceil_div(layer_dims[dim], array)
        return jnp.minimum(ceil_div(steps, outer.parts[dim]) * array, real(layer_dims[dim]))

    return MappingArrays(
        glb=Dims.build(glb_tile),
        **{axis: getattr(inner, axis) for axis in AXES},
        spad=inner.spad,
        dram_order=outer.dram_order,
        glb_order=outer.glb_order,
    )


def smallest_glb_outer(parts: Dims) -> Outer:
    """The outer choice with the smallest DRAM tiles, the most ``parts``: what does not fit with it fits with none."""
    order = LoopOrder.of(ORDERS[0])
    return Outer(parts=parts, dram_order=order, glb_order=order)


def mapspace(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> MapSpace:
    """Enumerates the mapspace of ``layer``.

    Raises:
        SpecError: no PE tile fits the SPads at all.
    """
    tiles = dataflow.pe_tiles(layer, accelerator)
    if not tiles:
        raise SpecError(
            f"layer {layer.name!r}: no tile fits the SPads of {accelerator.name!r} under {dataflow.name}; "
            "enlarge the SPads"
        )
    plans, cycles = _plans(layer, accelerator, dataflow)
    return MapSpace(
        plans=plans,
        plan_cycles=cycles,
        pe_tiles=Dims.build(lambda d: np.array([tile[d] for tile in tiles], np.int32)),
        outer=_outer(layer, accelerator, dataflow),
    )


def _plans(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> tuple[dict[str, Dims], np.ndarray]:
    """Every combination of maximal factors per axis, sorted by the compute cycles it allows.

    Where zeros can be skipped these are the least that any form of the data allows: with all zeros skipped every lane
    is filled.
    """
    combinations = list(product(*(dataflow.axis_choices(layer, accelerator, axis) for axis in AXES)))
    table = {
        axis: Dims.build(lambda d, i=i: np.array([c[i].get(d, 1) for c in combinations], np.int32))
        for i, axis in enumerate(AXES)
    }
    cycles = np.ones(len(combinations))
    for dim in DIMS:
        places = np.prod([table[axis][dim] for axis in AXES], axis=0)
        tile = -(-layer.extent(dim) // places)
        cycles *= _column_cycles(layer, accelerator, tile) if dim == "M" else tile
    order = np.argsort(cycles, kind="stable")
    return {axis: Dims.build(lambda d, axis=axis: table[axis][d][order]) for axis in AXES}, cycles[order]


def _column_cycles(layer: Layer, accelerator: Accelerator, tile: np.ndarray) -> np.ndarray:
    """Least cycles of one iact on a column of ``tile`` weights."""
    raw = -(-tile // accelerator.lanes)
    if not skips_zeros(layer, accelerator):
        return raw
    effectual = layer.sparsity.iact * layer.sparsity.weight
    return np.minimum(raw, effectual * tile / accelerator.lanes)


def _outer(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> Outer:
    """Every number of DRAM tiles per tiled dimension, with every pair of loop orders that can matter."""
    tiled = dataflow.dram_choices(layer, accelerator)
    parts = [tiled.get(dim, [1]) for dim in DIMS]
    dram_orders, glb_orders = dataflow.order_choices(layer, accelerator)
    points = list(product(product(*parts), dram_orders, glb_orders))
    return Outer(
        parts=Dims.build(lambda d: np.array([p[0][DIMS.index(d)] for p in points], np.int32)),
        dram_order=_order_table([p[1] for p in points]),
        glb_order=_order_table([p[2] for p in points]),
    )


def _order_table(orders: list[tuple[str, str, str]]) -> LoopOrder:
    return LoopOrder(**{g: np.array([order.index(g) for order in orders], np.int32) for g in GROUPS})


def host_mapping(arrays: MappingArrays) -> Mapping:
    """The host :class:`Mapping` of a mapping with concrete integer leaves."""

    def ints(dims: Dims) -> Dims:
        return Dims.build(lambda d: int(dims[d]))

    def order(ranks: LoopOrder) -> tuple[str, str, str]:
        return tuple(sorted(GROUPS, key=lambda g: int(getattr(ranks, g))))  # type: ignore[return-value]

    return Mapping(
        glb=ints(arrays.glb),
        spad=ints(arrays.spad),
        **{axis: ints(getattr(arrays, axis)) for axis in AXES},
        dram_order=order(arrays.dram_order),
        glb_order=order(arrays.glb_order),
    )
