"""No local reuse (NLR): PEs without RF, fed by a large GLB (ISCA 2016, section IV-C).

The PEs of a group read the same ifmap pixel and weights of different filters, all of one channel; the groups work on
different channels, and their products are added up across the array. Nothing stays in a PE, so every MAC takes its
weight from the GLB and every sum over the groups goes there and comes back for the next tap or channel. The psums of a
DRAM tile (some images, filters and a strip) are finished before the next begins.

Storage at the area of 256 PEs (section VII): no RF, 338.8 kB of GLB for ifmaps, weights and psums.
"""

from dataclasses import dataclass

from eyeriss_jax.dataflow.flat_array import FlatArray, batch_parts, filter_parts
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class NoLocalReuse(FlatArray):
    """NLR: M and C in space, one product per PE and step."""

    name: str = "nlr"
    filling = ("M", "C")
    dram_orders = (("NEF", "M", "CRS"),)

    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """One product."""
        return [Dims()]

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """Any number of images, filters, channels and strips in the GLB."""
        return {
            "G": [layer.G],
            "N": batch_parts(layer.N),
            "M": filter_parts(layer.M),
            "C": [*(parts for parts in (1, 2, 4) if parts < layer.C), layer.C],
            "E": [parts for parts in (1, 2, 4) if parts <= layer.E],
        }


NLR = NoLocalReuse()
