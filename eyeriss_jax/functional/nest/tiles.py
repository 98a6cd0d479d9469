"""The tiles of one dimension written out one by one: DRAM tiles, and the array tiles inside each of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS
from eyeriss_jax.layers.layer import Layer

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class DimTiles:
    """The tiles of one dimension in order; D DRAM tiles, A array tiles in all of them.

    Attributes:
        pe: extent of a full PE tile.
        dram_start: [D] first index of each DRAM tile.
        dram_size: [D] extent of each DRAM tile.
        steps: [D] array tiles inside each DRAM tile.
        first: [D] number of the first array tile of each DRAM tile.
        start: [A] first index of each array tile.
        size: [A] extent of each array tile.
        kinds: [K] the different extents that array tiles have.
        kind: [A] which of ``kinds`` each array tile has.
    """

    pe: int
    dram_start: Ints
    dram_size: Ints
    steps: Ints
    first: Ints
    start: Ints
    size: Ints
    kinds: Ints
    kind: Ints


def dim_tiles(extent: int, glb: int, array: int, pe: int) -> DimTiles:
    """Cuts ``extent`` in DRAM tiles of ``glb`` and these in array tiles of ``array``; last ones are short."""
    glb = min(glb, extent)
    array = min(array, glb)
    dram_start = np.arange(0, extent, glb)
    dram_size = np.minimum(glb, extent - dram_start)
    steps = -(-dram_size // array)
    first = np.cumsum(steps) - steps
    tile = np.repeat(np.arange(len(steps)), steps)
    inside = (np.arange(len(tile)) - first[tile]) * array
    size = np.minimum(array, dram_size[tile] - inside)
    kinds, kind = np.unique(size, return_inverse=True)
    return DimTiles(
        pe=min(pe, glb),
        dram_start=dram_start,
        dram_size=dram_size,
        steps=steps,
        first=first,
        start=dram_start[tile] + inside,
        size=size,
        kinds=kinds,
        kind=kind,
    )


def layer_tiles(layer: Layer, mapping: Mapping) -> dict[str, DimTiles]:
    """The tiles of all eight dimensions of ``layer`` under ``mapping``."""
    return {
        dim: dim_tiles(layer.extent(dim), mapping.glb[dim], mapping.array_tile(dim), mapping.spad[dim]) for dim in DIMS
    }
