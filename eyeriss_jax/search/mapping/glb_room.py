"""Whether a GLB has room for any mapping of a layer, in milliseconds and before any search: which bank has not.

All clusters together hold at least the smallest DRAM tile, and each the psums that one of its PEs works on, unless they
bypass the GLB and never come back. iacts may be spread evenly over the clusters, which share them.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dataflow.mapspace import check_mapspace
from eyeriss_jax.dims import DIMS, GROUPS, TYPES, Dims, PerType, product
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer, LayerArrays
from eyeriss_jax.model.storage import glb_need, glb_overflow_bits
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.numerics import ceil_div, maximum

_LEAST_LENGTH = 4096
"""Of the table of PE tiles, which grows by factors of four, so that most layers share one program."""


def check_room(layer: Layer, accelerator: Accelerator, dataflow: Dataflow) -> None:
    """Refuses a machine that no mapping of a layer can fit: SPads or GLB without room for its smallest tile.

    Raises:
        SpecError: no mapping fits (the message names the GLB's bank, what it holds and what it would have to), or the
            dataflow cannot use the array.
    """
    need, overflow = least_glb_words(layer, accelerator, dataflow)
    if overflow.min() <= 0:
        return
    shared, kept = accelerator.glb_shared_bits, [t for t in TYPES if t in accelerator.glb_keeps]
    where = f"layer {layer.name!r}: no mapping fits {accelerator.name!r}"
    for t in kept:
        words, bits = need[t].min(), need[t].min() * accelerator.word_bits[t]
        if bits > accelerator.glb_bits[t] + shared:
            own, also = f"glb_bits.{t} = {accelerator.glb_bits[t]:,g}", f" with glb_shared_bits = {shared:,}"
            if shared and not accelerator.glb_bits[t]:
                own, also, bits = f"glb_shared_bits = {shared:,}", "", bits + shared
            raise SpecError(
                f"{where}: {own}{also if shared else ''} is too small for what one cluster holds of the layer's {t}s, "
                f"at least {words:,.0f} x {accelerator.word_bits[t]:g} bits; raise it to {bits - shared:,.0f} or more"
            )
    closest = int(overflow.argmin())
    least = " and ".join(f"{t} {need[t][closest]:,.0f} x {accelerator.word_bits[t]:g} bits" for t in kept)
    raise SpecError(
        f"{where}: glb_shared_bits = {shared:,} is too small for what one cluster holds of the layer, at least "
        f"{least}; raise it to {shared + overflow[closest]:,.0f} or more"
    )


def least_glb_words(
    layer: Layer, accelerator: Accelerator, dataflow: Dataflow
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Per PE tile the words of each data type ``[T]`` that a cluster holds at least, and the bits ``[T]`` too many.

    Raises:
        SpecError: no PE tile fits the SPads, or the dataflow cannot use the array.
    """
    tiles, cuts = check_mapspace(layer, accelerator, dataflow), dataflow.dram_choices(layer, accelerator)
    smallest = Dims.build(lambda d: float(-(-layer.extent(d) // max(cuts.get(d, [1])))))
    length = _LEAST_LENGTH
    while length < len(tiles):
        length *= 4
    table = Dims.build(lambda d: np.pad([float(tile[d]) for tile in tiles], (0, length - len(tiles)), mode="edge"))
    reducing = float(math.prod(getattr(accelerator, axis) for axis in accelerator.reduce_axes))
    with jax.enable_x64(True):
        need, overflow = jax.device_get(
            _least(layer.build(sparse=False), accelerator.build(), table, smallest, reducing)
        )
    return {t: need[t][: len(tiles)] for t in TYPES}, overflow[: len(tiles)]


@jit_unfused
def _least(
    layer: LayerArrays, accelerator: AcceleratorArrays, tiles: Dims, smallest: Dims, reducing: float
) -> tuple[PerType, jax.Array]:
    """Lower bounds over everything but the PE tile ``tiles`` ``[T]``.

    ``smallest``: the least size of a DRAM tile. ``reducing``: PEs that can add up psums of one sum.
    """
    ones, first = Dims.build(lambda _: 1.0), LoopOrder(M=0, CRS=1, NEF=2)

    def in_one_place(glb: Dims) -> PerType:
        """What the DRAM tile ``glb`` takes undivided."""
        mapping = MappingArrays(glb=glb, spad=tiles, **dict.fromkeys(AXES, ones), dram_order=first, glb_order=first)
        return glb_need(layer, tile_all(layer.dims, mapping), oacts_bypass=0)

    of_one, of_all = in_one_place(tiles), in_one_place(jax.tree.map(jnp.maximum, tiles, smallest))
    clusters = accelerator.cluster_rows * accelerator.cluster_cols
    passes = product(ceil_div(layer.dims[d], tiles[d]) for d in DIMS if d in GROUPS["CRS"])
    psum = maximum(of_one.psum, ceil_div(of_all.psum, clusters))
    need = of_all.replace(
        iact=ceil_div(of_all.iact, clusters),
        weight=of_one.weight,
        psum=jnp.where((accelerator.oacts_bypass_glb > 0) & (passes <= reducing), 0.0, psum),
    )
    return need, glb_overflow_bits(need, accelerator)
