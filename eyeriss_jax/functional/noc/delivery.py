"""Delivery of iacts or weights over the hierarchical mesh for one pass, and the proof that it is right.

The law (``model.cycles``): words through the busiest port over what the port passes per cycle. What the mesh adds to
it is its latency: every port receives its n words in ceil(n / values per cycle) consecutive cycles, the first of
which comes as many cycles after the start as there are links on the way.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.noc.mesh import Trace, simulate
from eyeriss_jax.functional.noc.modes import Mode, mode_of, sharing
from eyeriss_jax.functional.noc.needs import Needs, Tags, needs
from eyeriss_jax.functional.noc.passes import Pass, PeTiles
from eyeriss_jax.functional.noc.placement import Ints, place
from eyeriss_jax.functional.noc.streams import EMPTY, Streams
from eyeriss_jax.functional.noc.switches import Switches, feeds
from eyeriss_jax.functional.noc.topology import Port, routers
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


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
        """Cycles that the law predicts: ceil(words into the busiest cluster or PE row / words per cycle)."""
        ports = self.switches.routers
        if ports.data_type == "iact":
            return int(-(-self.words_per_cluster.max() // (ports.per_cluster * ports.values)))
        return int(-(-self.words_per_port.max() // ports.values))

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


def deliver(
    layer: Layer,
    mapping: Mapping,
    accelerator: Accelerator,
    data_type: str,
    *,
    one_pass: Pass | None = None,
    compressed: bool = False,
) -> Delivery:
    """Sends the words of one pass (the first by default) through the mesh.

    Args:
        layer: the layer.
        mapping: its mapping.
        accelerator: a machine with a hierarchical mesh.
        data_type: ``iact`` or ``weight``.
        one_pass: which part of the layer.
        compressed: send (value, count) pairs instead of raw values; every word counts as a nonzero.

    Raises:
        SpecError: the mapping does not fit the accelerator, the pass not the mapping, or the links cannot
            make the mode.
    """
    if data_type not in ("iact", "weight"):
        raise SpecError(f"deliver: data_type = {data_type!r} must be 'iact' or 'weight'; psums are collected")
    one_pass = Pass.first(layer, mapping) if one_pass is None else one_pass
    one_pass.check(layer, mapping)
    placement = place(mapping, accelerator)
    labels = sharing(data_type, placement)
    ports = routers(accelerator, data_type, compressed=compressed)
    switches = Switches.of(ports, feeds(ports, labels))
    tiles = PeTiles.of(one_pass, placement)
    tags = Tags.of(data_type, layer, placement.spad)
    needed = needs(data_type, layer, tiles, tags)
    streams = Streams.of(switches, needed)
    return verify(mode_of(labels), switches, streams, simulate(switches, streams.feed), tags, needed)


def verify(
    mode: Mode, switches: Switches, streams: Streams, trace: Trace, tags: Tags, needed: Needs
) -> Delivery:
    """Compares what arrived at every PE with what it needs. Idle PEs are switched off and take nothing."""
    at = np.nonzero(trace.delivered != EMPTY)
    arrivals = Arrivals(*at[:4], trace.delivered[at])
    missing = unneeded = repeated = 0
    cluster = arrivals.cluster_row * needed.shape[1] + arrivals.cluster_col
    in_order = np.argsort(cluster, kind="stable")
    ends = np.cumsum(np.bincount(cluster, minlength=needed.shape[0] * needed.shape[1]))
    for words, (row, col) in zip(np.split(in_order, ends[:-1]), np.ndindex(needed.shape[:2]), strict=True):
        ids = arrivals.word[words]
        for pe in np.ndindex(needed.shape[2:]):
            wanted = needed[row, col][pe]
            taken = ids[streams.takes[(ids, *pe)]] if len(wanted) else ids[:0]
            once = np.unique(streams.tags[taken])
            repeated += len(taken) - len(once)
            hits = len(np.intersect1d(once, wanted, assume_unique=True))
            missing += len(wanted) - hits
            unneeded += len(once) - hits
    return Delivery(
        mode=mode,
        switches=switches,
        streams=streams,
        arrivals=arrivals,
        tags=tags,
        loads=trace.loads,
        missing=missing,
        unneeded=unneeded,
        repeated=repeated,
    )
