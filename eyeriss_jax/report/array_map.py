"""Where a layer keeps the array busy: MACs of every PE and words through every router port, each in its place.

The numbers are counted, not modelled: the functional model walks the loop nest of the mapping without its values.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from eyeriss_jax.dims import TYPES, PerType
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.counting import EYERISS, Plan, count
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult

MOST_PASSES = 1 << 22
"""Nests of more passes are not walked for a picture; this many take a second or two."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ArrayMap:
    """One run of one layer on the cluster grid.

    Attributes:
        macs: MACs of each PE [cluster_rows, cluster_cols, pe_rows, pe_cols].
        ports: words through each router port per data type, shaped like ``macs``: on the hierarchical mesh a cluster
            has one row of iact routers, a column of weight routers (one per PE row) and a row of psum routers (one
            per PE column); a flat bus is one port in all.
    """

    macs: Ints
    ports: PerType

    @property
    def active(self) -> int:
        """PEs that have any work."""
        return int(np.count_nonzero(self.macs))

    @property
    def balance(self) -> float:
        """Mean over all PEs of their MACs as a share of the busiest one's, 0 to 1."""
        return float(self.macs.mean() / self.macs.max())


def array_map(layer: LayerResult, accelerator: Accelerator) -> ArrayMap | None:
    """Counts one run of a mapped layer.

    None where it cannot be counted: a nest of more than :data:`MOST_PASSES` passes, or a mapping that was made for
    conventions under which it fits and does not fit the hardware.
    """
    for accounting in (EYERISS, dataclasses.replace(EYERISS, sliding_window=False)):
        try:
            if Plan.of(layer.layer, layer.mapping, accelerator, accounting).schedule.passes > MOST_PASSES:
                return None
            instances = count(layer.layer, layer.mapping, accelerator, accounting).instances
        except SpecError:
            continue
        grids = {
            data_type: grid[..., :, None] if data_type == "weight" else grid[..., None, :]
            for data_type in TYPES
            for grid in [instances.ports[data_type]]
        }
        return ArrayMap(macs=instances.spads.psum.updates, ports=PerType.build(grids.__getitem__))
    return None
