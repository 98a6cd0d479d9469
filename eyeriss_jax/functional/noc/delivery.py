"""What the hierarchical mesh delivered in one pass, when, and whether it was right.

The law of delivery: words through the busiest port over what the port passes per cycle. What the mesh adds to it is
its latency: a port receives its n words in ceil(n / values per cycle) consecutive cycles, the first of which comes as
many cycles after the start as there are links on the way.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.noc.modes import Mode
from eyeriss_jax.functional.noc.needs import Tags
from eyeriss_jax.functional.noc.streams import EMPTY, Streams
from eyeriss_jax.functional.noc.switches import Switches
from eyeriss_jax.functional.noc.topology import Port


class Arrivals(NamedTuple):
    """One row per value that reached a cluster: all arrays ``[n]``. ``word`` indexes ``Streams.tags``."""

    cycle: Ints
    router: Ints
    cluster_row: Ints
    cluster_col: Ints
    word: Ints


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What one pass delivered and when.

    Attributes:
        mode: The mode that the mapping asks for.
        switches: The configuration of the routers that makes it.
        streams: What was injected.
        arrivals: What reached each cluster, in order of time.
        tags: How to read a tag.
        loads: Values on every output port and cycle ``[cycles, 5, routers, cluster_rows, cluster_cols]``, by ``Port``.
        taken: Words that PEs took, all PEs added up; idle ones take none.
        missing: Words that a PE needs and did not receive, all PEs added up.
        unneeded: Words that a PE received and does not need.
        repeated: Words that a PE received again.
    """

    mode: Mode
    switches: Switches
    streams: Streams
    arrivals: Arrivals
    tags: Tags
    loads: Ints
    taken: int
    missing: int
    unneeded: int
    repeated: int

    @property
    def exact(self) -> bool:
        """Whether every PE received exactly the words that it needs, once each."""
        return self.missing == self.unneeded == self.repeated == 0

    @property
    def cycles(self) -> int:
        """Cycles from the first injection to the last arrival."""
        return int(self.arrivals.cycle.max()) + 1

    @property
    def law_cycles(self) -> int:
        """The law for the words measured: ceil(words into the busiest cluster or PE row / words per cycle)."""
        ports = self.switches.routers
        if ports.data_type == "iact":
            return int(-(-self.words_per_cluster.max() // (ports.per_cluster * ports.values)))
        return int(-(-self.words_per_port.max() // ports.values))

    @property
    def on_time(self) -> bool:
        """Whether every port received its words in as few consecutive cycles as it can, the first after its hops."""
        busy = self.loads[:, Port.CLUSTER] > 0
        beats = -(-self.words_per_port // self.switches.routers.values)
        cycle = np.arange(len(busy))[:, None, None, None]
        expected = (cycle >= self.switches.hops) & (cycle < self.switches.hops + beats)
        return bool((busy == expected).all())

    @property
    def peak_values(self) -> int:
        """Most values on any port or link in any cycle."""
        return int(self.loads.max())

    @property
    def words_per_port(self) -> Ints:
        """Words that each router delivered to its cluster, ``[routers, cluster_rows, cluster_cols]``."""
        return self.loads[:, Port.CLUSTER].sum(axis=0)

    @property
    def words_per_cluster(self) -> Ints:
        """Words delivered to each cluster, ``[cluster_rows, cluster_cols]``, for a heat map."""
        return self.words_per_port.sum(axis=0)

    @property
    def words_per_source(self) -> Ints:
        """Words that each cluster's GLB banks or off-chip feeds injected, ``[cluster_rows, cluster_cols]``."""
        return (self.streams.feed != EMPTY).sum(axis=(0, 1, 4))

    @property
    def words_per_link(self) -> Ints:
        """Words that left each cluster north, south, east and west, ``[4, cluster_rows, cluster_cols]``."""
        return self.loads[:, Port.NORTH :].sum(axis=(0, 2))

    def received(self, cluster: tuple[int, int], pe: tuple[int, int]) -> tuple[Ints, Ints]:
        """(tags, cycles) of the words that one PE took, in order of time."""
        here = (self.arrivals.cluster_row == cluster[0]) & (self.arrivals.cluster_col == cluster[1])
        words = self.arrivals.word[here]
        taken = self.streams.takes[(words, *pe)]
        return self.streams.tags[words[taken]], self.arrivals.cycle[here][taken]
