"""The law of an array that holds a tile of weights while the next one is loaded and shifted in (TPU v1, ISCA'17).

While B positions stream through one tile, the memory loads another (L cycles) and a third is shifted in (T cycles): in
the long run a tile takes max(B, L, T). What exceeds B is first the shift that nothing hides, up to T, then a stall for
weights. Nothing here is approximate: a walk of memory, FIFO, shift and array, cycle by cycle, takes as long.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.hardware.field import WeightTileArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.field.spent import Spent, macs
from eyeriss_jax.numerics import ceil_div, floor_div, maximum, minimum, positive_part, real, safe_div


class TileCycles(NamedTuple):
    """Cycles of one use of a tile: the array streams, waits for a shift, waits for weights."""

    streaming: jax.Array
    shift: jax.Array
    stall: jax.Array


def tile_cycles(streaming: jax.Array, load: jax.Array, shift: jax.Array) -> TileCycles:
    """One use of a tile in a long train of tiles; all in cycles, scalars."""
    waiting = positive_part(maximum(load, shift) - streaming)
    exposed = minimum(waiting, shift)
    return TileCycles(streaming, exposed, waiting - exposed)


def weight_tile_spent(layer: LayerArrays, array: WeightTileArrays) -> Spent:
    """Cycles of ``layer`` on ``array``; scalars in, scalars out.

    Where the accumulators hold fewer positions than the layer has, every block of positions takes each tile of its
    filters again; a layer whose inputs fit the rows keeps its tile instead, as nothing has to be added up.
    """
    d = layer.dims
    input_tiles = ceil_div(real(d.C) * d.R * d.S, array.rows)
    tiles = real(d.G) * ceil_div(d.M, array.cols) * input_tiles
    positions = real(d.N) * d.E * d.F
    block = jnp.where(input_tiles > 1, minimum(positions, real(array.accumulators)), positions)
    whole = floor_div(positions, block)
    rest = positions - whole * block
    load = safe_div(array.rows * array.cols * array.weight_bits, array.weight_bits_per_cycle)
    of_block, of_rest = (
        tile_cycles(size * array.passes_per_mac, load, real(array.shift_cycles)) for size in (block, rest)
    )

    def used(block_cycles: jax.Array, rest_cycles: jax.Array) -> jax.Array:
        return tiles * (whole * block_cycles + jnp.where(rest > 0, rest_cycles, 0.0))

    useful = macs(layer) / (array.rows * real(array.cols))
    streaming = used(of_block.streaming, of_rest.streaming)
    return Spent(
        useful=useful,
        precision=useful * (array.passes_per_mac - 1),
        shape=streaming - useful * array.passes_per_mac,
        weight_shift=used(of_block.shift, of_rest.shift),
        weight_bandwidth=used(of_block.stall, of_rest.stall),
        ramp=real(array.ramp_cycles),
    )
