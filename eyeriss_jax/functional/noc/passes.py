"""One pass of a mapping: the part of the layer that the array works on at once, and each PE's tile of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.nest import UNUSED, Ints, Placement
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True)
class Pass:
    """The indices from ``start`` to before ``stop`` of every dimension."""

    start: Dims
    stop: Dims

    @classmethod
    def first(cls, layer: Layer, mapping: Mapping) -> Self:
        """The first pass, the fullest there is: one array tile, or less where the layer or the GLB tile ends."""
        return cls(
            start=Dims.build(lambda dim: 0),
            stop=Dims.build(lambda dim: min(layer.extent(dim), mapping.glb[dim], mapping.array_tile(dim))),
        )

    def check(self, layer: Layer, mapping: Mapping) -> None:
        """Refuses a pass that is not part of the layer or does not fit the array.

        Raises:
            SpecError: names the dimension, its range and the limit.
        """
        for dim in DIMS:
            start, stop, limit = self.start[dim], self.stop[dim], mapping.array_tile(dim)
            if not 0 <= start < stop <= layer.extent(dim):
                raise SpecError(
                    f"pass: {dim} from {start} to before {stop} is not a part of layer {layer.name!r}; stay within 0 "
                    f"to {layer.extent(dim)}"
                )
            if stop - start > limit:
                raise SpecError(
                    f"pass: {stop - start} indices of {dim} do not fit the array tile of {limit}; take fewer, or raise "
                    f"spad.{dim} or a spatial factor of {dim}"
                )


@dataclass(frozen=True, kw_only=True)
class PeTiles:
    """Every PE's part of one pass, ``[cluster_rows, cluster_cols, pe_rows, pe_cols, 8]``; empty where it idles."""

    start: Ints
    stop: Ints

    @classmethod
    def of(cls, one_pass: Pass, placement: Placement) -> Self:
        """The tiles under ``placement``: nested and contiguous, the last one of a dimension short."""
        places = 1 + placement.pes.max(axis=(0, 1))
        cluster, pe = placement.clusters[:, :, None, None], placement.pes
        first = np.array([one_pass.start[dim] for dim in DIMS])
        end = np.array([one_pass.stop[dim] for dim in DIMS])
        start = np.minimum(first + (cluster * places + pe) * placement.spad, end)
        stop = np.minimum(start + placement.spad, end)
        idle = ((cluster == UNUSED) | (pe == UNUSED) | (start == stop)).any(axis=-1, keepdims=True)
        return cls(start=start, stop=np.where(idle, start, stop))

    @property
    def busy(self) -> npt.NDArray[np.bool_]:
        """Which PEs have work, ``[cluster_rows, cluster_cols, pe_rows, pe_cols]``."""
        return np.all(self.start < self.stop, axis=-1)
