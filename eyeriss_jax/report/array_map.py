"""Where a layer keeps the array busy: MACs of every PE and words through every router port, each in its place.

The numbers are counted, not modelled: the functional model walks the loop nest of the mapping without its values.
"""

from dataclasses import dataclass

import numpy as np

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.plan import count
from eyeriss_jax.functional.tiles import Ints
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult


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


def array_map(layer: LayerResult, accelerator: Accelerator) -> ArrayMap:
    """Counts one run of a mapped layer."""
    instances = count(layer.layer, layer.mapping, accelerator).instances

    def ports(data_type: str) -> Ints:
        grid = instances.ports[data_type]
        return grid[..., :, None] if data_type == "weight" else grid[..., None, :]

    return ArrayMap(macs=instances.spads.psum.updates, ports=PerType.build(ports))
