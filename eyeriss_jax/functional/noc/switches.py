"""The static configuration of the routers: for a whole layer every output listens to one input.

Circuit switching means that one link carries one stream. A stream starts at a cluster of its group, runs along
one column to every row of the group and from there along the rows. Groups whose clusters interleave share a column
by starting at opposite ends, or take different columns; where even that is not enough, the links cannot make
the mode and :meth:`Switches.connect` says which link two streams would need.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import UNUSED, Ints
from eyeriss_jax.functional.noc.modes import groups
from eyeriss_jax.functional.noc.topology import OPPOSITE, STEP, VERTICAL, Port, Routers

Cell = tuple[int, int]

OFF: int = -1

_FIX: dict[str, str] = {
    "iact": "spread M over the cluster columns, or C, R, S over the PE rows instead of the cluster rows",
    "weight": "each cluster row needs its own off-chip feed, and one row carries one stream each way: spread M or "
    "N, E, F over the cluster rows",
}


@dataclass(frozen=True, kw_only=True)
class Switches:
    """Which input each output of each router listens to; all routers of a cluster are set alike.

    Attributes:
        routers: The hardware.
        listens: ``[5, cluster_rows, cluster_cols]`` by output ``Port``: the input ``Port``, or -1 for none.
        stream: ``[cluster_rows, cluster_cols]``: the stream that a cluster receives, -1 for none.
        sources: The cluster at which each stream enters.
        hops: ``[cluster_rows, cluster_cols]``: links from the source to a cluster, -1 if it receives nothing.
    """

    routers: Routers
    listens: Ints
    stream: Ints
    sources: tuple[Cell, ...]
    hops: Ints

    @classmethod
    def of(cls, routers: Routers, streams: Ints) -> Self:
        """The configuration that brings stream ``streams[row, col]`` to every cluster; -1 for none.

        Raises:
            SpecError: a link that the routers do not have, or that two streams would need.
        """
        listens = np.full((len(Port), *routers.grid), OFF)
        hops = np.full(routers.grid, OFF)
        empty = cls(routers=routers, listens=listens, stream=streams, sources=(), hops=hops)
        sources = tuple(empty.route(members) for members in groups(streams))
        return cls(routers=routers, listens=listens, stream=streams, sources=sources, hops=hops)

    def route(self, members: Ints) -> Cell:
        """Connects the clusters ``members`` ``[n, 2]``, a product of rows and columns; returns the source."""
        rows, cols = (np.unique(members[:, axis]).tolist() for axis in (0, 1))
        row_phase, col_phase = (_phase(lines) for lines in (rows, cols))
        ends = (cols[0], cols[-1])
        trunk = ends[col_phase % 2] if _stride(cols) > 1 else cols[row_phase // 2 % len(cols)]
        down = row_phase % 2 == 0
        source = (rows[0] if down else rows[-1], trunk)
        arrivals = self._line(source, Port.CLUSTER, Port.SOUTH if down else Port.NORTH, rows[-1] - rows[0], 0)
        for row in rows:
            entry, hops = arrivals[row, trunk]
            east = self._line((row, trunk), entry, Port.EAST, cols[-1] - trunk, hops)
            west = self._line((row, trunk), entry, Port.WEST, trunk - cols[0], hops)
            for col in cols:
                entry_here, hops_here = (east | west)[row, col]
                self.connect((row, col), Port.CLUSTER, entry_here)
                self.hops[row, col] = hops_here
        return source

    def _line(self, at: Cell, entry: Port, side: Port, links: int, hops: int) -> dict[Cell, tuple[Port, int]]:
        """Passes a stream on over ``links`` links: the input it takes at each router, and the hops to there."""
        reached = {at: (entry, hops)}
        for link in range(1, links + 1):
            self.connect(at, side, entry)
            at, entry = (at[0] + STEP[side][0], at[1] + STEP[side][1]), OPPOSITE[side]
            reached[at] = (entry, hops + link)
        return reached

    def connect(self, at: Cell, output: Port, entry: Port) -> None:
        """Sets one output of the routers at ``at`` to listen to input ``entry``.

        Raises:
            SpecError: the routers have no such link, it leads off the grid, or it carries another stream already.
        """
        routers = self.routers
        where = f"{routers.data_type} router {at}: output {output.name.lower()}"
        if output != Port.CLUSTER and output not in routers.outputs:
            raise SpecError(
                f"{where} does not exist, {routers.data_type} routers link {_names(routers.outputs)} only; "
                f"{_FIX.get(routers.data_type, 'use those links')}"
            )
        beyond = (at[0] + STEP[output][0], at[1] + STEP[output][1]) if output != Port.CLUSTER else at
        if not all(0 <= place < length for place, length in zip(beyond, routers.grid, strict=True)):
            raise SpecError(f"{where} leads off the {routers.grid[0]}x{routers.grid[1]} grid; route within it")
        if self.listens[output, *at] not in (OFF, entry):
            raise SpecError(
                f"{where} would have to carry two streams, and a circuit-switched link carries one; "
                f"{_FIX.get(routers.data_type, 'separate the streams')}"
            )
        self.listens[output, *at] = entry


def feeds(routers: Routers, labels: Ints) -> Ints:
    """Labels with groups split where routers have no vertical links: every cluster row then has its own feed."""
    if any(side in routers.outputs for side in VERTICAL):
        return labels
    used = labels != UNUSED
    per_row = np.arange(labels.shape[0])[:, None] * (labels.max() + 1) + labels
    result = np.full(labels.shape, UNUSED)
    result[used] = np.unique(per_row[used], return_inverse=True)[1]
    return result


def _stride(lines: list[int]) -> int:
    """Distance of neighbouring rows (columns) of a group."""
    return lines[1] - lines[0] if len(lines) > 1 else 1


def _phase(lines: list[int]) -> int:
    """Which of the groups that interleave on an axis this is, from 0."""
    return lines[0] % _stride(lines)


def _names(sides: tuple[Port, ...]) -> str:
    return " and ".join(side.name.lower() for side in sides)
