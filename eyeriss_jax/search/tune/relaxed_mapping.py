"""A mapping as real numbers: log2 of its tiles, in the box that the mapspace spans, squeezed into the machine.

A gradient needs a mapping that can move by a little. So every factor, PE tile and number of DRAM tiles that a dataflow
may choose is a real number u = log2(size), and :func:`mapping` turns these into the integers of a mapping:

1. what asks for more than an axis has is scaled down to it, and so is what asks for more than a SPad holds. These are
   smooth in the lengths and capacities, so a longer axis or a larger SPad makes tiles larger: that is the way by which
   the gradient of a layer's cycles reaches the hardware;
2. sizes are rounded with the gradient of no rounding (``whole_part``), by a share ``hardness`` that rises from 0 to 1
   while a search anneals.

The GLB is not squeezed, as what fits depends on everything else: a search is charged for its :func:`overflow`.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dataflow.mapspace import Inner, MapSpace, Outer, mapping_of
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.storage import glb_need, glb_overflow_bits
from eyeriss_jax.model.tiling import Scalar, tile_all
from eyeriss_jax.numerics import maximum, minimum, safe_div, whole_part

LEVELS: tuple[str, ...] = (*AXES, "spad", "parts")
"""What a mapping chooses per dimension: factors on the four axes, the PE tile, and the number of DRAM tiles."""

Tiles = dict[str, Dims]
"""log2 of the size per level and dimension, each leaf of one shape."""


class Box(struct.PyTreeNode):
    """The bounds of the tiles of a layer, and how much room the SPads have for them.

    ``low``, ``high``: log2 sizes per level and dimension. ``room``: words of a PE tile per word of the weight SPad,
    more than 1 where tiles are stored compressed.
    """

    low: Tiles
    high: Tiles
    room: Any

    @staticmethod
    def of(space: MapSpace, accelerator: Accelerator) -> "Box":
        """The box around all points of a mapspace."""
        tables = _tables(space)
        words = np.prod([space.pe_tiles[d].astype(np.float64) for d in DIMS if d in "GMCRS"], axis=0)
        return Box(
            low=jax.tree.map(lambda table: float(np.log2(table.min())), tables),
            high=jax.tree.map(lambda table: float(np.log2(table.max())), tables),
            room=max(1.0, float(words.max()) / accelerator.spad_words.weight),
        )

    def inside(self, tiles: Tiles) -> Tiles:
        """``tiles``, moved into the box."""
        return jax.tree.map(jnp.clip, tiles, self.low, self.high)

    def free(self) -> tuple[str, ...]:
        """The tiles that have a choice, such as ``spad.M``."""
        return tuple(
            f"{level}.{d}" for level in LEVELS for d in DIMS if np.any(self.high[level][d] > self.low[level][d])
        )

    def full(self, chosen: dict[str, Any]) -> Tiles:
        """All tiles: the ``chosen`` ones, and the only possible size of the others."""
        return {
            level: Dims.build(lambda d, level=level: chosen.get(f"{level}.{d}", self.low[level][d])) for level in LEVELS
        }


def _tables(space: MapSpace) -> Tiles:
    """The tables of a mapspace by level: arrays ``[P]``, ``[T]`` and ``[O]`` per dimension."""
    return {**{axis: space.plans[axis] for axis in AXES}, "spad": space.pe_tiles, "parts": space.parts}


def mapping(
    tiles: Tiles,
    box: Box,
    accelerator: AcceleratorArrays,
    layer: LayerArrays,
    orders: tuple[LoopOrder, LoopOrder],
    hardness: Any = 1.0,
) -> MappingArrays:
    """The mapping that ``tiles`` stand for; ``orders`` are those at the DRAM and the GLB.

    With ``hardness`` 1 all sizes are integers; less keeps that much of the fraction.
    """
    sizes = jax.tree.map(lambda u: _rounded(jnp.exp2(u), hardness), squeezed(tiles, box.room, accelerator))
    inner = Inner(**{axis: sizes[axis] for axis in AXES}, spad=sizes["spad"])
    outer = Outer(parts=sizes["parts"], dram_order=orders[0], glb_order=orders[1])
    return mapping_of(layer.dims, inner, outer)


def squeezed(tiles: Tiles, room: Any, accelerator: AcceleratorArrays) -> Tiles:
    """``tiles`` scaled down to the axes and SPads of the machine, still log2 of real sizes."""
    on_axes = {axis: _on_axis(tiles[axis], getattr(accelerator, axis)) for axis in AXES}
    return {**on_axes, "spad": _in_spads(tiles["spad"], room, accelerator), "parts": tiles["parts"]}


def overflow(layer: LayerArrays, accelerator: AcceleratorArrays, chosen: MappingArrays) -> Scalar:
    """log2 of what the GLB would have to hold over what it holds; 0 where the mapping fits."""
    need = glb_need(layer, tile_all(layer.dims, chosen), oacts_bypass=accelerator.oacts_bypass_glb)
    bits = accelerator.glb_bits
    room = bits.iact + bits.weight + bits.psum + accelerator.glb_shared_bits
    return jnp.log2(1.0 + glb_overflow_bits(need, accelerator) / maximum(room, 1.0))


def _rounded(size: Scalar, hardness: Any) -> Scalar:
    return size + hardness * (whole_part(size) - size)


def _on_axis(factors: Dims, length: Any) -> Dims:
    """log2 factors of one axis, scaled down to its length."""
    asked = sum(factors[d] for d in DIMS)
    scale = minimum(1.0, safe_div(jnp.log2(length), asked) + jnp.where(asked > 0, 0.0, 1.0))
    return Dims.build(lambda d: factors[d] * scale)


def _in_spads(tile: Dims, room: Any, accelerator: AcceleratorArrays) -> Dims:
    """The log2 PE tile with its psums, its iact window and its weights in the SPads; M and C give way."""
    spad = accelerator.spad_words
    M = minimum(tile.M, jnp.log2(spad.psum) - tile.G)
    C = minimum(tile.C, jnp.log2(spad.iact) - tile.G - tile.R - tile.S)
    fixed = tile.G + tile.R + tile.S
    excess = maximum(0.0, M + C + fixed - jnp.log2(spad.weight * room))
    keep = 1.0 - minimum(1.0, safe_div(excess, M + C))
    return tile.replace(M=maximum(0.0, M * keep), C=maximum(0.0, C * keep))
