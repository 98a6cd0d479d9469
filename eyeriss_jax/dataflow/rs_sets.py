"""Row stationary whose channels meet in the GLB: the v1 of the scaling study (arXiv 1807.07928v1, JETCAS 2019).

A set is the S x F PEs that make rows of psums (ISCA 2016). Beside it may lie r sets on other channels, whose psums add
up in space, t sets on other filters and, for layers with channel groups, sets of other groups (JETCAS 2019, Fig 4).
The chip of v1 uses r = 1 or 2 and t up to 4 (JSSC 2017, Table III). With r = 1 psums add up over the filter of one set
only. All further channels are added in the GLB, over psum buses that do not grow with the array, and so v1 is hardly
faster on a larger one, as published. That r is 1 is derived from the published speed-ups and stated nowhere.

PE tiles divide C and M, as those of compilers with perfect factors do.
"""

from dataclasses import dataclass

from eyeriss_jax.dataflow.candidates import divisors
from eyeriss_jax.dataflow.rs import RowStationary
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class RowStationarySets(RowStationary):
    """RS that says what there may be sets of in space.

    ``channel_sets``: whether there may be sets on other channels (r above 1); ``filter_sets``: on other filters (t);
    ``group_sets``: on other channel groups. ``dividing``: whether PE tiles divide C and M.
    """

    name: str = "rs_r1"
    channel_sets: bool = False
    filter_sets: bool = True
    group_sets: bool = True
    dividing: bool = True

    def parallel_dims(self) -> tuple[str, ...]:
        """S and F, and what there may be sets of."""
        sets = {"G": self.group_sets, "M": self.filter_sets, "C": self.channel_sets}
        return (*(dim for dim, allowed in sets.items() if allowed), "F", "S")

    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """As in RS, and groups on every axis."""
        allowed, parallel = super().spatial_dims(layer, accelerator), self.parallel_dims()
        return {axis: tuple(dim for dim in (*allowed[axis], "G") if dim in parallel) for axis in AXES}

    def tile_sizes(self, extent: int, limit: int) -> list[int]:
        """Divisors, or all that RS+ tries."""
        return divisors(extent, limit) if self.dividing else super().tile_sizes(extent, limit)

    @property
    def left_out(self) -> str:
        """As in RS, and PE tiles that do not divide."""
        return super().left_out + ("; PE tiles that do not divide M and C" if self.dividing else "")


RS_R1 = RowStationarySets()
