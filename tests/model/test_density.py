"""Density models: each agrees with the masks it describes, and with the others where they describe the same."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse import ArraySplit, array_work, column_words, random_masks, real_masks
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.sparsity import IACT_CORRELATION, WEIGHT_CORRELATION
from eyeriss_jax.model.density import (
    Densities,
    PeGroup,
    channel_stats,
    check_density,
    finite_population,
    measured_stats,
    raw_stats,
    window_stats,
)
from eyeriss_jax.model.order_statistics import expected_maximum

GROUP = PeGroup(M0=16, C0=8, taps=1, lanes=2, chain=8, channel_tiles=8, m_tiles=4)
LAYER = Layer(name="PW", M=64, C=64, E=16, F=16)
SPLIT = ArraySplit(M0=16, C0=8, channel_tiles=8, m_tiles=4)


def measured(masks, split=SPLIT):
    return measured_stats(jnp.asarray(array_work(masks, split).macs), 1)


def by_channel(masks):
    words = column_words(masks.weights, 16, 2)[:, :, 0, 0]
    return channel_stats(jnp.asarray(masks.iacts.mean((1, 2))), jnp.asarray(words, dtype=float), 8, 8, 4)


@pytest.mark.parametrize("iact", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("weight", [0.2, 0.5, 0.9])
def test_uniform_model_is_that_of_uniform_masks(iact, weight):
    """Means over eight draws; in a pass of 256 windows some of the noise is left in the spread."""
    runs = [measured(random_masks(LAYER, iact, weight, seed)) for seed in range(8)]
    model = window_stats(Densities(iact, weight), GROUP)
    left = model.noise * expected_maximum(32) / 16
    model = model._replace(spread=jnp.hypot(model.spread, left))
    for part, rel in (("mean", 0.03), ("noise", 0.05), ("spread", 0.3)):
        sampled = np.mean([getattr(run, part) for run in runs])
        assert getattr(model, part) == pytest.approx(sampled, rel=rel), part


def test_clustered_model_is_that_of_clustered_masks():
    """Channel densities from a beta law; within a channel independent."""
    density, correlation, size = 0.6, 0.5, 1 / 0.5 - 1
    generator = np.random.default_rng(0)
    runs = []
    for _ in range(12):
        channels = generator.beta(density * size, (1 - density) * size, (64, 1, 1))
        iacts = generator.random((64, 16, 16)) < channels
        masks = random_masks(LAYER, 0.5, 0.6, seed=int(generator.integers(1000)))
        runs.append(measured(dataclasses.replace(masks, iacts=iacts)))
    model = window_stats(Densities(density, 0.6, iact_correlation=correlation), GROUP)
    for part, rel in (("mean", 0.04), ("noise", 0.05), ("spread", 0.2)):
        assert getattr(model, part) == pytest.approx(np.mean([getattr(run, part) for run in runs]), rel=rel), part


@pytest.mark.parametrize("layer", sorted(real_masks()))
def test_channel_counts_explain_the_real_masks(layer):
    masks = real_masks()[layer]
    channels = by_channel(masks)
    tiles = -(-masks.layer.M // 16) // 4 * (masks.layer.C // 64)
    real_stats = measured_stats(jnp.asarray(array_work(masks, SPLIT).macs), tiles)
    assert channels.mean == pytest.approx(float(real_stats.mean), rel=1e-4)
    assert channels.spread == pytest.approx(float(real_stats.spread), rel=0.02)
    assert channels.noise == pytest.approx(float(real_stats.noise), rel=0.25)  # positions are not independent


def test_channel_model_of_equal_channels_is_the_uniform_mean():
    iact, words = jnp.full(64, 0.5), jnp.full((4, 64), 3.0)
    stats = channel_stats(iact, words, 8, 8, 4)
    assert (stats.mean, stats.spread) == (8 * 0.5 * 3, 0)
    assert stats.noise == pytest.approx(np.sqrt(8 * 0.25 * 9))


def test_correlations_are_those_of_the_real_masks():
    """Variance of channel densities over d(1-d), less what sampling adds, mean over the layers."""

    def correlation(mask):
        density, count = mask.mean(), mask.shape[1]
        activity = density * (1 - density)
        return (mask.mean(1).var() - activity / count) / (activity * (1 - 1 / count))

    masks = real_masks().values()
    iacts = [correlation(m.iacts.reshape(m.layer.C, -1)) for m in masks]
    weights = [correlation(m.weights[..., 0, 0].T) for m in masks]
    assert pytest.approx(np.mean(iacts), abs=0.005) == IACT_CORRELATION
    assert pytest.approx(np.mean(weights), abs=0.005) == WEIGHT_CORRELATION


def test_dense_layers_have_no_spread_and_raw_mode_is_the_same():
    dense, raw = window_stats(Densities(1.0, 1.0), GROUP), raw_stats(GROUP)
    assert dense.mean == pytest.approx(float(raw.mean), rel=1e-5)
    assert raw.mean == 64
    assert max(dense.spread, dense.noise, raw.spread, raw.noise) < 0.01


def test_fixed_counts_vary_less():
    """Hypergeometric against binomial; no variance is left where the tile is the whole layer."""
    free = window_stats(Densities(0.9, 0.5), GROUP)
    fixed = window_stats(Densities(0.9, 0.5), GROUP, weight_population=4096)
    assert fixed.spread < free.spread
    assert finite_population(128, 128) == 0
    assert finite_population(1, 128) == 1
    generator = np.random.default_rng(0)
    sampled = generator.hypergeometric(60, 40, 25, 100_000).var() / generator.binomial(25, 0.6, 100_000).var()
    assert finite_population(25, 100) == pytest.approx(sampled, rel=0.03)


@pytest.mark.parametrize("density", [0.0, 0.2, 1.0])
def test_gradients_in_density_are_finite(density):
    def mean_and_spread(iact, weight):
        stats = window_stats(Densities(iact, weight, 0.5, 0.1), GROUP)
        return stats.mean + stats.spread + stats.noise

    assert np.isfinite(jax.grad(mean_and_spread, (0, 1))(density, density)).all()


@pytest.mark.parametrize("density", [-0.01, 1.01, float("nan")])
def test_densities_outside_the_unit_interval_are_refused(density):
    with pytest.raises(SpecError, match=r"density of iacts = .* must lie in \[0, 1\]"):
        check_density("iacts", density)
