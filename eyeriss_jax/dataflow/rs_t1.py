"""Row stationary with t = 1: no sets of other filters beside or above each other (the v1 of the 2018 scaling study).

ISCA 2016 calls t the number of PE sets that work on other filters and share the iacts. The chip of v1 uses up to 4;
the v1 of the scaling study (arXiv 1807.07928v1, JETCAS 2019) is only as slow as published if it uses one. That is
derived from the published speed-ups, not stated.
"""

from dataclasses import dataclass

from eyeriss_jax.dataflow.rs import RowStationary
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True)
class RowStationaryOneFilterSet(RowStationary):
    """RS without M in space: every filter that a pass works on is interleaved in the same PEs."""

    name: str = "rs_t1"

    def parallel_dims(self) -> tuple[str, ...]:
        """C, F and S."""
        return ("C", "F", "S")

    def spatial_dims(self, layer: Layer, accelerator: Accelerator) -> dict[str, tuple[str, ...]]:
        """As in RS, without the sets on other filters."""
        allowed = super().spatial_dims(layer, accelerator)
        return {axis: tuple(dim for dim in dims if dim != "M") for axis, dims in allowed.items()}


RS_T1 = RowStationaryOneFilterSet()
