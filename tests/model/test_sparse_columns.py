"""Weight columns: exact against the enumerated binomial law, smooth in the density, and the worst case of tiles."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.model.order_statistics import expected_maximum, expected_passage
from eyeriss_jax.model.sparse_columns import (
    expected_empty_lanes,
    expected_explicit_zeros,
    expected_words,
    expected_worst_slots,
    word_variance,
)

DENSITIES = (0.0, 0.03, 0.3, 0.5, 0.77, 1.0)


def law(M0, density):
    """P(n nonzeros) for n = 0 ... M0."""
    return np.asarray([math.comb(M0, n) * density**n * (1 - density) ** (M0 - n) for n in range(M0 + 1)])


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("M0", [1, 2, 7, 16])
def test_expected_words_are_the_enumerated_ones(M0, lanes, density):
    words = np.ceil(np.arange(M0 + 1) / lanes)
    assert expected_words(M0, density, lanes) == pytest.approx(law(M0, density) @ words, abs=2e-5)
    empty = -np.arange(M0 + 1) % lanes
    assert expected_empty_lanes(M0, density, lanes) == pytest.approx(law(M0, density) @ empty, abs=2e-5)


@pytest.mark.parametrize("density", [0.02, 0.1, 0.4, 1.0])
@pytest.mark.parametrize("M0", [16, 20, 32, 40])
def test_expected_explicit_zeros_are_the_sampled_ones(M0, density):
    mask = np.random.default_rng(0).random((40000, M0)) < density
    rows = np.arange(M0)
    last = np.maximum.accumulate(np.where(mask, rows, -1), axis=1)
    gap = rows - np.concatenate([np.full((len(mask), 1), -1), last[:, :-1]], axis=1) - 1
    sampled = (np.where(mask, gap, 0) // 16).sum(1).mean()
    assert expected_explicit_zeros(M0, density) == pytest.approx(sampled, abs=0.02)


@pytest.mark.parametrize("lanes", [1, 2, 3])
@pytest.mark.parametrize("M0", [8, 16])
def test_word_variance_is_near_the_enumerated_one(M0, lanes):
    """Exact but for the correlation of nonzeros and empty lanes, which matters at the ends."""
    for density in (0.3, 0.5, 0.7):
        words = np.ceil(np.arange(M0 + 1) / lanes)
        mean = law(M0, density) @ words
        assert word_variance(M0, density, lanes) == pytest.approx(law(M0, density) @ (words - mean) ** 2, rel=0.3)


@pytest.mark.parametrize("density", DENSITIES)
def test_gradients_are_finite_and_right(density):
    for function in (lambda d: expected_words(16, d, 2), lambda d: expected_worst_slots(16, 8, d, 2, 64)):
        assert jnp.isfinite(jax.grad(function)(density))
    if 0 < density < 1:
        step = 0.01
        difference = (expected_words(16, density + step, 2) - expected_words(16, density - step, 2)) / (2 * step)
        assert jax.grad(lambda d: expected_words(16, d, 2))(density) == pytest.approx(float(difference), rel=0.01)


@pytest.mark.parametrize(("lanes", "density"), [(2, 0.5), (4, 0.5), (8, 0.5), (2, 0.3)])
def test_a_column_of_one_weight_gains_one_slope(lanes, density):
    # One weight leaves lanes - 1 empty where it is there: the characteristic function is 0 at half of the way.
    gradient = jax.grad(lambda d: expected_empty_lanes(1.0, d, lanes))(density)
    assert gradient == pytest.approx(lanes - 1, abs=1e-4)


def test_dense_and_empty_tiles_take_their_nominal_slots():
    assert expected_worst_slots(15, 8, 1.0, 2, 64) == pytest.approx(8 * 16, abs=0.01)
    assert expected_worst_slots(15, 8, 0.0, 2, 64) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(("M0", "columns"), [(16, 8), (32, 4), (8, 16)])
def test_expected_worst_slots_are_near_the_sampled_worst_tile(M0, columns):
    generator = np.random.default_rng(1)
    for density in (0.3, 0.6, 0.8):
        nonzeros = (generator.random((40, 128, columns, M0)) < density).sum(-1)
        worst = (2 * np.ceil(nonzeros / 2)).sum(-1).max(1).mean()
        assert expected_worst_slots(M0, columns, density, 2, 128) == pytest.approx(worst, rel=0.04)


def test_expected_maximum_of_normals():
    """Tabulated values (Harter 1961)."""
    for n, value, tolerance in (
        (1, 0, 1e-6),
        (2, 0.5642, 0.03),
        (5, 1.1630, 0.02),
        (24, 1.9477, 0.02),
        (100, 2.5076, 0.02),
    ):
        assert expected_maximum(n) == pytest.approx(value, abs=tolerance)


def test_expected_passage_is_the_largest_eigenvalue():
    generator = np.random.default_rng(0)
    for n in (2, 8, 24):
        entries = generator.normal(size=(400, n, n)) + 1j * generator.normal(size=(400, n, n))
        largest = np.linalg.eigvalsh((entries + entries.conj().swapaxes(1, 2)) / 2)[:, -1].mean()
        assert expected_passage(n) == pytest.approx(largest, rel=0.1)
    assert expected_passage(1) == 0
