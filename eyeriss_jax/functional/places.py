"""Places: where in the array each PE tile of a dimension goes.

The places of one dimension are numbered cluster first: ``(cluster_row, cluster_col, pe_row, pe_col)`` in mixed radix
of the mapping's factors. Several dimensions on one physical axis take the product of their places.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS
from eyeriss_jax.functional.tiles import Ints
from eyeriss_jax.hardware.accelerator import AXES, Accelerator

PLACE_ORDER: tuple[str, ...] = ("G", "N", "M", "C", "E", "R", "F", "S")
"""Axes of arrays over places: an output axis of the image stands beside its filter axis, which share a halo."""


@dataclass(frozen=True)
class Places:
    """The places of one mapping on one accelerator."""

    mapping: Mapping
    accelerator: Accelerator

    def factors(self, dim: str) -> tuple[int, ...]:
        """Places of ``dim`` along the four physical axes."""
        return tuple(getattr(self.mapping, axis)[dim] for axis in AXES)

    def clusters(self, dim: str) -> int:
        """Clusters over which ``dim`` is spread."""
        return math.prod(self.factors(dim)[:2])

    def per_cluster(self, dim: str) -> int:
        """PEs of one cluster over which ``dim`` is spread."""
        return math.prod(self.factors(dim)[2:])

    def sizes(self, dim: str, tile: int, pe: int) -> Ints:
        """[clusters, PEs per cluster] indices of every place in an array tile of ``tile`` in parts of ``pe``."""
        starts = np.arange(self.clusters(dim) * self.per_cluster(dim)) * pe
        return np.clip(tile - starts, 0, pe).reshape(self.clusters(dim), self.per_cluster(dim))

    def on_pes(self, values: NDArray) -> NDArray:
        """[cluster_rows, cluster_cols, pe_rows, pe_cols] from values over places in ``PLACE_ORDER``; idle PEs 0."""
        return self._on_axes(values, AXES)

    def on_clusters(self, values: NDArray) -> NDArray:
        """[cluster_rows, cluster_cols] from values over clusters in ``PLACE_ORDER``; idle clusters 0."""
        return self._on_axes(values, AXES[:2])

    def _on_axes(self, values: NDArray, axes: tuple[str, ...]) -> NDArray:
        """Sorts the factors of every dimension to their physical axis and pads the axes to their length."""
        split = [factor for dim in PLACE_ORDER for factor in self.factors(dim)[: len(axes)]]
        by_dim = {dim: i * len(axes) for i, dim in enumerate(PLACE_ORDER)}
        physical = [by_dim[dim] + level for level in range(len(axes)) for dim in DIMS]
        used = [math.prod(getattr(self.mapping, axis)[dim] for dim in DIMS) for axis in axes]
        grid = values.reshape(split).transpose(physical).reshape(used)
        return np.pad(grid, [(0, getattr(self.accelerator, axis) - n) for axis, n in zip(axes, used, strict=True)])
