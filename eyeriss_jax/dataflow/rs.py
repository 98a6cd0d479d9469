"""Row stationary (RS) of Eyeriss v1: filter rows on PE rows, output rows on PE columns.

ISCA'16 section V and JSSC'17 section III. A PE runs the 1-D primitive: one filter row slides along one iact row
to make one psum row. A logical set of R x e PEs shares filter rows horizontally, iact rows diagonally, and adds
psums vertically; r sets on other channels accumulate with it, t sets on other filters share its iacts. A set wider
than the array is folded into segments, which lie on further rows. In one PE p filters and q channels are interleaved.

In this package's axes a PE slides along E, so RS here is the transpose: the filter dimension S and output
dimension F of the papers' rows. Counts are the same with height and width exchanged, and square layers do not
differ at all.
"""

from dataclasses import dataclass

from eyeriss_jax.dataflow.rs_plus import RowStationaryPlus
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer

ALL_FACTORS_UP_TO = 64
"""PEs up to which RS offers every spatial factor. As it cuts C at the DRAM level too, the mapspaces of the 168 PEs of
v1, of up to 8e10 points without them, are then too large to prove the least energy of a layer in minutes."""


@dataclass(frozen=True)
class RowStationary(RowStationaryPlus):
    """RS: S with C, M and segments of F stacked on the PE rows, F with M on the columns; no G or N in space."""

    name: str = "rs"

    def parallel_dims(self) -> tuple[str, ...]:
        """M, C, F and S."""
        return ("M", "C", "F", "S")

    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """Rows carry S, stacked sets (C, M) and the segments of folded sets (F); columns carry F and sets (M)."""

        def on(axis: str) -> tuple[str, ...]:
            if not axis.endswith("rows"):
                return ("F", "M")
            return ("S", "C", "M", "F") if axis in accelerator.reduce_axes else ("M", "F")

        return {axis: on(axis) for axis in AXES}

    def dram_dims(self, layer: Layer, accelerator: Accelerator) -> tuple[str, ...]:
        """As in RS+, and C: the GLB holds the iacts of q r channels at a time (JSSC 2017, Table III)."""
        return (*(dim for dim in super().dram_dims(layer, accelerator) if dim != "C"), "C")

    def axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """All there are; on an array of more than :data:`ALL_FACTORS_UP_TO` PEs those of which no factor can grow."""
        if accelerator.pes <= ALL_FACTORS_UP_TO:
            return super().axis_choices(layer, accelerator, axis)
        return self.short_axis_choices(layer, accelerator, axis)

    @property
    def left_out(self) -> str:
        """As in RS+, and on larger arrays spatial factors that could grow."""
        return f"{super().left_out}; on more than {ALL_FACTORS_UP_TO} PEs spatial factors that could grow"


RS = RowStationary()
