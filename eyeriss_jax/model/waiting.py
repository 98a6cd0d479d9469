"""Workload imbalance of a mapping: which PEs wait for each other, and how many cycles that costs a layer.

PEs along C, R and S form the psum chain; those that differ in M share iacts; those that differ in N, E and F share
weights and start every pass together.
"""

import jax.numpy as jnp

from eyeriss_jax.dims import Dims, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.layers.sparsity import SparsityArrays
from eyeriss_jax.model.density import Densities, PeGroup, window_stats
from eyeriss_jax.model.sparse import Queues, window_cycles
from eyeriss_jax.model.sparse_columns import Columns
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.numerics import maximum, safe_div


def _places(dims: Dims, names: str) -> Scalar:
    """PEs along ``names`` with work in a full pass."""
    return product(dims[d].places(dims[d].first) for d in names)


def windows(dims: Dims) -> Scalar:
    """Windows that the busiest PE works on over the whole layer: output positions, in every pass again."""
    positions = product(dims[d].arrays.sum(dims[d].largest_pe).every for d in "GNEF")
    return positions * product(dims[d].arrays.count for d in "MCRS")


def window_waiting(
    layer: LayerArrays,
    density: SparsityArrays,
    accelerator: AcceleratorArrays,
    dims: Dims,
    held: Dims,
    columns: Columns,
) -> Scalar:
    """Cycles that PEs wait for slower ones over the whole layer; ``held``: the tile of one PE, of such ``columns``."""
    chain = _places(dims, "CRS")
    group = PeGroup(
        M0=held.M,
        C0=held.C,
        taps=held.R * held.S,
        lanes=accelerator.lanes,
        chain=chain,
        channel_tiles=_places(dims, "C"),
        m_tiles=_places(dims, "M"),
    )
    densities = Densities(density.iact, density.weight, density.iact_correlation, density.weight_correlation)
    count = windows(dims)
    overlap = jnp.where(held.E > 1, maximum(safe_div(held.R, layer.stride_h), 1.0), 1.0)
    queues = Queues(
        psum_fifo=accelerator.sparse_pe.psum_fifo,
        windows=count,
        blocks=_places(dims, "NEF"),
        windows_per_pass=product(held[d] for d in "NEF"),
        overlap=overlap,
    )
    stats = window_stats(densities, group, columns=columns)
    return count * window_cycles(stats, held.M, accelerator.lanes, chain, queues).imbalance


def window_refills(accelerator: AcceleratorArrays, dims: Dims) -> Scalar:
    """Cycles that the PE pipeline takes to restart in every window, over the whole layer."""
    return accelerator.sparse_pe.window_cycles * windows(dims)
