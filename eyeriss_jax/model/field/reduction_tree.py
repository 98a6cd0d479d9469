"""The law of adder trees of fixed width (DianNao ASPLOS'14, Zhang FPGA'15, Shen ISCA'17).

::

    cycles = G·N·E·F·R·S · ceil(M / Tm) · ceil(C / Tn) + ramp · tiles

with E, F, R and S divided by what is spread of them, too. Products of one output are added up in the cycle, so nothing
is lost on the way; what is lost are multipliers that the extents leave empty, a ramp per pair of tiles, and the time
in which rows of weights are not there.
"""

import jax.numpy as jnp

from eyeriss_jax.hardware.field import TreeArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.field.spent import Spent, macs
from eyeriss_jax.numerics import ceil_div, positive_part, real, safe_div


def tree_spent(layer: LayerArrays, tree: TreeArrays) -> Spent:
    """Cycles of ``layer`` on ``tree``; scalars in, scalars out.

    A layer with one pair of tiles has no ramp: nothing comes before it that it could wait for (derived from Zhang's
    table of layer-optimal cycles, where CONV1 alone is printed without it).
    """
    d = layer.dims
    filter_tiles = ceil_div(d.M, tree.filters)
    flat = ceil_div(real(d.C) * d.R * d.S, tree.channels)
    boxed = ceil_div(d.C, tree.channels) * ceil_div(d.R, tree.filter_rows) * ceil_div(d.S, tree.filter_cols)
    merged = tree.merged_taps > 0
    reduced = jnp.where(merged, flat, boxed)
    channel_tiles = jnp.where(merged, flat, ceil_div(d.C, tree.channels))
    positions = real(d.N) * ceil_div(d.E, tree.rows) * ceil_div(d.F, tree.cols)
    steps = real(d.G) * filter_tiles * reduced * positions
    tiles = real(d.G) * d.N * filter_tiles * channel_tiles
    units = tree.filters * tree.channels * tree.rows * tree.cols * real(tree.filter_rows) * tree.filter_cols
    useful = macs(layer) / units
    row_bits = tree.filters * tree.channels * real(tree.filter_rows) * tree.filter_cols * tree.weight_bits
    fetching = safe_div(real(d.G) * filter_tiles * reduced * row_bits, tree.weight_bits_per_cycle)
    return Spent(
        useful=useful,
        shape=steps - useful,
        ramp=jnp.where(tiles > 1, tree.tile_ramp_cycles * tiles, 0.0),
        weight_bandwidth=positive_part(fetching - steps),
    )
