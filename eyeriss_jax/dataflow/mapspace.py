"""The mapspace of a layer under a dataflow, as tables that a device decodes from one index.

A point is an *inner* choice (what is spread over which axis, times the tile of one PE) and an *outer* choice (how
often each dimension is cut at the DRAM level, times the two loop orders). DRAM tiles are whole array tiles, so
the outer choice changes neither compute cycles nor the array tiles: only what is fetched how often.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import jax
import numpy as np
from flax import struct

from eyeriss_jax.dataflow.dataflow import Dataflow, skips_zeros
from eyeriss_jax.dataflow.mapping import LoopOrder, Mapping, MappingArrays
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.numerics import ceil_div, maximum, minimum, real


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

    A plan is what is spread over the clusters, ``over_clusters`` arrays ``[A]`` per axis and dimension, and over the
    PEs of one, ``over_pes`` arrays ``[B]``. ``plan_order`` ``[P]``: cluster choice x B + PE choice of each plan,
    fastest possible plans first. ``plan_cycles`` ``[P]``: compute cycles of each plan with unlimited storage, a lower
    bound. ``pe_tiles``: arrays ``[T]``. ``parts`` ``[Q]``: into how many DRAM tiles each dimension is cut, the smallest
    tiles last. ``dram_order``, ``glb_order`` ``[K]``: pairs of loop orders. A point is (plan, PE tile, parts, orders),
    the last one fastest, so there are P x T x Q x K of them.
    """

    over_clusters: dict[str, Dims]
    over_pes: dict[str, Dims]
    plan_order: np.ndarray
    plan_cycles: np.ndarray
    pe_tiles: Dims
    parts: Dims
    dram_order: LoopOrder
    glb_order: LoopOrder

    @property
    def plan_count(self) -> int:
        """P."""
        return len(self.plan_cycles)

    @property
    def tile_count(self) -> int:
        """T."""
        return len(self.pe_tiles.M)

    @property
    def parts_count(self) -> int:
        """Q."""
        return len(self.parts.M)

    @property
    def order_count(self) -> int:
        """K."""
        return len(self.dram_order.M)

    def plans_at(self, plans: np.ndarray) -> dict[str, Dims]:
        """Spatial factors of ``plans`` ``[B]``, arrays ``[B]`` per axis and dimension."""
        over = self._choices(plans)
        return {
            axis: Dims.build(lambda d, table=table, at=at: table[d][at])
            for tables, at in zip((self.over_clusters, self.over_pes), over, strict=True)
            for axis, table in tables.items()
        }

    @cached_property
    def plans(self) -> dict[str, Dims]:
        """Spatial factors of all plans ``[P]``; for arrays of many thousand PEs these are large tables."""
        return self.plans_at(np.arange(self.plan_count))

    def places(self, dim: str, plans: np.ndarray) -> np.ndarray:
        """Over how many PEs each of ``plans`` spreads ``dim``."""
        clusters, pes = self._choices(plans)
        return _places(self.over_clusters, dim)[clusters] * _places(self.over_pes, dim)[pes]

    def _choices(self, plans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What is spread over clusters, and over PEs."""
        return np.divmod(self.plan_order[plans], len(self.over_pes["pe_rows"].M))

    @property
    def outer_count(self) -> int:
        """Q x K."""
        return self.parts_count * self.order_count

    @cached_property
    def outer(self) -> Outer:
        """All outer choices ``[Q x K]``."""
        at, order = np.divmod(np.arange(self.outer_count), self.order_count)
        return Outer(
            parts=jax.tree.map(lambda table: table[at], self.parts),
            dram_order=jax.tree.map(lambda table: table[order], self.dram_order),
            glb_order=jax.tree.map(lambda table: table[order], self.glb_order),
        )

    @property
    def most_parts(self) -> Dims:
        """The most DRAM tiles of each dimension in any point."""
        return jax.tree.map(np.max, self.parts)

    @property
    def size(self) -> int:
        """Number of points; several may decode to the same mapping where a dimension has few array tiles."""
        return self.plan_count * self.tile_count * self.outer_count

    def compute_cycles(self, layer: Layer, accelerator: Accelerator, plans: np.ndarray) -> np.ndarray:
        """Compute cycles of every PE tile under ``plans`` ``[B, T]``; where zeros can be skipped, a lower bound."""
        if skips_zeros(layer, accelerator):
            return np.broadcast_to(self.plan_cycles[plans, None], (len(plans), self.tile_count))
        cycles = np.ones((len(plans), self.tile_count))
        for dim in DIMS:
            if layer.extent(dim) == 1:
                continue
            tile = self.pe_tiles[dim][None, :].astype(float)
            array = tile * self.places(dim, plans)[:, None]
            full = np.ceil(layer.extent(dim) / array) - 1
            sizes = tile, np.minimum(tile, layer.extent(dim) - full * array)
            if dim == "M":
                sizes = [np.ceil(size / accelerator.lanes) for size in sizes]
            cycles *= full * sizes[0] + sizes[1]
        return cycles

    def distinct_tilings(
        self, layer: Layer, inners: np.ndarray, *, nested: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Every DRAM tiling of the inner choices ``inners`` ``[B]`` (plan x T + PE tile) once.

        ``nested`` as in :func:`mapping_of`.

        Returns:
            Pairs (position in ``inners``, index of the parts), in rising order. Numbers of parts that make the same
            tile out of an inner choice's array tiles are represented by the smallest.
        """
        plan, tile = np.divmod(inners, self.tile_count)
        keep = np.ones((len(inners), self.parts_count), bool)
        for dim in DIMS:
            parts, which = np.unique(self.parts[dim], return_inverse=True)
            if len(parts) == 1:
                continue
            array = (self.places(dim, plan) * self.pe_tiles[dim][tile])[:, None]
            if nested:
                steps = -(-layer.extent(dim) // array)
                sizes = -(-steps // parts)
            else:
                sizes = np.maximum(-(-layer.extent(dim) // parts)[None], array)
            keep &= (np.diff(sizes, axis=1, prepend=0) != 0)[:, which]
        at, chosen = np.nonzero(keep)
        return at, chosen


def glb_tile(extent: int, array: int, parts: int, *, nested: bool) -> int:
    """The DRAM tile of a dimension that :func:`mapping_of` makes, in integers; ``array`` is its array tile."""
    if not nested:
        return min(max(-(-extent // parts), array), extent)
    steps = -(-extent // array)
    return min(-(-steps // parts) * array, extent)


def mapping_of(layer_dims: Dims, inner: Inner, outer: Outer, *, nested: bool = True) -> MappingArrays:
    """The mapping of one point; DRAM tiles are the fewest whole array tiles that make at most ``parts`` tiles.

    Where array tiles need not nest in them (``nested``), they are as small as ``parts`` and one array tile allow.
    """

    def tile_of(dim: str) -> object:
        places = real(1)
        for axis in AXES:
            places = places * getattr(inner, axis)[dim]
        array = real(inner.spad[dim]) * places
        if not nested:
            return minimum(maximum(ceil_div(layer_dims[dim], outer.parts[dim]), array), real(layer_dims[dim]))
        steps = ceil_div(layer_dims[dim], array)
        return minimum(ceil_div(steps, outer.parts[dim]) * array, real(layer_dims[dim]))

    return MappingArrays(
        glb=Dims.build(tile_of),
        **{axis: getattr(inner, axis) for axis in AXES},
        spad=inner.spad,
        dram_order=outer.dram_order,
        glb_order=outer.glb_order,
    )


def check_mapspace(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> list[Dims]:
    """The PE tiles of ``layer``, without enumerating its mapspace, which may take a second.

    Raises:
        SpecError: as :func:`mapspace`.
    """
    for axis in AXES:
        dataflow.axis_choices(layer, accelerator, axis)
    tiles = dataflow.pe_tiles(layer, accelerator)
    if not tiles:
        raise SpecError(
            f"layer {layer.name!r}: no tile fits the SPads of {accelerator.name!r} under {dataflow.name}; "
            "enlarge the SPads"
        )
    return tiles


def mapspace(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> MapSpace:
    """Enumerates the mapspace of ``layer``.

    Raises:
        SpecError: no PE tile fits the SPads at all, or the dataflow cannot use the array.
    """
    tiles = check_mapspace(layer, accelerator, dataflow)
    return MapSpace(
        **_plans(layer, accelerator, dataflow),
        pe_tiles=Dims.build(lambda d: np.array([tile[d] for tile in tiles], np.int32)),
        **_outer(layer, accelerator, dataflow),
    )


def _plans(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> dict[str, Any]:
    """Every combination of factors per axis, sorted by the compute cycles it allows.

    Of those that spread the same over the clusters, whichever of the two axes has it, the laws make no difference: one
    stands for all. Where zeros can be skipped the cycles are the least that any form of the data allows: with all zeros
    skipped every lane is filled.
    """
    over_clusters, over_pes = (_spread(layer, accelerator, dataflow, axes) for axes in (AXES[:2], AXES[2:]))
    over_clusters = _distinct_places(over_clusters)
    cycles = np.ones((len(over_clusters["cluster_rows"].M), len(over_pes["pe_rows"].M)))
    for dim in DIMS:
        if layer.extent(dim) > 1:
            places = _places(over_clusters, dim)[:, None] * _places(over_pes, dim)
            tile = -(-layer.extent(dim) // places)
            cycles *= _column_cycles(layer, accelerator, tile) if dim == "M" else tile
    if layer.M == 1:
        cycles *= _column_cycles(layer, accelerator, np.ones(1, np.int64))
    order = np.argsort(cycles, axis=None, kind="stable")
    return {
        "over_clusters": over_clusters,
        "over_pes": over_pes,
        "plan_order": order,
        "plan_cycles": cycles.ravel()[order],
    }


def fastest_plan(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> tuple[dict[str, dict[str, int]], float]:
    """The first plan of a mapspace, factors per axis and dimension, and its compute cycles, the fewest of all.

    It is found without the rest of the mapspace, which takes most of the time. Whether any PE tile fits is not asked.

    Raises:
        SpecError: the dataflow cannot use the array.
    """
    plans = _plans(layer, accelerator, dataflow)
    cluster, pe = divmod(int(plans["plan_order"][0]), len(plans["over_pes"]["pe_rows"].M))
    chosen = (plans["over_clusters"], cluster), (plans["over_pes"], pe)
    factors = {axis: {d: int(table[d][at]) for d in DIMS} for tables, at in chosen for axis, table in tables.items()}
    return factors, float(plans["plan_cycles"][0])


def short_plans(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> tuple[dict[str, Dims], np.ndarray]:
    """The plans that a sweep chooses from, arrays ``[P]``, and the compute cycles that each allows, least first.

    The fastest plans are among them; a mapspace holds all others as well.
    """
    table = _combined([dataflow.short_axis_choices(layer, accelerator, axis) for axis in AXES], AXES)
    cycles = np.ones(len(table["pe_rows"].M))
    for dim in DIMS:
        places = np.prod([table[axis][dim] for axis in AXES], axis=0, dtype=np.int64)
        tile = -(-layer.extent(dim) // places)
        cycles *= _column_cycles(layer, accelerator, tile) if dim == "M" else tile
    order = np.argsort(cycles, kind="stable")
    return jax.tree.map(lambda column: column[order], table), cycles[order]


def _spread(layer: Layer, accelerator: Accelerator, dataflow: Dataflow, axes: tuple[str, ...]) -> dict[str, Dims]:
    """Every pair of what is spread over two axes, as arrays per axis and dimension."""
    return _combined([dataflow.axis_choices(layer, accelerator, axis) for axis in axes], axes)


def _combined(choices: list[list[dict[str, int]]], axes: tuple[str, ...]) -> dict[str, Dims]:
    """Every combination of the choices of several axes."""
    picks = np.indices([len(some) for some in choices]).reshape(len(axes), -1)
    return {
        axis: Dims.build(lambda d, some=some, pick=pick: np.array([c.get(d, 1) for c in some], np.int32)[pick])
        for axis, some, pick in zip(axes, choices, picks, strict=True)
    }


def _distinct_places(choices: dict[str, Dims]) -> dict[str, Dims]:
    """The first of all choices with the same number of places for every dimension."""
    key = np.zeros(len(choices["cluster_rows"].M), np.int64)
    for dim in DIMS:
        places = _places(choices, dim)
        key = np.unique(key * (places.max() + 1) + places, return_inverse=True)[1]
    first = np.sort(np.unique(key, return_index=True)[1])
    return jax.tree.map(lambda table: table[first], choices)


def _places(choices: dict[str, Dims], dim: str) -> np.ndarray:
    """Over how many places of both axes ``dim`` is spread."""
    first, second = choices.values()
    return first[dim].astype(np.int64) * second[dim]


def _column_cycles(layer: Layer, accelerator: Accelerator, tile: np.ndarray) -> np.ndarray:
    """Least cycles of one iact on a column of ``tile`` weights."""
    raw = -(-tile // accelerator.lanes)
    if not skips_zeros(layer, accelerator):
        return raw
    effectual = layer.sparsity.iact * layer.sparsity.weight
    return np.minimum(raw, effectual * tile / accelerator.lanes)


def _outer(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> dict[str, Any]:
    """Every number of DRAM tiles per tiled dimension, and every pair of loop orders that can matter."""
    tiled = dataflow.dram_choices(layer, accelerator)
    parts = list(product(*(tiled.get(dim, [1]) for dim in DIMS)))
    dram_orders, glb_orders = dataflow.order_choices(layer, accelerator)
    pairs = list(product(dram_orders, glb_orders))
    return {
        "parts": Dims.build(lambda d: np.array([p[DIMS.index(d)] for p in parts], np.int32)),
        "dram_order": _order_table([pair[0] for pair in pairs]),
        "glb_order": _order_table([pair[1] for pair in pairs]),
    }


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
