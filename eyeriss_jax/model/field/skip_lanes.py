"""The law of lanes that skip zero activations and wait for the slowest at the end of a window (Cnvlutin, ISCA'16).

::

    cycles = G·N·E·F · ceil(M / filters) · expected maximum over lanes of sum over its bricks of max(1, non-zeros)

with bricks of random activations at the layer's density. Lanes have the same number of bricks or one less.
"""

import jax
import jax.numpy as jnp

from eyeriss_jax.dims import product
from eyeriss_jax.hardware.field import SkipLanesArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.field.spent import Spent, macs
from eyeriss_jax.model.group_wait import group_wait
from eyeriss_jax.numerics import ceil_div, maximum, minimum, real


def skip_lanes_spent(layer: LayerArrays, machine: SkipLanesArrays) -> Spent:
    """Cycles of ``layer`` on ``machine`` at the layer's density of activations; scalars in, scalars out."""
    d, density = layer.dims, (layer.sparsity or SparsityArrays()).iact
    deep = ceil_div(d.C, machine.brick)
    bricks = real(d.R) * d.S * deep
    depth = real(d.C) / deep  # the last brick of a position may be short: bricks are taken as equally deep
    empty = (1.0 - density) ** depth
    mean = depth * density + empty
    noise = jnp.sqrt(maximum(depth * density * (1.0 - density) + empty - empty**2 - 2 * depth * density * empty, 1e-12))

    most = ceil_div(bricks, machine.lanes)
    fullest = bricks - machine.lanes * (most - 1.0)

    def slowest(lanes: jax.Array, held: jax.Array) -> jax.Array:
        """Of ``lanes`` lanes with ``held`` bricks each; none takes longer than without zeros."""
        waiting = group_wait(noise * jnp.sqrt(maximum(held, 1e-12)), maximum(lanes, 1.0), 0.0)
        return minimum(held * mean + waiting, held * depth)

    window = maximum(slowest(fullest, most), slowest(machine.lanes - fullest, most - 1.0))
    windows = product(real(d[dim]) for dim in "GNEF") * ceil_div(d.M, machine.filters)
    nonzeros = real(d.C) * d.R * d.S * density / machine.lanes
    dense = machine.dense_channels >= d.C
    useful = macs(layer) * density / (machine.lanes * machine.filters)
    return Spent(
        useful=useful,
        shape=windows * jnp.where(dense, bricks, nonzeros) - useful,
        fetch=jnp.where(dense, 0.0, windows * bricks * empty / machine.lanes),
        imbalance=jnp.where(dense, 0.0, windows * (window - bricks * mean / machine.lanes)),
    )
