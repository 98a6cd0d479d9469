"""The storage law: words that one PE and one GLB cluster must hold at once.

A PE holds the weights of its tile, the iact window of one output position and the psums of that position. A
GLB cluster holds its share of the DRAM tile. Clusters that differ only in M need the same iacts, and the iact
mesh runs in every direction, so such a group holds one copy between them; psums only travel down a column and
stay in the cluster that finished them.
"""

from itertools import product as pairs
from typing import Any

import jax.numpy as jnp

from eyeriss_jax.dims import TYPES, Dims, PerType, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.halo import touched
from eyeriss_jax.model.tiling import Scalar, Tiles
from eyeriss_jax.numerics import ceil_div, minimum, positive_part, real


def _window(taps: Tiles, outputs: Tiles, dilation: Any, *, slides: bool) -> Scalar:
    """Words along one axis held for one position; a dilated sliding window also keeps what lies between."""
    held = minimum(taps.pe, taps.glb)
    if not slides:
        return held
    return jnp.where(minimum(outputs.pe, outputs.glb) > 1, (held - 1) * dilation + 1, held)


def spad_need(layer: LayerArrays, dims: Dims, *, slides: bool) -> PerType:
    """Words of each data type in the SPads of the busiest PE."""
    pe = Dims.build(lambda d: minimum(dims[d].pe, dims[d].glb))
    window = _window(dims.R, dims.E, layer.dilation_h, slides=slides) * pe.S
    return PerType(
        iact=pe.G * pe.C * window,
        weight=pe.G * pe.M * pe.C * pe.R * pe.S,
        psum=pe.G * pe.M,
    )


def spad_fits(need: PerType, words: PerType, *, one_rf: bool) -> PerType:
    """Whether ``need`` fits: each data type its own SPad or, with ``one_rf``, all that have words the sum of these."""
    if not one_rf:
        return PerType.build(lambda t: need[t] <= words[t])
    held = sum((jnp.where(words[t] > 0, need[t], 0.0) for t in TYPES), real(0))
    return PerType.build(lambda _: held <= words.iact + words.weight + words.psum)


def _cluster_share(tiles: Tiles) -> Scalar:
    """Indices of one dimension that cluster 0 works on in the first DRAM tile."""
    steps = ceil_div(tiles.glb, tiles.array)
    last = tiles.glb - (steps - 1) * tiles.array
    return (steps - 1) * tiles.cluster + minimum(tiles.cluster, last)


def _stretches(tiles: Tiles) -> tuple[tuple[Scalar, Scalar], tuple[Scalar, Scalar]]:
    """(how many, how long) the stretches of a dimension are that cluster 0 works on: full ones and the last one.

    A dimension that is spread over clusters comes to each in one stretch per array tile, any other in one piece.
    """
    spread = tiles.array > tiles.cluster
    steps = jnp.where(spread, ceil_div(tiles.glb, tiles.array), 1.0)
    last = minimum(tiles.cluster, tiles.glb - (steps - 1) * tiles.array)
    return (steps - 1, minimum(tiles.cluster, tiles.glb)), (real(1), jnp.where(spread, last, tiles.glb))


def _cluster_halo(outputs: Tiles, taps: Tiles, stride: Any, dilation: Any) -> Scalar:
    """iact rows (or columns) of cluster 0 in the first DRAM tile.

    What is contiguous shares its halo; separate stretches do not, but together never need more than the whole tile.
    """
    apart = real(0)
    for (many, size), (each, held) in pairs(_stretches(outputs), _stretches(taps)):
        apart = apart + many * each * touched(size, held, stride, dilation)
    return minimum(apart, touched(outputs.glb, taps.glb, stride, dilation))


def _sharing_clusters(tiles: Tiles) -> Scalar:
    """Clusters along this dimension that have work in the first array tile."""
    return ceil_div(tiles.first, tiles.cluster)


def glb_need(layer: LayerArrays, dims: Dims, *, oacts_bypass: Any) -> PerType:
    """Words of each data type in the busiest GLB cluster.

    Finished oacts that bypass the GLB (``oacts_bypass``) need no room where no psum ever comes back.
    """
    height = _cluster_halo(dims.E, dims.R, layer.stride_h, layer.dilation_h)
    width = _cluster_halo(dims.F, dims.S, layer.stride_w, layer.dilation_w)
    iact = product(_cluster_share(dims[d]) for d in "GNC") * height * width
    revisited = product(dims[d].arrays.count for d in "CRS") > 1
    psum = product(_cluster_share(dims[d]) for d in "GNMEF")
    return PerType(
        iact=ceil_div(iact, _sharing_clusters(dims.M)),
        weight=product(_cluster_share(dims[d]) for d in "GMCRS"),
        psum=jnp.where((oacts_bypass > 0) & ~revisited, 0.0, psum),
    )


def glb_overflow_bits(need: PerType, accelerator: AcceleratorArrays) -> Scalar:
    """Bits per cluster by which the GLB tiles exceed the capacity; 0 where they fit.

    Each data type first fills its own banks, the rest goes to the shared ones.
    """
    spilled = [
        positive_part(need[t] * accelerator.word_bits[t] * accelerator.glb_keeps[t] - accelerator.glb_bits[t])
        for t in ("iact", "weight", "psum")
    ]
    return positive_part(spilled[0] + spilled[1] + spilled[2] - accelerator.glb_shared_bits)
