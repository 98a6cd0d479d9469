"""Density models: what is known about a layer's zeros, reduced to three numbers per PE and window.

A window is the C0·S iacts of one output position in one PE. Its MAC cycles have a mean over the PEs; a spread, by how
much the slowest of the PEs that wait for each other is above it on average; and a noise, by which the windows of one
PE differ. Spread costs time whatever lies between the PEs, noise only what their queues do not average out.

Four models, from the least known to the most:

* uniform: one density per data type; all elements independent (the binomial law).
* clustered: the same, but channels differ: elements of one channel correlate (the beta-binomial law). Trained layers
  are like this: some channels are never active, others always.
* per-channel counts: the nonzeros of every channel are known.
* measured: the work of every window is known, from masks.

A layer whose number of nonzeros is fixed (hypergeometric instead of binomial) has less variance in its tiles, by
:func:`finite_population`.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.order_statistics import expected_maximum
from eyeriss_jax.model.sparse_columns import Columns, columns_of
from eyeriss_jax.numerics import ceil_div, maximum, real, safe_div


class WindowStats(NamedTuple):
    """MAC cycles of one window in one PE: mean, spread (slowest PE above the mean) and noise (std over windows)."""

    mean: jax.Array
    spread: jax.Array
    noise: jax.Array


class Densities(NamedTuple):
    """Densities of a layer, and how strongly elements of one channel correlate: 0 independent, 1 all or none."""

    iact: Any
    weight: Any
    iact_correlation: Any = 0.0
    weight_correlation: Any = 0.0


class PeGroup(NamedTuple):
    """One PE's tile and the PEs that wait for each other.

    ``M0``, ``C0``, ``taps``: output channels, channels, and filter taps (S) in the PE; ``lanes``: MACs per cycle.
    ``chain``: PEs along the psum chain; ``channel_tiles`` of them differ in channels. ``m_tiles``: PEs side by side
    that share iacts.
    """

    M0: Any
    C0: Any
    taps: Any
    lanes: Any
    chain: Any
    channel_tiles: Any
    m_tiles: Any


def check_density(name: str, density: float) -> None:
    """Refuses what is no density.

    Raises:
        SpecError: outside [0, 1], or not a number.
    """
    if not 0 <= density <= 1:
        raise SpecError(f"density of {name} = {density} must lie in [0, 1]")


def finite_population(size: Any, population: Any) -> jax.Array:
    """Hypergeometric over binomial variance of ``size`` elements drawn from ``population`` with a fixed count."""
    return safe_div(real(population) - size, maximum(real(population) - 1, 1.0))


def window_stats(
    densities: Densities, group: PeGroup, weight_population: Any = jnp.inf, columns: Columns | None = None
) -> WindowStats:
    """The uniform and the clustered model; all arguments scalars.

    ``weight_population`` is the layer's number of weights where their count is fixed (hypergeometric); ``columns`` the
    words of its weight columns where they are known already.
    """
    words, words_var = columns or columns_of(group.M0, densities.weight, group.lanes, densities.weight_correlation)
    tile = group.M0 * group.C0 * group.taps
    fixed = jnp.where(jnp.isfinite(real(weight_population)), finite_population(tile, weight_population), 1.0)
    activity = densities.iact * (1.0 - densities.iact)
    elements = real(group.C0 * group.taps)
    by_channel = group.C0 * densities.iact_correlation * activity * (group.taps * words) ** 2
    by_weights = elements * words_var * (densities.iact**2 + densities.iact_correlation * activity) * fixed
    by_window = elements * (1.0 - densities.iact_correlation) * activity * (words**2 + words_var)
    spread = by_channel * expected_maximum(group.channel_tiles) ** 2
    spread += by_weights * expected_maximum(group.chain * group.m_tiles) ** 2
    return WindowStats(mean=elements * densities.iact * words, spread=_root(spread), noise=_root(by_window))


def raw_stats(group: PeGroup) -> WindowStats:
    """Uncompressed mode, and every depthwise layer: all MACs take place, so that nobody waits."""
    zero = real(0.0)
    return WindowStats(mean=group.C0 * group.taps * ceil_div(group.M0, group.lanes), spread=zero, noise=zero)


def channel_stats(iact: jax.Array, words: jax.Array, channels: int, chain: int, m_tiles: int) -> WindowStats:
    """The per-channel model.

    Args:
        iact: [C] density of each channel's iacts.
        words: [M tiles, C] words of each weight column, summed over taps.
        channels: C0.
        chain: channel tiles along the psum chain; ``m_tiles`` tiles of M side by side.
        m_tiles: see ``chain``.
    """
    work = _passes(iact[None, :] * words, channels, chain, m_tiles)
    variance = _passes((iact * (1.0 - iact))[None, :] * words**2, channels, chain, m_tiles)
    mean = work.mean()
    return WindowStats(mean=mean, spread=work.max(1).mean() - mean, noise=jnp.sqrt(variance.mean()))


def _passes(per_channel: jax.Array, channels: int, chain: int, m_tiles: int) -> jax.Array:
    """[M tiles, C] summed over each PE's channels: [passes, PEs], short tiles filled up with zeros."""
    rows, extent = per_channel.shape
    padded = jnp.pad(per_channel, ((0, -rows % m_tiles), (0, -extent % (channels * chain))))
    tiles = padded.reshape(-1, m_tiles, padded.shape[1] // (channels * chain), chain, channels).sum(-1)
    return tiles.transpose(0, 2, 1, 3).reshape(-1, m_tiles * chain)


def measured_stats(macs: jax.Array, passes: int) -> WindowStats:
    """The measured model: ``macs`` [passes·P, PEs ...], the MAC cycles of every window."""
    work = macs.reshape(passes, macs.shape[0] // passes, -1).astype(real(0).dtype)
    per_pe = work.mean(1)
    mean = per_pe.mean()
    return WindowStats(
        mean=mean,
        spread=per_pe.max(1).mean() - mean,
        noise=jnp.sqrt(jnp.square(work - per_pe[:, None]).mean()),
    )


def _root(variance: jax.Array) -> jax.Array:
    """Square root with a finite gradient at 0, where a dense or an empty layer has no variance."""
    return jnp.sqrt(maximum(variance, 1e-12))
