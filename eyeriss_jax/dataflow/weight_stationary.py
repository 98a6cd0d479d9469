"""Weight stationary (WS): every PE keeps one weight until all that it is used for is done (ISCA 2016, section IV-A).

R x R PEs hold the weights of one filter and channel; every ifmap pixel is broadcast to them and their products are
added up along each row of PEs. The rows work on different ofmap rows at that time, so their psums meet in the GLB. More
sets hold other filters, which share the pixels, or other channels, which accumulate as well. All N E^2 uses of a weight
come before the next, so the psums of N whole ofmaps of every filter in the array wait in the GLB, and ifmaps stream
from DRAM once per group of filters.

Storage at the area of 256 PEs (section VII): one word of RF for the weight, 334.7 kB of GLB for psums.
"""

from dataclasses import dataclass

from eyeriss_jax.dataflow.flat_array import FlatArray, filter_parts
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class WeightStationary(FlatArray):
    """WS: R and S whole in space, with M and C; a PE runs through N, E and F with one weight."""

    name: str = "ws"
    whole = ("R", "S")
    filling = ("M", "C")
    dram_orders = (("M", "CRS", "NEF"),)

    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """One weight, all of its uses."""
        return [Dims(N=layer.N, E=layer.E, F=layer.F)]

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """Any number of filters whose psums are in the GLB at once."""
        return {"G": [layer.G], "M": filter_parts(layer.M)}


WS = WeightStationary()
