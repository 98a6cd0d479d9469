"""The ramp law: what the array waits for at the edges of the layer and of every pass.

A pass pays the depth of the PE pipeline. Before its first MAC its weights must be there (that is delivery, exposed
unless it overlaps with compute) and the iact window of its first output position: where the machine does not send
the first windows ahead, every pass waits for them.
"""

from collections.abc import Callable

import jax.numpy as jnp

from eyeriss_jax.dims import DIMS, Dims, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.form import Form
from eyeriss_jax.model.halo import Axis, touched_together
from eyeriss_jax.model.tiling import Scalar, Tiles
from eyeriss_jax.numerics import minimum, safe_div


def passes(dims: Dims) -> Scalar:
    """Number of passes (array tiles) of the layer."""
    return product(dims[d].arrays.count for d in DIMS)


def first_windows(layer: LayerArrays, dims: Dims, *, in_cluster: bool) -> Scalar:
    """Distinct iacts of the first output position of every PE, summed over all passes.

    With ``in_cluster`` those of cluster 0 only. PEs share a word whether they need it for the same output or not.
    """

    def here(tiles: Tiles, size: Scalar) -> Scalar:
        return minimum(size, tiles.cluster) if in_cluster else size

    def summed(dim: str, per_tile: Callable[[Tiles, Scalar], Scalar]) -> Scalar:
        return dims[dim].arrays.sum(lambda size: per_tile(dims[dim], here(dims[dim], size))).every

    def along(axis: Axis) -> Scalar:
        return touched_together(axis, here)

    height = Axis("E", "R", dims.E, dims.R, layer.stride_h, layer.dilation_h, slides=False)
    width = Axis("F", "S", dims.F, dims.S, layer.stride_w, layer.dilation_w, slides=False)
    channels = summed("G", lambda _, size: size) * summed("C", lambda _, size: size)
    return dims.M.arrays.count * summed("N", Tiles.places) * channels * along(height) * along(width)


def ramp_cycles(layer: LayerArrays, dims: Dims, accelerator: AcceleratorArrays, form: Form) -> Scalar:
    """First fill and last drain of the array, the pipeline refill of every pass, and the windows it waits for.

    Before the first MAC the first weights and the first iact window must have arrived, after the last one the
    last psums must leave; nothing can hide these.
    """
    rate, values = form.port, form.values
    weights = product(minimum(dims[d].row, dims[d].first) for d in "GMCRS")
    window = product(minimum(dims[d].cluster, dims[d].first) for d in "GCRS")
    psums = product(minimum(dims[d].pe, dims[d].first) for d in "GM")
    of_cluster, of_array = (first_windows(layer, dims, in_cluster=where) for where in (True, False))
    every_window = jnp.where(accelerator.noc_is_mesh > 0, of_cluster, of_array)
    waited = jnp.where(accelerator.sends_windows_ahead > 0, window, every_window)
    edges = safe_div(weights * values.weight, rate.weight) + safe_div(waited * values.iact, rate.iact)
    edges = edges + safe_div(psums, rate.psum)
    return edges + accelerator.pass_ramp_cycles * passes(dims)
