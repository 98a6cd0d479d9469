"""The tiling law: how one dimension falls into DRAM tiles, array tiles, clusters and PEs, remainders included.

A dimension of extent X has DRAM tiles of ``glb`` and, inside each, array tiles of ``spad`` times all spatial
factors; an array tile falls into cluster tiles and these into PE tiles. Both temporal levels end in a short tile,
so at every level there are only three sizes: the full tile, the last one of a full DRAM tile and the last one of
the short DRAM tile. Every law is a sum over these three.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.dataflow.mapping import MappingArrays
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.numerics import ceil_div, floor_div, minimum, real

Scalar = jax.Array
Three = tuple[Any, Any, Any]


class Sums(NamedTuple):
    """A quantity summed over tiles: all of them, those that may stay in place, and those that are alone.

    ``still``: array tiles at which a PE has one index of the dimension only (N, E, F; all of them for the other
    dimensions, which do not stream through the PE). ``alone``: of those, the only ones of their DRAM tile.
    """

    every: Scalar
    still: Scalar
    alone: Scalar


class Level(NamedTuple):
    """The tiles of one dimension at one level: three sizes, and how many of each per set of :class:`Sums`."""

    sizes: Three
    every: Three
    still: Three
    alone: Three

    def sum(self, per_tile: Callable[[Scalar], Scalar]) -> Sums:
        """Sum of ``per_tile(size)``."""
        values = [per_tile(size) for size in self.sizes]

        def total(counts: Three) -> Scalar:
            return counts[0] * values[0] + counts[1] * values[1] + counts[2] * values[2]

        every = total(self.every)
        return Sums(every, every if self.still is self.every else total(self.still), total(self.alone))

    @property
    def count(self) -> Scalar:
        """Number of tiles."""
        return self.every[0] + self.every[1] + self.every[2]

    def split(self, part: Scalar, ways: Scalar) -> "Level":
        """The level below: every tile in parts of ``part``, of which a full tile has ``ways``."""
        inner = [floor_div(size, part) for size in self.sizes[1:]]
        rest = [size - n * part for size, n in zip(self.sizes[1:], inner, strict=True)]
        has_rest = [jnp.where(r > 0, 1.0, 0.0) for r in rest]

        def counts(of: Three) -> Three:
            full = of[0] * ways + of[1] * inner[0] + of[2] * inner[1]
            return full, of[1] * has_rest[0], of[2] * has_rest[1]

        every = counts(self.every)
        still = every if self.still is self.every else counts(self.still)
        return Level((part, *rest), every, still, counts(self.alone))


class Tiles(NamedTuple):
    """The tiles of one dimension at every level, and their full sizes.

    ``pe``, ``row``, ``cluster``, ``array``, ``glb``: full tile of one PE, one PE row, one cluster, the whole array
    and the GLB. ``arrays``, ``clusters``, ``pes``: all tiles of these. ``dram_sizes``, ``dram_counts``: the full
    and the last DRAM tile.
    """

    extent: Scalar
    pe: Scalar
    row: Scalar
    cluster: Scalar
    array: Scalar
    glb: Scalar
    arrays: Level
    clusters: Level
    pes: Level
    dram_sizes: tuple[Scalar, Scalar]
    dram_counts: tuple[Scalar, Scalar]

    @property
    def dram_steps(self) -> Scalar:
        """Number of DRAM tiles."""
        return self.dram_counts[0] + self.dram_counts[1]

    @property
    def first(self) -> Scalar:
        """Size of the first array tile."""
        return minimum(self.glb, self.array)

    def first_tiles(self) -> tuple[Scalar, Scalar]:
        """Size of the first array tile of the full and of the last DRAM tile."""
        return self.first, minimum(self.dram_sizes[1], self.array)

    def places(self, size: Scalar) -> Scalar:
        """PEs along this dimension that have work in an array tile of ``size``."""
        return ceil_div(size, self.pe)

    def largest_pe(self, size: Scalar) -> Scalar:
        """Tile of the most loaded PE in an array tile of ``size``: places fill up one after the other."""
        return minimum(self.pe, size)

    def first_column(self, size: Scalar) -> Scalar:
        """Indices in PE column 0 of cluster 0: it has the first PE tile of every stretch of one PE row."""
        cluster = minimum(size, self.cluster)
        rows = floor_div(cluster, self.row)
        return rows * self.pe + minimum(cluster - rows * self.row, self.pe)


def tiles(extent: Any, mapping: MappingArrays, dim: str) -> Tiles:
    """The :class:`Tiles` of dimension ``dim`` with ``extent`` under ``mapping``; all leaves real scalars."""
    pe = mapping.spad[dim]
    row = pe * mapping.pe_cols[dim]
    cluster = row * mapping.pe_rows[dim]
    clusters = mapping.cluster_cols[dim] * mapping.cluster_rows[dim]
    array = cluster * clusters
    glb = minimum(mapping.glb[dim], extent)

    full = floor_div(extent, glb)
    last = extent - full * glb
    has_last = jnp.where(last > 0, 1.0, 0.0)
    inner = floor_div(glb, array), floor_div(last, array)
    rest = glb - inner[0] * array, last - inner[1] * array
    has_rest = jnp.where(rest[0] > 0, full, 0.0), jnp.where(rest[1] > 0, 1.0, 0.0)
    every: Three = (full * inner[0] + has_last * inner[1], *has_rest)
    # A DRAM tile of at most one array tile has no full one beside it, or is exactly a full one.
    alone: Three = (
        jnp.where(glb == array, full, 0.0) + jnp.where(last == array, 1.0, 0.0),
        jnp.where(glb < array, has_rest[0], 0.0),
        jnp.where(last < array, has_rest[1], 0.0),
    )
    still = every
    if dim in GROUPS["NEF"]:
        single = [jnp.where(minimum(pe, size) <= 1, 1.0, 0.0) for size in (array, *rest)]
        still = (every[0] * single[0], every[1] * single[1], every[2] * single[2])
        alone = (alone[0] * single[0], alone[1] * single[1], alone[2] * single[2])
    arrays = Level((array, *rest), every, still, alone)
    cluster_level = arrays.split(cluster, clusters)
    return Tiles(
        extent=extent,
        pe=pe,
        row=row,
        cluster=cluster,
        array=array,
        glb=glb,
        arrays=arrays,
        clusters=cluster_level,
        pes=cluster_level.split(pe, mapping.pe_rows[dim] * mapping.pe_cols[dim]),
        dram_sizes=(glb, last),
        dram_counts=(full, has_last),
    )


def ragged_tiles(extent: Any, mapping: MappingArrays, dim: str) -> Tiles:
    """:func:`tiles` without nesting: array tiles cover the whole extent, whatever the DRAM tiles are."""
    in_dram = tiles(extent, mapping, dim)
    whole = tiles(extent, mapping.replace(glb=mapping.glb.replace(**{dim: extent})), dim)
    return whole._replace(glb=in_dram.glb, dram_sizes=in_dram.dram_sizes, dram_counts=in_dram.dram_counts)


def tile_all(dims: Dims, mapping: MappingArrays, *, nested: bool = True) -> Dims:
    """The :class:`Tiles` of all eight dimensions, array tiles nested in DRAM tiles or not."""
    dims, mapping = jax.tree.map(real, (dims, mapping))
    return Dims.build(lambda dim: (tiles if nested else ragged_tiles)(dims[dim], mapping, dim))


def active_pes(dims: Dims) -> Scalar:
    """PEs with work in a full pass."""
    result = real(1)
    for dim in DIMS:
        result = result * dims[dim].places(dims[dim].first)
    return result
