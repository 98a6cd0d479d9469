"""A dataflow is a set of constraints over the one mapspace: what may be spread in space, and what a PE holds."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from eyeriss_jax.dataflow.candidates import (
    axis_factors,
    distinct_orders,
    dram_parts,
    maximal_axis_factors,
    powers_of_two,
)
from eyeriss_jax.dataflow.mapping import Order
from eyeriss_jax.dims import GROUPS, Dims
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class Dataflow(ABC):
    """The constraints of one dataflow. Each dataflow is one short file with one subclass.

    Example:
        >>> DATAFLOWS["rs"].parallel_dims()
        ('M', 'C', 'F', 'S')
    """

    name: str

    @abstractmethod
    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """The dimensions that may be spread over each physical axis."""

    @abstractmethod
    def pe_tiles(self, layer: Layer, accelerator: Accelerator) -> list[Dims]:
        """The candidate tiles of one PE that fit its SPads."""

    @abstractmethod
    def parallel_dims(self) -> tuple[str, ...]:
        """The dimensions that the dataflow can spread in space at all (Eyexam step 2)."""

    @abstractmethod
    def dram_dims(self, layer: Layer, accelerator: Accelerator) -> tuple[str, ...]:
        """The dimensions that may be tiled at the DRAM level; the others stay whole in the GLB."""

    @property
    @abstractmethod
    def left_out(self) -> str:
        """Mappings that the machine could run and the mapspace does not hold, in words after "it leaves out"."""

    def axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """The ways worth trying to spread dimensions over ``axis``: all there are."""
        allowed = spread(self, layer, accelerator)[axis]
        return axis_factors(getattr(accelerator, axis), {dim: layer.extent(dim) for dim in allowed})

    def dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """Numbers of DRAM tiles worth trying per tiled dimension."""
        return {dim: dram_parts(layer.extent(dim)) for dim in self.dram_dims(layer, accelerator)}

    def short_axis_choices(self, layer: Layer, accelerator: Accelerator, axis: str) -> list[dict[str, int]]:
        """The ways to spread dimensions over ``axis`` that a sweep chooses from: those of which no factor can grow."""
        allowed = spread(self, layer, accelerator)[axis]
        return maximal_axis_factors(getattr(accelerator, axis), {dim: layer.extent(dim) for dim in allowed})

    def short_dram_choices(self, layer: Layer, accelerator: Accelerator) -> dict[str, list[int]]:
        """Numbers of DRAM tiles per tiled dimension that a sweep chooses from: powers of two, and the most parts."""
        return {dim: powers_of_two(layer.extent(dim)) for dim in self.dram_dims(layer, accelerator)}

    def order_choices(self, layer: Layer, accelerator: Accelerator) -> tuple[list[Order], list[Order]]:
        """The loop orders worth trying at the DRAM and the GLB level: all that can differ."""
        tiled = self.dram_dims(layer, accelerator)
        in_dram = [group for group, members in GROUPS.items() if any(dim in tiled for dim in members)]
        in_glb = [group for group, members in GROUPS.items() if any(layer.extent(dim) > 1 for dim in members)]
        return distinct_orders(in_dram), distinct_orders(in_glb)


def skips_zeros(layer: Layer, accelerator: Accelerator) -> bool:
    """Whether the machine may run the layer compressed: something is zero, and a column has more than one weight."""
    return accelerator.sparse_pe is not None and layer.M > 1 and layer.sparsity.iact * layer.sparsity.weight < 1


def spread(dataflow: Dataflow, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
    """The dimensions that may sit on each axis: those of the dataflow, and on a chain of PEs only reduced ones."""
    chosen = dataflow.spatial_dims(layer, accelerator)
    for axis in accelerator.chained_axes:
        chosen[axis] = tuple(dim for dim in chosen[axis] if dim in GROUPS["CRS"])
    return chosen
