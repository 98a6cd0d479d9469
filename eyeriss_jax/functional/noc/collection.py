"""Collection of one pass's psums over the psum chains, and the proof that every PE's share arrives exactly once."""

from dataclasses import dataclass

import numpy as np

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.functional.nest import Ints, place
from eyeriss_jax.functional.noc.needs import Needs, Tags, needs, union
from eyeriss_jax.functional.noc.passes import Pass, PeTiles
from eyeriss_jax.functional.noc.psum_chain import Chains, PsumTrace, simulate
from eyeriss_jax.functional.noc.streams import EMPTY
from eyeriss_jax.functional.noc.topology import Routers, routers
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer

_SHARE_LIMIT: int = 1 << 20
"""Shares are random numbers below this: sums of up to 2048 fit 32 bits, and two sets of PEs hardly ever agree."""


@dataclass(frozen=True, kw_only=True)
class Collection:
    """What one pass collected and when.

    Attributes:
        routers: The hardware.
        chains: How the psum routers are set.
        results: Values written to the GLB ``[cycles, pe_cols, cluster_rows, cluster_cols]``: per output port, from
            the first cycle in which a GLB bank reads a psum for the pass.
        to_south: Values on the links to the next cluster, likewise.
        refills: Values that the GLB banks read, ``[pe_cols, cluster_rows, cluster_cols]``.
        missing: Psums of the pass that did not arrive.
        repeated: Psums that arrived again, or that no PE has.
        wrong: Psums that are not the sum of the shares of all PEs that have one.
    """

    routers: Routers
    chains: Chains
    results: Ints
    to_south: Ints
    refills: Ints
    missing: int
    repeated: int
    wrong: int

    @property
    def exact(self) -> bool:
        """Whether every psum arrived once, with the share of every PE that works on it."""
        return self.missing == self.repeated == self.wrong == 0

    @property
    def cycles(self) -> int:
        """Cycles from the first read of a GLB bank to the last write."""
        return int(np.nonzero(self.results.any(axis=(1, 2, 3)))[0][-1]) + 1

    @property
    def law_cycles(self) -> int:
        """The law for the psums measured: ceil(psums through the busiest column / psums per cycle)."""
        return int(-(-self.words_per_port.max() // self.routers.values))

    @property
    def peak_values(self) -> int:
        """Most values on any port or link in any cycle."""
        return int(max(self.results.max(), self.to_south.max()))

    @property
    def words_per_port(self) -> Ints:
        """Psums that each router wrote to its GLB bank, ``[pe_cols, cluster_rows, cluster_cols]``."""
        return self.results.sum(axis=0)

    @property
    def words_per_cluster(self) -> Ints:
        """Psums written to the GLB of each cluster, ``[cluster_rows, cluster_cols]``, for a heat map."""
        return self.words_per_port.sum(axis=0)

    @property
    def words_per_link(self) -> Ints:
        """Psums that each cluster passed on to the next one, ``[cluster_rows, cluster_cols]``."""
        return self.to_south.sum(axis=(0, 1))


def collect(layer: Layer, mapping: Mapping, accelerator: Accelerator, *, one_pass: Pass | None = None) -> Collection:
    """Adds up and collects the psums of one pass (the first by default), a random share in every PE.

    Raises:
        SpecError: the mapping does not fit the accelerator, the pass not the mapping, or a reduced dimension sits
            where psums have no link.
    """
    one_pass = Pass.first(layer, mapping) if one_pass is None else one_pass
    one_pass.check(layer, mapping)
    placement = place(mapping, accelerator)
    ports = routers(accelerator, "psum")
    chains = Chains.of(placement)
    tiles = PeTiles.of(one_pass, placement)
    needed = needs("psum", layer, tiles, Tags.of("psum", layer, placement.spad))
    seeds = np.random.default_rng(0).integers(1, _SHARE_LIMIT, needed.shape)
    tags, refills, shares = _schedule(chains, needed, seeds, ports.values)
    return _verify(ports, chains, refills, simulate(chains, refills, shares), tags, needed, seeds)


def _schedule(chains: Chains, needed: Needs, seeds: Ints, values: int) -> tuple[Ints, Ints, Ints]:
    """(tag of each word id, word ids that the GLB banks read, share of every PE of the column in each)."""
    cluster_rows, cluster_cols, pe_rows, pe_cols = needed.shape
    tags, lanes, shares, count = [np.zeros(0, np.int64)], [], [np.zeros((0, cluster_rows, pe_rows), np.int64)], 0
    for row, col, pe_col in np.ndindex(cluster_rows, cluster_cols, pe_cols):
        words = union(needed[row, col, :, pe_col])
        if chains.from_north[row, col] or not len(words):
            continue
        last = row
        while chains.to_south[last, col]:
            last += 1
        share = np.zeros((len(words), cluster_rows, pe_rows), np.int64)
        for at, pe_row in np.ndindex(last + 1 - row, pe_rows):
            held = np.isin(words, needed[row + at, col, pe_row, pe_col], assume_unique=True)
            share[:, row + at, pe_row] = held * seeds[row + at, col, pe_row, pe_col]
        beats = -(-len(words) // values)
        ids = np.pad(np.arange(count, count + len(words)), (0, beats * values - len(words)), constant_values=EMPTY)
        lanes.append(((pe_col, row, col), ids.reshape(beats, values)))
        count += len(words)
        tags.append(words)
        shares.append(share)
    refills = np.full((max(len(beats) for _, beats in lanes), pe_cols, cluster_rows, cluster_cols, values), EMPTY)
    for port, beats in lanes:
        refills[(slice(len(beats)), *port)] = beats
    return np.concatenate(tags), refills, np.concatenate(shares)


def _verify(
    ports: Routers, chains: Chains, refills: Ints, trace: PsumTrace, tags: Ints, needed: Needs, seeds: Ints
) -> Collection:
    """Compares each psum that arrived with the shares of all PEs of the whole array that have it."""
    arrived = trace.ids != EMPTY
    collected, sums = tags[trace.ids[arrived]], trace.sums[arrived]
    wanted = union(needed)
    expected = np.zeros(len(wanted), np.int64)
    for pe in np.ndindex(needed.shape):
        expected[np.searchsorted(wanted, needed[pe])] += seeds[pe]
    once, first = np.unique(collected, return_index=True)
    known = np.isin(once, wanted, assume_unique=True)
    found = np.isin(wanted, once, assume_unique=True)
    return Collection(
        routers=ports,
        chains=chains,
        results=arrived.sum(axis=-1),
        to_south=trace.to_south,
        refills=(refills != EMPTY).sum(axis=(0, 4)),
        missing=int((~found).sum()),
        repeated=len(collected) - int(known.sum()),
        wrong=int((sums[first[known]] != expected[found]).sum()),
    )
