"""The law of PEs that multiply all fetched activations with all fetched weights (SCNN, ISCA'17).

::

    cycles = sum over groups of filters of the slowest PE's sum over channels of ceil(nA / I) · ceil(nW / F)

with nA non-zero activations of the PE's tile and nW non-zero weights of the group, both of one channel and random at
the layer's densities. Weights are the same for all PEs, so PEs differ by their tiles, which planes may not fill, and by
chance. With a stride U, one of U·U weights meets an activation; the others are taken as never fetched.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.dims import product
from eyeriss_jax.hardware.field import CartesianArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.field.fetches import Fetches, fetches
from eyeriss_jax.model.field.spent import Spent, macs
from eyeriss_jax.model.order_statistics import expected_maximum
from eyeriss_jax.numerics import ceil_div, floor_div, maximum, minimum, real


class Strip(NamedTuple):
    """One axis of a PE's tile: so many ``pieces`` of ``size`` outputs one after the other, then one of ``rest``."""

    pes: jax.Array
    pieces: jax.Array
    size: jax.Array
    rest: jax.Array


def strips(outputs: Any, places: Any, most: Any) -> tuple[Strip, Strip]:
    """The axes of the PEs with a whole tile, and that of the one with the rest; ``most`` outputs at a time."""
    whole = ceil_div(outputs, places)
    full = floor_div(real(outputs), whole)
    tail = real(outputs) - full * whole

    def cut(pes: jax.Array, length: jax.Array) -> Strip:
        pieces = floor_div(length, most)
        return Strip(pes, pieces, real(most), length - pieces * most)

    return cut(full, whole), cut(jnp.where(tail > 0, 1.0, 0.0), tail)


def tile_fetches(height: Strip, width: Strip, inputs: Any, density: Any, fetch: Any) -> Fetches:
    """Of one channel of a PE's tile, piece by piece; ``inputs`` activations per output position."""
    total = Fetches(real(0.0), real(0.0), real(0.0))
    for rows, tall in ((height.pieces, height.size), (1.0, height.rest)):
        for cols, wide in ((width.pieces, width.size), (1.0, width.rest)):
            found = fetches(tall * wide * inputs, density, fetch)
            total = Fetches(*(sum_of + rows * cols * part for sum_of, part in zip(total, found, strict=True)))
    return total


def cartesian_spent(layer: LayerArrays, machine: CartesianArrays) -> Spent:
    """Cycles of ``layer`` on ``machine`` at the layer's densities; scalars in, scalars out."""
    d, zeros = layer.dims, layer.sparsity or SparsityArrays()
    inputs = real(layer.stride_h) * layer.stride_w
    taps = real(d.R) * d.S / inputs
    filters = jnp.minimum(real(machine.filters_per_group), d.M)
    side = jnp.floor(jnp.sqrt(machine.accumulators / filters))
    heights = strips(d.E, machine.rows, maximum(side - (d.R - 1.0), 1.0))
    widths = strips(d.F, machine.cols, maximum(side - (d.S - 1.0), 1.0))

    groups = floor_div(real(d.M), filters)
    last = real(d.M) - groups * filters
    weights = groups * fetches(filters * taps, zeros.weight, machine.weights).mean
    weights = weights + fetches(last * taps, zeros.weight, machine.weights).mean

    tiles = {
        (tall, wide): tile_fetches(heights[tall], widths[wide], inputs, zeros.iact, machine.iacts)
        for tall in (0, 1)
        for wide in (0, 1)
    }
    pes = machine.rows * real(machine.cols)
    average = sum(heights[tall].pes * widths[wide].pes * tile.mean for (tall, wide), tile in tiles.items()) / pes
    largest, rivals = tiles[0, 0], heights[0].pes * widths[0].pes
    times = product(real(d[dim]) for dim in "GN")
    noise = jnp.sqrt(maximum(d.C * largest.variance, 1e-12))
    slowest = minimum(d.C * largest.mean + noise * expected_maximum(rivals), d.C * largest.most)
    useful = macs(layer) * zeros.iact * zeros.weight / (pes * machine.iacts * machine.weights)
    return Spent(
        useful=useful,
        fetch=times * d.C * average * weights - useful,
        shape=times * d.C * (largest.mean - average) * weights,
        imbalance=times * maximum(slowest - d.C * largest.mean, 0.0) * weights,
    )
