"""The counters: they watch the passes go by and add up what each of them moves.

A counter takes the very blocks that the execution runs. Passes whose array tiles have the same extents move the same
numbers of words, so passes are tallied by extents and event, and the words of each kind are counted once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from eyeriss_jax.dims import DIMS, PerType
from eyeriss_jax.functional.counting.accesses import ArrayTally, dram_words, glb_words, spad_words
from eyeriss_jax.functional.counting.accounting import Accounting
from eyeriss_jax.functional.counting.array_words import ArrayWords, PassWords
from eyeriss_jax.functional.counting.counts import Counts, Instances
from eyeriss_jax.functional.counting.glb_counter import GlbCounter
from eyeriss_jax.functional.counting.instances import instances
from eyeriss_jax.functional.nest import Block, Ints, Schedule
from eyeriss_jax.hardware.accelerator import Accelerator


@dataclass
class Counter:
    """Adds up one execution block by block; :meth:`counts` at the end.

    Attributes:
        schedule: the loop nest.
        words: words of a pass by the extents of its array tile.
        glb: words between DRAM and the GLB so far.
        tally: [kinds of array tile] passes by event, e.g. those that fetch weights.
    """

    schedule: Schedule
    words: ArrayWords
    glb: GlbCounter
    tally: dict[str, Ints] = field(init=False)
    _kinds: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Starts with nothing counted."""
        self._kinds = tuple(len(self.schedule.tiles[dim].kinds) for dim in DIMS)
        events = ("passes", "iact", "weight", "psum", "refill")
        self.tally = {event: np.zeros(int(np.prod(self._kinds)), np.int64) for event in events}

    def add(self, block: Block) -> None:
        """Counts the passes of a block."""
        kinds = self.schedule.gather(block.array, lambda tiles: tiles.kind)
        kind: Ints = np.asarray(np.ravel_multi_index(tuple(kinds.T), self._kinds))
        events = {
            "passes": np.ones(len(kind), bool),
            "iact": block.fetch_iact,
            "weight": block.fetch_weight,
            "psum": block.psum_begin,
            "refill": block.psum_refill,
        }
        for event, happens in events.items():
            self.tally[event] += np.bincount(kind[happens], minlength=len(self.tally[event]))
        self.glb.add(block)

    def counts(self, accelerator: Accelerator, accounting: Accounting) -> Counts:
        """All counts of the passes seen, under the book-keeping of ``accounting``."""
        kinds = list(self._pass_words())
        passes = self.tally["passes"]
        moved, glb = self._moved(kinds), self.glb.tally()
        spads, banks = spad_words(moved, accounting), glb_words(glb, moved, accelerator, accounting)
        where = instances(moved, spads, banks, self.words.places)
        return Counts(
            macs=sum(int(passes[kind]) * words.macs for kind, words in kinds),
            passes=int(passes.sum()),
            compute_cycles=sum(int(passes[kind]) * words.compute for kind, words in kinds),
            chain_steps=sum(int(self.tally["psum"][kind]) * words.chain for kind, words in kinds),
            active_pes=max(words.active for _, words in kinds),
            spad=PerType.build(lambda t: spads[t].total),
            noc=PerType.build(lambda t: int(moved.pes[t].sum())),
            hops=hops(moved, accelerator),
            port=busiest_ports(where),
            returns=int(moved.refills.sum() if accelerator.noc == "bus" else moved.refills_port.max()),
            glb=PerType.build(lambda t: banks[t].total),
            dram=dram_words(glb, moved, accelerator, accounting),
            instances=where,
        )

    def _pass_words(self) -> Iterator[tuple[int, PassWords]]:
        """The kinds of array tile that occurred, and what a pass of each moves."""
        for kind in np.flatnonzero(self.tally["passes"]).tolist():
            digits = np.unravel_index(kind, self._kinds)
            tiles = self.schedule.tiles
            extents = {dim: int(tiles[dim].kinds[d]) for dim, d in zip(DIMS, digits, strict=True)}
            yield kind, self.words.of(extents)

    def _moved(self, kinds: list[tuple[int, PassWords]]) -> ArrayTally:
        """Words of all passes: those of each kind times how often it happened."""

        def total(event: str, part: Callable[[PassWords], Ints]) -> Ints:
            times = self.tally[event]
            return sum((times[kind] * part(words) for kind, words in kinds), np.zeros((), np.int64))

        return ArrayTally(
            macs=total("passes", lambda words: words.pe_macs),
            windows=total("passes", lambda words: words.pe_windows),
            pes=PerType.build(lambda t: total(t, lambda words: words.pes[t])),
            clusters=PerType.build(lambda t: total(t, lambda words: words.clusters[t])),
            ports=PerType.build(lambda t: total(t, lambda words: words.ports[t])),
            banks=PerType.build(lambda t: total(t, lambda words: words.banks[t])),
            refills=total("refill", lambda words: words.banks.psum),
            refills_port=total("refill", lambda words: words.ports.psum),
            refills_pe=total("refill", lambda words: words.pes.psum),
        )


def hops(moved: ArrayTally, accelerator: Accelerator) -> PerType:
    """Words between clusters: all that clusters take less what their own banks send; a bus has no links."""
    if accelerator.noc == "bus":
        return PerType.build(lambda _: 0)
    return PerType.build(lambda t: int(moved.clusters[t].sum() - moved.banks[t].sum()))


def busiest_ports(where: Instances) -> PerType:
    """Words through the busiest port; the iact routers of a cluster count as one port."""
    ports = where.ports
    return PerType(iact=int(ports.iact.sum(axis=2).max()), weight=int(ports.weight.max()), psum=int(ports.psum.max()))
