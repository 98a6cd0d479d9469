"""A plan: everything that follows from a layer, a mapping and an accelerator before any value is known."""

from dataclasses import dataclass

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.functional.counting.accounting import EYERISS, Accounting
from eyeriss_jax.functional.counting.array_words import ArrayWords
from eyeriss_jax.functional.counting.counters import Counter
from eyeriss_jax.functional.counting.counts import Counts
from eyeriss_jax.functional.counting.glb_counter import GlbCounter
from eyeriss_jax.functional.nest import Loads, Places, Schedule, WindowAxis, check_fit, iact_loads
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer

BLOCK_PASSES = 1 << 14
"""Passes that are scheduled at once; a block of them takes a few megabytes on the host."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A mapped layer: the loop nest, the loads of its DRAM tiles and the places of its PE tiles."""

    layer: Layer
    mapping: Mapping
    accelerator: Accelerator
    accounting: Accounting
    schedule: Schedule
    loads: Loads
    places: Places

    @staticmethod
    def of(layer: Layer, mapping: Mapping, accelerator: Accelerator, accounting: Accounting = EYERISS) -> "Plan":
        """The plan of ``layer`` under ``mapping`` on ``accelerator``.

        Raises:
            SpecError: the mapping does not fit the accelerator.
        """
        schedule = Schedule.of(layer, mapping, stays_across_dram=accounting.stationary_across_dram)
        check_fit(layer, mapping, accelerator, schedule, slides=accounting.sliding_window)
        loads = iact_loads(layer, mapping, schedule, sliding_window=accounting.sliding_window)
        return Plan(layer, mapping, accelerator, accounting, schedule, loads, Places(mapping, accelerator))

    @property
    def pe_tiles(self) -> dict[str, int]:
        """Extents of a full PE tile."""
        return {dim: tiles.pe for dim, tiles in self.schedule.tiles.items()}

    @property
    def block_passes(self) -> int:
        """Passes of a full block."""
        return min(self.schedule.passes, BLOCK_PASSES)

    def counter(self) -> Counter:
        """A counter that has seen nothing yet."""
        layer, slides = self.layer, self.accounting.sliding_window
        height = WindowAxis(outputs="E", taps="R", stride=layer.stride[0], dilation=layer.dilation[0], slides=slides)
        width = WindowAxis(outputs="F", taps="S", stride=layer.stride[1], dilation=layer.dilation[1], slides=False)
        words = ArrayWords(
            places=self.places,
            pe_tiles=self.pe_tiles,
            axes=(height, width),
            lanes=self.accelerator.lanes,
            halo_multicast=self.accounting.halo_multicast,
        )
        return Counter(self.schedule, words, GlbCounter(self.schedule, self.loads, self.places, (height, width)))


def count(layer: Layer, mapping: Mapping, accelerator: Accelerator, accounting: Accounting = EYERISS) -> Counts:
    """The counts of an execution without its values: the same passes, only counted.

    Raises:
        SpecError: the mapping does not fit the accelerator.
    """
    plan = Plan.of(layer, mapping, accelerator, accounting)
    counter = plan.counter()
    for block in plan.schedule.blocks(BLOCK_PASSES):
        counter.add(block)
    return counter.counts(accelerator, accounting)
