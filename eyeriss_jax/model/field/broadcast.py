"""The law of a broadcast of non-zero activations to PEs with their own outputs and queues (EIE, ISCA'16).

Outputs are dealt out one by one: PE i has those of i modulo the number of PEs, and of its part of a column of weights
it stores entries (:mod:`~eyeriss_jax.model.field.run_entries`). A column costs a PE its entries, one cycle at least;
the group moves on as its queues allow (:mod:`~eyeriss_jax.model.field.column_queue`).
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.dims import product
from eyeriss_jax.hardware.field import BroadcastArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.field.column_queue import expected_column_cycles
from eyeriss_jax.model.field.run_entries import run_entries
from eyeriss_jax.model.field.spent import Spent
from eyeriss_jax.numerics import ceil_div, maximum, real


class Slice(NamedTuple):
    """A PE's part of a column: entries, cycles (one at least), their standard deviation."""

    entries: jax.Array
    cycles: jax.Array
    noise: jax.Array


def slice_of(outputs: Any, density: Any, longest_run: Any) -> Slice:
    """Of a PE with ``outputs`` outputs; a column without entries costs a cycle."""
    found = run_entries(outputs, density, longest_run)
    cycles = found.mean + found.none
    squares = found.variance + found.mean**2 + found.none
    return Slice(found.mean, cycles, jnp.sqrt(maximum(squares - cycles**2, 1e-12)))


def broadcast_spent(layer: LayerArrays, machine: BroadcastArrays) -> Spent:
    """Cycles of ``layer`` on ``machine`` at the layer's densities; scalars in, scalars out.

    A convolution is a matrix times a vector per output position, with C·R·S as one dimension (im2col).
    """
    d, zeros = layer.dims, layer.sparsity or SparsityArrays()
    vectors = product(real(d[dim]) for dim in "GNEF")
    columns = real(d.C) * d.R * d.S * zeros.iact
    most = ceil_div(d.M, machine.pes)
    fullest = d.M - machine.pes * (most - 1.0)  # PEs with the most outputs
    full, less = (slice_of(outputs, zeros.weight, machine.longest_run) for outputs in (most, most - 1.0))
    others = maximum(machine.pes - fullest, 1.0)
    per_column = maximum(
        expected_column_cycles(full.cycles, full.noise, fullest, machine.queue_depth, columns),
        expected_column_cycles(less.cycles, less.noise, others, machine.queue_depth, columns),
    )
    share = fullest / machine.pes
    stored = share * full.entries + (1.0 - share) * less.entries
    taken = share * full.cycles + (1.0 - share) * less.cycles
    nonzeros = real(d.M) * zeros.weight / machine.pes
    return Spent(
        useful=vectors * columns * nonzeros,
        format=vectors * columns * (stored - nonzeros),
        fetch=vectors * columns * (taken - stored),
        imbalance=vectors * columns * (per_column - taken),
    )
