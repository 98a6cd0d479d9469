"""Counts what moves between DRAM and the GLB banks as DRAM tiles come and go.

A cluster's banks hold its part of a DRAM tile: one iact bank per iact router, one psum bank per PE column, and where
the GLB keeps weights one weight bank per PE row. A word that several clusters hold counts at the first of them.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from eyeriss_jax.dims import DIMS, PerType
from eyeriss_jax.functional.counting.array_words import BANKS, words_of
from eyeriss_jax.functional.nest import AxisLoads, Block, DimTiles, Ints, Loads, Places, Schedule, WindowAxis


class GlbTally(NamedTuple):
    """Words between DRAM and the GLB, as if the GLB kept every data type; arrays over places in ``PLACE_ORDER``.

    ``fills`` per bank (iact: per cluster) are words written from DRAM, padding included; of psums, words of each DRAM
    tile each time that it is in the GLB, and ``psum_reloads`` those of them that had been there before.
    ``iact_reads``: iact words read from DRAM, without padding.
    """

    fills: PerType
    psum_reloads: Ints
    iact_reads: int


@dataclass
class GlbCounter:
    """Tallies DRAM tiles by their extents; :meth:`tally` turns them into words.

    Attributes:
        schedule: the loop nest.
        loads: iact positions that every DRAM tile brings in.
        places: where the PE tiles go.
        axes: the two image axes.
    """

    schedule: Schedule
    loads: Loads
    places: Places
    axes: tuple[WindowAxis, WindowAxis]
    _iact_reads: int = field(default=0, init=False)
    _tiles: dict[str, Counter[tuple[int, ...]]] = field(init=False, repr=False)
    _images: list[tuple[Ints, Ints]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Starts with nothing counted."""
        self._tiles = {event: Counter() for event in ("load_iact", "load_weight", "open_psum", "reload_psum")}
        loads = zip(self.axes, (self.loads.height, self.loads.width), strict=True)
        self._images = [self._held_first(axis, load) for axis, load in loads]

    def add(self, block: Block) -> None:
        """Counts the DRAM tiles that a block opens: how many there are of each size and, for iacts, each load."""
        for event, tally in self._tiles.items():
            dram = block.dram[getattr(block, event)]
            columns = [*self.schedule.gather(dram, lambda tiles: tiles.dram_size).T]
            if event == "load_iact":
                pairs = [(dram[:, DIMS.index(axis.outputs)], dram[:, DIMS.index(axis.taps)]) for axis in self.axes]
                planes = np.prod([columns[DIMS.index(dim)] for dim in "GNC"], axis=0)
                height, width = self.loads.height.real[pairs[0]], self.loads.width.real[pairs[1]]
                self._iact_reads += int((planes * height * width).sum())
                columns += [kinds[pair] for (kinds, _), pair in zip(self._images, pairs, strict=True)]
            for row, times in zip(*np.unique(np.stack(columns, axis=1), axis=0, return_counts=True), strict=True):
                tally[tuple(row.tolist())] += int(times)

    def tally(self) -> GlbTally:
        """All words so far."""
        return GlbTally(
            fills=PerType(
                iact=self._words("iact", "load_iact"),
                weight=self._words("weight", "load_weight"),
                psum=self._words("psum", "open_psum"),
            ),
            psum_reloads=self._words("psum", "reload_psum"),
            iact_reads=self._iact_reads,
        )

    def _words(self, data_type: str, event: str) -> Ints:
        """Words per bank of all DRAM tiles with an event."""
        held = [kinds for _, kinds in self._images]
        no_share = {dim: 0 * self.places.share(dim, 1) for dim in DIMS}
        total = words_of(data_type, no_share, BANKS[data_type], [0 * kinds[0] for kinds in held])
        for row, times in self._tiles[event].items():
            shares = {dim: self.places.share(dim, size) for dim, size in zip(DIMS, row, strict=False)}
            images = [kinds[kind] for kinds, kind in zip(held, row[len(DIMS) :], strict=False)]
            total = total + times * words_of(data_type, shares, BANKS[data_type], images)
        return total

    def _held_first(self, axis: WindowAxis, load: AxisLoads) -> tuple[Ints, Ints]:
        """Along one image axis: which kind of load each pair of DRAM tiles is, and what each kind gives each cluster.

        Returns:
            [o, t] kinds, and [kinds, clusters of outputs, clusters of taps] new positions that a cluster needs and no
            cluster before it.
        """
        outputs, taps = self.schedule.tiles[axis.outputs], self.schedule.tiles[axis.taps]
        held = np.array(
            [
                [self._new_at_clusters(axis, (outputs, o), (taps, t), load.new[o, t]) for t in range(len(taps.steps))]
                for o in range(len(outputs.steps))
            ]
        )
        kinds, kind = np.unique(held.reshape(-1, *held.shape[2:]), axis=0, return_inverse=True)
        return kind.reshape(held.shape[:2]), kinds

    def _new_at_clusters(
        self, axis: WindowAxis, outputs: tuple[DimTiles, int], taps: tuple[DimTiles, int], new: np.ndarray
    ) -> Ints:
        """[clusters of outputs, clusters of taps] positions of ``new`` by the first cluster that needs them."""
        at = [self._indices_by_cluster(axis.outputs, *outputs), self._indices_by_cluster(axis.taps, *taps)]
        counts = np.zeros((len(at[0]), len(at[1])), np.int64)
        unclaimed = new.copy()
        for first, second in np.ndindex(counts.shape):
            positions = np.add.outer(at[0][first] * axis.stride, at[1][second] * axis.dilation).ravel()
            claimed = np.unique(positions[unclaimed[positions]])
            counts[first, second] = len(claimed)
            unclaimed[claimed] = False
        return counts

    def _indices_by_cluster(self, dim: str, tiles: DimTiles, tile: int) -> list[Ints]:
        """Indices of ``dim`` that each cluster works on in a DRAM tile, counted from its first."""
        index = np.arange(tiles.dram_size[tile])
        array = self.places.mapping.array_tile(dim)
        cluster = index % array // (array // self.places.clusters(dim))
        return [index[cluster == c] for c in range(self.places.clusters(dim))]
