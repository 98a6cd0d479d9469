"""The analytical law of delivery for one pass: the only place here that asks ``model``."""

import jax
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS
from eyeriss_jax.functional.noc import Pass
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.cycles import delivery_cycles
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.model.traffic import array_traffic


@jit_unfused
def _traffic(layer, mapping, accelerator):
    dims = tile_all(layer.dims, mapping)
    traffic = array_traffic(layer, mapping, dims, accelerator.lanes, OURS)
    return traffic, delivery_cycles(traffic, accelerator)


def law(layer: Layer, mapping: Mapping, accelerator: Accelerator, one_pass: Pass | None = None):
    """(traffic, delivery cycles) of one pass: of a layer that is no larger than the pass. Plain numbers."""
    one_pass = Pass.first(layer, mapping) if one_pass is None else one_pass
    sizes = {dim: one_pass.stop[dim] - one_pass.start[dim] for dim in DIMS}
    alone = Layer(name="pass", **sizes, stride=layer.stride, dilation=layer.dilation)
    with jax.enable_x64(True):
        arrays = jax.tree.map(np.float64, (alone.build(), mapping.build(), accelerator.build()))
        traffic, cycles = _traffic(*arrays)
    return jax.tree.map(float, (traffic, cycles))
