"""The loop nest as a sequence of passes, and what each pass has to move.

A pass is one array tile: every PE gets its part and walks through its positions. Passes come in blocks of bounded
length, so that a nest of any length needs no more memory than one block. What moves is decided here, once, by
comparing each pass with the one before it; the execution obeys and the counters add up.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping, Order
from eyeriss_jax.dims import DIMS, GROUPS, RELEVANT
from eyeriss_jax.functional.nest.tiles import Bools, DimTiles, Ints, layer_tiles
from eyeriss_jax.layers.layer import Layer

COLUMNS: dict[str, list[int]] = {t: [DIMS.index(dim) for dim in dims] for t, dims in RELEVANT.items()}
"""Where the dimensions of a data type are in a row of tile numbers."""

# No tile has this number: what is held before the first pass and after the last.
_NOTHING = -1


class Block(NamedTuple):
    """Consecutive passes; P of them. Tile numbers are per dimension, in the order of ``DIMS``.

    Attributes:
        dram: [P, 8] DRAM tile of each pass.
        array: [P, 8] array tile of each pass.
        fetch_iact: [P] the PEs fetch iacts.
        fetch_weight: [P] the PEs fetch weights.
        psum_begin: [P] a visit of a psum tile begins in the PEs.
        psum_refill: [P] that visit is not the tile's first, so that its psums come back.
        psum_end: [P] the visit ends with this pass: psums leave the PEs.
        load_iact: [P] the GLB takes in another DRAM tile of iacts before this pass.
        load_weight: [P] likewise of weights.
        reload_psum: [P] likewise of psums that have been in the GLB before.
        open_psum: [P] a visit of a psum DRAM tile begins, with or without a reload.
        store_psum: [P] the visit of the psum DRAM tile ends with this pass: psums go to DRAM.
    """

    dram: Ints
    array: Ints
    fetch_iact: Bools
    fetch_weight: Bools
    psum_begin: Bools
    psum_refill: Bools
    psum_end: Bools
    load_iact: Bools
    load_weight: Bools
    reload_psum: Bools
    open_psum: Bools
    store_psum: Bools


@dataclass(frozen=True)
class Schedule:
    """The loop nest of one mapping: the tiles of every dimension and the loops of both temporal levels, G outermost."""

    tiles: dict[str, DimTiles]
    dram_loops: tuple[str, ...]
    glb_loops: tuple[str, ...]
    stays_across_dram: bool

    @staticmethod
    def of(layer: Layer, mapping: Mapping, *, stays_across_dram: bool = True) -> "Schedule":
        """The loop nest of ``layer`` under ``mapping``.

        ``stays_across_dram``: what PEs hold stays while the DRAM tile around it changes.
        """
        tiles = layer_tiles(layer, mapping)
        return Schedule(tiles, _loops(mapping.dram_order), _loops(mapping.glb_order), stays_across_dram)

    @property
    def passes(self) -> int:
        """Number of passes."""
        return math.prod(len(tiles.start) for tiles in self.tiles.values())

    @property
    def dram_steps(self) -> int:
        """Number of DRAM tiles of the whole nest."""
        return math.prod(len(tiles.steps) for tiles in self.tiles.values())

    def gather(self, ids: Ints, column: Callable[[DimTiles], Ints]) -> Ints:
        """[P, 8] ``column`` of the tiles with numbers ``ids`` [P, 8]."""
        return np.stack([column(self.tiles[dim])[ids[:, i]] for i, dim in enumerate(DIMS)], axis=1)

    def blocks(self, length: int) -> Iterator[Block]:
        """All passes in order, in blocks of at most ``length``."""
        visited_dram = np.zeros(math.prod(len(self.tiles[d].steps) for d in RELEVANT["psum"]), bool)
        visited_array = np.zeros(math.prod(len(self.tiles[d].start) for d in RELEVANT["psum"]), bool)
        nothing = np.full((1, len(DIMS)), _NOTHING)
        last = (nothing, nothing)
        for (dram, array), (next_dram, next_array) in _with_next(self._passes(length), (nothing, nothing)):
            was_dram, was_array = np.concatenate([last[0], dram[:-1]]), np.concatenate([last[1], array[:-1]])
            will_dram, will_array = np.concatenate([dram[1:], next_dram]), np.concatenate([array[1:], next_array])
            streams = self._positions(array) > 1
            lost, losing = (self._loses(dram, others) for others in (was_dram, will_dram))
            begin = _differ("psum", array, was_array) | lost | streams
            open_psum = _differ("psum", dram, was_dram)
            yield Block(
                dram=dram,
                array=array,
                fetch_iact=_differ("iact", array, was_array) | lost | streams,
                fetch_weight=_differ("weight", array, was_array) | lost,
                psum_begin=begin,
                psum_refill=self._seen(array, begin, visited_array, lambda t: len(t.start)),
                psum_end=_differ("psum", array, will_array) | losing | streams,
                load_iact=_differ("iact", dram, was_dram),
                load_weight=_differ("weight", dram, was_dram),
                reload_psum=self._seen(dram, open_psum, visited_dram, lambda t: len(t.steps)),
                open_psum=open_psum,
                store_psum=_differ("psum", dram, will_dram),
            )
            last = (dram[-1:], array[-1:])

    def _passes(self, length: int) -> Iterator[tuple[Ints, Ints]]:
        """Tile numbers of the passes: DRAM tiles and array tiles, each [P, 8]."""
        for low in range(0, self.dram_steps, length):
            steps = np.arange(low, min(low + length, self.dram_steps))
            dram = _digits(steps, self.dram_loops, lambda dim: len(self.tiles[dim].steps))
            inner = np.prod(self.gather(dram, lambda t: t.steps), axis=1)
            ends = np.cumsum(inner)
            for first in range(0, int(ends[-1]), length):
                number = np.arange(first, min(first + length, int(ends[-1])))
                step = np.searchsorted(ends, number, side="right")
                rows = dram[step]
                counts = dict(zip(DIMS, self.gather(rows, lambda t: t.steps).T, strict=True))
                within = _digits(number - (ends - inner)[step], self.glb_loops, counts.__getitem__)
                yield rows, within + self.gather(rows, lambda t: t.first)

    def _loses(self, dram: Ints, others: Ints) -> Bools:
        """[P] whether what PEs hold is lost between the passes of two DRAM tiles."""
        return np.any(dram != others, axis=1) & (not self.stays_across_dram)

    def _positions(self, array: Ints) -> Ints:
        """[P] positions (N, E, F) of the most loaded PE, which is PE 0."""
        sizes = [np.minimum(self.tiles[d].size[array[:, DIMS.index(d)]], self.tiles[d].pe) for d in GROUPS["NEF"]]
        return np.prod(sizes, axis=0)

    def _seen(self, ids: Ints, begins: Bools, visited: Bools, count: Callable[[DimTiles], int]) -> Bools:
        """[P] whether the psum tile whose visit begins was visited before; marks it as visited."""
        tile = np.zeros(len(ids), np.int64)
        for dim in RELEVANT["psum"]:
            tile = tile * count(self.tiles[dim]) + ids[:, DIMS.index(dim)]
        rows = np.flatnonzero(begins)
        _, first = np.unique(tile[rows], return_index=True)
        seen = np.zeros(len(ids), bool)
        seen[rows] = True
        seen[rows[first]] = visited[tile[rows[first]]]
        visited[tile[rows]] = True
        return seen


def _loops(order: Order) -> tuple[str, ...]:
    """The dimensions of one temporal level, outermost first."""
    return ("G", *(dim for group in order for dim in GROUPS[group]))


def _digits(number: Ints, loops: tuple[str, ...], count: Callable[[str], int | Ints]) -> Ints:
    """[P, 8] loop indices of the ``number``-th iterations of a nest with ``count(dim)`` iterations per loop."""
    digits = np.empty((len(number), len(DIMS)), np.int64)
    for dim in reversed(loops):
        number, digits[:, DIMS.index(dim)] = np.divmod(number, count(dim))
    return digits


def _differ(data_type: str, ids: Ints, others: Ints) -> Bools:
    """[P] whether the tiles of ``data_type`` are other ones."""
    columns = COLUMNS[data_type]
    return np.any(ids[:, columns] != others[:, columns], axis=1)


def _with_next(
    blocks: Iterator[tuple[Ints, Ints]], end: tuple[Ints, Ints]
) -> Iterator[tuple[tuple[Ints, Ints], tuple[Ints, Ints]]]:
    """Each block with the first row of the next one, ``end`` after the last."""
    held = next(blocks)
    for block in blocks:
        yield held, (block[0][:1], block[1][:1])
        held = block
    yield held, end
