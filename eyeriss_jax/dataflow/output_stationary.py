"""Output stationary (OS): a psum stays in the RF of its PE until it is finished (ISCA 2016, section IV-B).

A PE runs through all C R S products of its ofmap pixel; ifmaps and weights come from the GLB, which holds no psums. The
three types differ in which pixels are made at the same time:

* OS_A, one ofmap channel and many pixels of its plane (SOC-MOP): PEs pass ifmap pixels on to their neighbours, so that
  the array reads each once per filter (convolutional reuse), and share the weight of the moment.
* OS_B, many channels and many pixels (MOC-MOP): as OS_A, and the ifmaps are shared between channels as well.
* OS_C, many channels and one pixel of each (MOC-SOP): the PEs share the ifmap pixel of the moment and each has its own
  weight, which only ofmaps of other images share. No convolutional reuse: every pixel brings its whole window again.

Storage at the area of 256 PEs (section VII), words of RF per PE and kB of GLB: OS_A 49 and 244, OS_B 5 and 304, OS_C 1
and 334.7. One word is the psum; the others delay ifmap pixels on their way to the neighbour and count as part of the
array, as the RF energy in the paper's Fig 12 is that of psums alone. Read off Figs 11 to 13: that OS_B makes one row of
pixels at a time, that OS_C need not use all PEs, and that a block of OS_A is square.
"""

import math
from dataclasses import dataclass

from eyeriss_jax.dataflow.candidates import even_tiles
from eyeriss_jax.dataflow.flat_array import FlatArray, array_axis, batch_parts, filter_parts, strip_parts
from eyeriss_jax.dataflow.mapping import Order
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer

_ORDERS: tuple[Order, ...] = (("NEF", "M", "CRS"), ("M", "NEF", "CRS"))


@dataclass(frozen=True)
class OutputStationary(FlatArray):
    """What the types share: one psum per PE over the whole of C, R and S."""

    dram_orders = _ORDERS

    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """All products of one ofmap pixel."""
        return [Dims(C=layer.C, R=layer.R, S=layer.S)]


@dataclass(frozen=True)
class OneChannelManyPixels(OutputStationary):
    """OS_A: a square block of a plane (E and F) in space."""

    name: str = "os_a"
    even = ("E", "F")

    def axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """The largest equal parts of E and F with the side of a square array."""
        if axis != array_axis(accelerator):
            return [{}]
        side = math.isqrt(accelerator.pes)
        return [{dim: even_tiles(layer.extent(dim), side)[0] for dim in self.even}]

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """Any number of images and filters, and of the plane all, a few strips, or what the array makes at a time."""
        return {
            "G": [layer.G],
            "N": batch_parts(layer.N),
            "M": filter_parts(layer.M),
            "E": strip_parts(layer.E),
            "F": [1, layer.F],
        }


@dataclass(frozen=True)
class ManyChannelsManyPixels(OutputStationary):
    """OS_B: a row of pixels (F) in space, with M and N."""

    name: str = "os_b"
    even = ("F",)
    filling = ("M", "N")

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """The R ifmap rows behind one row of pixels, any number of images and filters."""
        return {"G": [layer.G], "N": batch_parts(layer.N), "M": filter_parts(layer.M), "E": [layer.E]}


@dataclass(frozen=True)
class ManyChannelsOnePixel(OutputStationary):
    """OS_C: any number of filters (M) in space, and images (N)."""

    name: str = "os_c"
    any_number = ("M",)
    filling = ("N",)

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """The window behind one pixel, any number of images and filters."""
        choices = {"G": [layer.G], "N": batch_parts(layer.N), "M": filter_parts(layer.M)}
        return choices | {"E": [layer.E], "F": [layer.F]}


OS_A = OneChannelManyPixels()
OS_B = ManyChannelsManyPixels()
OS_C = ManyChannelsOnePixel()
