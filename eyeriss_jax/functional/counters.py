"""The counters: they watch the passes go by and add up what each of them moves.

A counter takes the very blocks that the execution runs. Passes whose array tiles have the same extents move the same
numbers of words, so passes are tallied by extents and event, and the words of each kind are counted once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from eyeriss_jax.dims import DIMS, PerType
from eyeriss_jax.functional.accesses import ArrayTally, GlbTally, dram_words, glb_words, instances, spad_words
from eyeriss_jax.functional.accounting import Accounting
from eyeriss_jax.functional.array_words import ArrayWords, PassWords
from eyeriss_jax.functional.counts import Counts
from eyeriss_jax.functional.loads import Loads
from eyeriss_jax.functional.schedule import COLUMNS, Block, Schedule
from eyeriss_jax.functional.tiles import Bools, Ints
from eyeriss_jax.hardware.accelerator import Accelerator


@dataclass
class Counter:
    """Adds up one execution block by block; :meth:`counts` at the end.

    Attributes:
        schedule: the loop nest.
        loads: iact words of every DRAM tile.
        words: words of a pass by the extents of its array tile.
        glb: words between DRAM and the GLB so far.
        tally: [kinds of array tile] passes by event, e.g. those that fetch weights.
    """

    schedule: Schedule
    loads: Loads
    words: ArrayWords
    glb: GlbTally = field(default_factory=GlbTally)
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
        self._add_glb(block)

    def _add_glb(self, block: Block) -> None:
        """Counts the DRAM tiles that a block opens."""
        tiles, height, width = self.schedule.tiles, self.loads.height, self.loads.width

        def box(event: Bools, data_type: str) -> int:
            dram = block.dram[event]
            return int(np.prod(self.schedule.gather(dram, lambda t: t.dram_size)[:, COLUMNS[data_type]], axis=1).sum())

        rows = block.dram[block.load_iact]
        at = {dim: rows[:, i] for i, dim in enumerate(DIMS)}
        planes = np.prod([tiles[dim].dram_size[at[dim]] for dim in "GNC"], axis=0)
        high, wide = (at["E"], at["R"]), (at["F"], at["S"])
        self.glb.iact_fills += int((planes * height.words[high] * width.words[wide]).sum())
        self.glb.iact_reads += int((planes * height.real[high] * width.real[wide]).sum())
        self.glb.weight_reads += box(block.load_weight, "weight")
        self.glb.psum_visits += box(block.open_psum, "psum")
        self.glb.psum_reloads += box(block.reload_psum, "psum")

    def counts(self, accelerator: Accelerator, accounting: Accounting) -> Counts:
        """All counts of the passes seen, under the book-keeping of ``accounting``."""
        kinds = list(self._pass_words())
        passes = self.tally["passes"]
        moved = self._moved(kinds)
        macs = sum(int(passes[kind]) * words.macs for kind, words in kinds)
        windows = sum(int(passes[kind]) * words.windows for kind, words in kinds)
        places = self.words.places
        return Counts(
            macs=macs,
            passes=int(passes.sum()),
            compute_cycles=sum(int(passes[kind]) * words.compute for kind, words in kinds),
            chain_steps=sum(int(self.tally["psum"][kind]) * words.chain for kind, words in kinds),
            active_pes=max(words.active for _, words in kinds),
            spad=spad_words(macs, windows, moved, accounting),
            noc=PerType.build(lambda t: int(moved.pes[t].sum())),
            port=moved.port,
            glb=glb_words(self.glb, moved, accelerator, accounting),
            dram=dram_words(self.glb, moved, accelerator, accounting),
            instances=instances(moved, places),
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

        def total(part: str, data_type: str) -> Ints:
            times = self.tally[data_type]
            zero = np.zeros((), np.int64)
            return sum((times[kind] * getattr(words, part)[data_type] for kind, words in kinds), zero)

        refills = [(int(self.tally["refill"][kind]), words) for kind, words in kinds]
        return ArrayTally(
            pes=PerType.build(lambda t: total("pes", t)),
            clusters=PerType.build(lambda t: total("clusters", t)),
            sources=PerType.build(lambda t: total("sources", t)),
            port=PerType.build(lambda t: int(total("port", t))),
            refills=sum(times * int(words.sources.psum.sum()) for times, words in refills),
            refills_pe=sum(times * int(words.pes.psum.sum()) for times, words in refills),
        )
