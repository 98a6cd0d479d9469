"""What the sources inject: for every stream the words in the order in which they are due, packed into beats.

The words of a stream are those that one cluster of its group needs, each once, with a mask that says which PEs of a
cluster take it. Beats are full and words are dealt to the routers in turn: a stream of n words over k routers of v
values per beat takes ceil(n / (k v)) cycles, and router j carries ceil((n - j) / k) of them. Every value of a beat has
its own mask, as the delivery law assumes; ``same_mask_cycles`` says how long it takes if the values of a beat must all
go to the same PEs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np

from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.noc.modes import groups
from eyeriss_jax.functional.noc.needs import Flags, Needs, takers, union
from eyeriss_jax.functional.noc.switches import Switches
from eyeriss_jax.functional.noc.topology import Routers

EMPTY: int = -1


@dataclass(frozen=True, kw_only=True)
class Streams:
    """The injected words. A word id names one word of one stream.

    Attributes:
        feed: Word ids ``[cycles, routers, cluster_rows, cluster_cols, values]`` at the sources; -1 where empty.
        tags: Tag of each word id, ``[ids]``.
        takes: Which PEs of a cluster take the word, ``[ids, pe_rows, pe_cols]``.
        same_mask_cycles: Cycles of the longest stream if all values of a beat had to go to the same PEs.
    """

    feed: Ints
    tags: Ints
    takes: Flags
    same_mask_cycles: int

    @classmethod
    def of(cls, switches: Switches, needed: Needs) -> Self:
        """The streams that serve ``needed`` under ``switches``."""
        routers = switches.routers
        tags, takes, lanes = [], [], []
        count = same_mask_cycles = 0
        for source, members in zip(switches.sources, groups(switches.stream), strict=True):
            for first, width, words, mask in _lanes(routers, needed[tuple(members[0])]):
                beats = _beats(np.arange(count, count + len(words)), width, routers.values)
                lanes.append((source, first, beats))
                tags.append(words)
                takes.append(mask)
                count += len(words)
                same_mask_cycles = max(same_mask_cycles, _same_mask_cycles(mask, width, routers.values))
        length = max(len(beats) for *_, beats in lanes)
        feed = np.full((length, routers.per_cluster, *routers.grid, routers.values), EMPTY)
        for (row, col), first, beats in lanes:
            feed[: len(beats), first : first + beats.shape[1], row, col] = beats
        return cls(feed=feed, tags=np.concatenate(tags), takes=np.concatenate(takes), same_mask_cycles=same_mask_cycles)


def _lanes(routers: Routers, needed: Needs) -> Iterator[tuple[int, int, Ints, Flags]]:
    """(first router, number of routers, tags, mask) of the words that the PEs of one cluster need, ``[rows, cols]``.

    iact words may take any router. A weight router carries what the PEs of its row need.
    """
    if routers.data_type == "iact":
        words = union(needed)
        yield 0, routers.per_cluster, words, takers(words, needed)
        return
    for row in range(routers.per_cluster):
        words = union(needed[row])
        others = ((0, 0), (row, routers.per_cluster - row - 1), (0, 0))
        yield row, 1, words, np.pad(takers(words, needed[row : row + 1]), others)


def _beats(ids: Ints, width: int, values: int) -> Ints:
    """``ids`` as full beats ``[cycles, width, values]``, the last one filled up with empty values."""
    cycles = -(-len(ids) // (width * values))
    padded = np.pad(ids, (0, cycles * width * values - len(ids)), constant_values=EMPTY)
    return padded.reshape(cycles, values, width).swapaxes(1, 2)


def _same_mask_cycles(mask: Flags, width: int, values: int) -> int:
    """Cycles over ``width`` routers if the words of a beat must have one mask in common."""
    counts = np.unique(mask.reshape(len(mask), prod(mask.shape[1:])), axis=0, return_counts=True)[1]
    return int(-(-np.sum(-(-counts // values)) // width))
