"""The fit rule: tiles are what the PE holds, and a worst case that does not fit is refused with its numbers."""

import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse import tile_pairs
from eyeriss_jax.functional.sparse.csc_fit import check_tile_fits, weight_tiles, worst_tile_pairs

WEIGHTS = np.where(np.random.default_rng(0).random((10, 6, 2, 5)) < 0.4, 3, 0).astype(np.int8)


def test_tiles_are_contiguous_and_short_ones_filled_with_zeros():
    tiles = weight_tiles(jnp.asarray(WEIGHTS), M0=4, C0=4, S0=3)
    assert tiles.shape == (3, 2, 2, 2, 12, 4)
    assert (tiles[1, 0, 1, 0, 1 * 4 + 2] == WEIGHTS[4:8, 2, 1, 1]).all()
    assert tiles[2, 1, :, :, :, 2:].sum() == 0
    assert tiles.sum() == WEIGHTS.sum()


def test_pairs_of_a_tile_are_its_nonzeros_in_even_columns():
    pairs = tile_pairs(jnp.asarray(WEIGHTS), M0=4, C0=3)
    for m, c, r in np.ndindex(pairs.shape[:3]):
        block = WEIGHTS[4 * m : 4 * m + 4, 3 * c : 3 * c + 3, r]
        assert pairs[m, c, r, 0] == (2 * np.ceil((block != 0).sum(0) / 2)).sum()


def test_a_dense_tile_takes_its_nominal_size():
    assert worst_tile_pairs(jnp.ones((32, 16, 1, 1), jnp.int8), M0=12, C0=16) == 192
    check_tile_fits(jnp.ones((32, 16, 1, 1), jnp.int8), M0=12, C0=16)


def test_a_worst_case_that_does_not_fit_is_refused_with_its_numbers():
    weights = np.zeros((32, 16, 1, 1), np.int8)
    weights[:13] = 1  # one tile of M0 = 13 is full, with odd columns
    with pytest.raises(SpecError, match=r"224 pair slots \(208 weights nominally\).* has 192"):
        check_tile_fits(jnp.asarray(weights), M0=13, C0=16)


@pytest.mark.parametrize(("options", "message"), [({"M0": 0}, "M0 = 0"), ({"S0": 0}, "S0 = 0")])
def test_bad_tiles_are_refused(options, message):
    with pytest.raises(SpecError, match=message):
        weight_tiles(jnp.asarray(WEIGHTS), **({"M0": 4, "C0": 4} | options))


def test_bad_weights_are_refused():
    with pytest.raises(SpecError, match=r"\[M, C, R, S\]"):
        weight_tiles(jnp.ones((3, 3)), 1, 1)
