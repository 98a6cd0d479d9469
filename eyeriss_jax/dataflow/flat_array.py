"""What the six dataflows of ISCA 2016 share: an array of PEs without a shape, and loop orders that are part of it.

The paper compares dataflows at equal area (section VI-A) and lets each lay its PEs out as it needs, so the array is one
physical axis of the accelerator and only the product of all factors is limited. What is stationary fixes the loop
orders; which energies are best within that is for the mapper to find.
"""

import math
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from eyeriss_jax.dataflow.candidates import even_tiles, maximal_axis_factors, powers_of_two
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import Order
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer

DRAM_PARTS: tuple[int, ...] = (*range(1, 17), 20, 24, 32, 48, 64, 128)


def array_axis(accelerator: Accelerator) -> str:
    """The one physical axis with all PEs on it.

    Raises:
        SpecError: the array has a shape.
    """
    longest = max(AXES, key=lambda axis: getattr(accelerator, axis))
    if getattr(accelerator, longest) != accelerator.pes:
        raise SpecError(
            f"{accelerator.name!r} has several array axes, but the dataflows of ISCA 2016 need one; take a design of "
            "hardware.presets.isca16, or put all PEs on one axis"
        )
    return longest


def filter_parts(filters: int) -> list[int]:
    """Into how many DRAM tiles to cut the filters: all small numbers, then geometrically, and the most there can be."""
    return [*(parts for parts in DRAM_PARTS if parts < filters), filters]


def batch_parts(images: int) -> list[int]:
    """Into how many DRAM tiles to cut the batch: powers of two, and single images."""
    return powers_of_two(images)


def strip_parts(rows: int) -> list[int]:
    """Into how many strips to cut a plane that the GLB cannot hold whole: few, or rows of the array's own size."""
    return [*(parts for parts in (1, 2, 3, 4) if parts < rows), rows]


@dataclass(frozen=True)
class FlatArray(Dataflow):
    """A dataflow on an array without a shape.

    ``whole``: dimensions that lie in space entirely. ``even``: those that are spread in equal parts, as far as there
    are PEs. ``any_number``: those over any number of PEs. ``filling``: those that take the PEs left. ``dram_orders``:
    the loop orders that keep stationary what the dataflow says.
    """

    whole: ClassVar[tuple[str, ...]] = ()
    even: ClassVar[tuple[str, ...]] = ()
    any_number: ClassVar[tuple[str, ...]] = ()
    filling: ClassVar[tuple[str, ...]] = ()
    dram_orders: ClassVar[tuple[Order, ...]]
    glb_order: ClassVar[Order] = ("M", "CRS", "NEF")

    @property
    def left_out(self) -> str:
        """What the dataflow itself decides."""
        return (
            f"arrays filled otherwise than {self.name} fills them, with as many PEs at work as its shape allows; other "
            "loop orders; and numbers of DRAM tiles between the small ones and powers of two"
        )

    def parallel_dims(self) -> tuple[str, ...]:
        """All dimensions in space."""
        return (*self.whole, *self.even, *self.any_number, *self.filling)

    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """All of them on the one axis."""
        chosen = array_axis(accelerator)
        return {axis: self.parallel_dims() if axis == chosen else () for axis in AXES}

    def axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """Every even spread of the image, the rest of the PEs filled up.

        Raises:
            SpecError: too few PEs for what must be in space entirely.
        """
        if axis != array_axis(accelerator):
            return [{}]
        whole = {dim: layer.extent(dim) for dim in self.whole if layer.extent(dim) > 1}
        places = accelerator.pes // math.prod(whole.values())
        if places == 0:
            raise SpecError(f"layer {layer.name!r}: {self.name} needs {math.prod(whole.values())} PEs at least")
        chosen = (*self.even, *self.any_number)
        sizes = [self._sizes(dim, layer.extent(dim), places) for dim in chosen]
        choices = []
        for factors in product(*sizes):
            rest = places // math.prod(factors)
            if rest:
                spread = {dim: factor for dim, factor in zip(chosen, factors, strict=True) if factor > 1}
                filled = maximal_axis_factors(rest, {dim: layer.extent(dim) for dim in self.filling})
                choices += [whole | spread | more for more in filled]
        return choices

    def _sizes(self, dim: str, extent: int, places: int) -> list[int]:
        return even_tiles(extent, places) if dim in self.even else list(range(min(extent, places), 0, -1))

    def short_axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """All of :meth:`axis_choices`, as the dataflow leaves few."""
        return self.axis_choices(layer, accelerator, axis)

    def short_dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """Those of :meth:`dram_choices`, as the dataflow decides what is cut."""
        return self.dram_choices(layer, accelerator)

    def order_choices(self, layer: Layer, accelerator: Accelerator) -> tuple[list[Order], list[Order]]:
        """The orders of the dataflow."""
        return list(self.dram_orders), [self.glb_order]

    def dram_dims(self, layer: Layer, accelerator: Accelerator) -> tuple[str, ...]:
        """Those of :meth:`dram_choices`."""
        return tuple(self.dram_choices(layer, accelerator))
