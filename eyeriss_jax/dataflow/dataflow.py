"""A dataflow is a set of constraints over the one mapspace: what may be spread in space, and what a PE holds."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from eyeriss_jax.dims import Dims
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
