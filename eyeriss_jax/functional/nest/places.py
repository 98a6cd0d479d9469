"""Places: where in the array each PE tile of a dimension goes.

The places of one dimension are numbered cluster first: ``(cluster_row, cluster_col, pe_row, pe_col)`` in mixed radix
of the mapping's factors. Several dimensions on one physical axis take the product of their places, nested as in
:mod:`eyeriss_jax.functional.nest.placement`.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS
from eyeriss_jax.functional.nest.placement import nesting
from eyeriss_jax.functional.nest.tiles import Ints
from eyeriss_jax.hardware.accelerator import AXES, Accelerator

PLACE_ORDER: tuple[str, ...] = ("G", "N", "M", "C", "E", "R", "F", "S")
"""Axes of arrays over places: an output axis of the image stands beside its filter axis, which share a halo."""

CLUSTERS: tuple[str, ...] = AXES[:2]
ROW_PORTS: tuple[str, ...] = AXES[:3]
COLUMN_PORTS: tuple[str, ...] = (*AXES[:2], AXES[3])
"""Physical axes of what there is once per cluster, per PE row of a cluster, per PE column of a cluster."""


@dataclass(frozen=True)
class Places:
    """The places of one mapping on one accelerator."""

    mapping: Mapping
    accelerator: Accelerator

    @cached_property
    def _factors(self) -> dict[str, tuple[int, ...]]:
        return {dim: tuple(getattr(self.mapping, axis)[dim] for axis in AXES) for dim in DIMS}

    def factors(self, dim: str) -> tuple[int, ...]:
        """Places of ``dim`` along the four physical axes."""
        return self._factors[dim]

    def clusters(self, dim: str) -> int:
        """Clusters over which ``dim`` is spread."""
        return math.prod(self.factors(dim)[:2])

    def per_cluster(self, dim: str) -> int:
        """PEs of one cluster over which ``dim`` is spread."""
        return math.prod(self.factors(dim)[2:])

    def sizes(self, dim: str, tile: int, pe: int) -> Ints:
        """[clusters, PE rows, PE columns] indices of every place in an array tile of ``tile`` in parts of ``pe``."""
        starts = np.arange(self.clusters(dim) * self.per_cluster(dim)) * pe
        return np.clip(tile - starts, 0, pe).reshape(self._grid(dim))

    def share(self, dim: str, tile: int) -> Ints:
        """[clusters, PE rows, PE columns] indices of every place in all array tiles of a DRAM tile of ``tile``."""
        place = np.arange(tile) % self.mapping.array_tile(dim) // self.mapping.spad[dim]
        return np.bincount(place, minlength=self.mapping.places(dim)).reshape(self._grid(dim))

    def _grid(self, dim: str) -> tuple[int, int, int]:
        *_, rows, columns = self.factors(dim)
        return self.clusters(dim), rows, columns

    def on_axes(self, values: NDArray, axes: tuple[str, ...] = AXES) -> NDArray:
        """``values`` over the places of all dimensions in ``PLACE_ORDER``, on the physical ``axes``; idle ones 0."""
        at = [AXES.index(axis) for axis in axes]
        split = [self.factors(dim)[level] for dim in PLACE_ORDER for level in at]
        first = {dim: i * len(axes) for i, dim in enumerate(PLACE_ORDER)}
        physical = [first[dim] + i for i, axis in enumerate(axes) for dim in nesting(self.mapping, axis)]
        used = [math.prod(getattr(self.mapping, axis)[dim] for dim in DIMS) for axis in axes]
        grid = values.reshape(split).transpose(physical).reshape(used)
        return np.pad(grid, [(0, getattr(self.accelerator, axis) - n) for axis, n in zip(axes, used, strict=True)])
