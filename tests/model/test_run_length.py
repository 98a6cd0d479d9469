"""The run-length code: expected sizes equal coding random rows, and by hand where it is simple."""

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.run_length import coded_bits


def coded(row: np.ndarray) -> int:
    """Bits of one row, coded as a codec does: (zeros, value) pairs, three to a word, nothing for zeros at the end."""
    pairs, zeros = 0, 0
    for value in row:
        if value == 0 and zeros < 31:
            zeros += 1
        else:
            pairs, zeros = pairs + 1, 0
    return 64 * -(-pairs // 3)


@pytest.mark.parametrize(("row", "density", "words"), [(27, 1.0, 9), (28, 1.0, 10), (40, 0.0, 1), (31, 0.0, 0)])
def test_by_hand(row, density, words):
    assert coded_bits(row, density) == pytest.approx(64 * words)


@pytest.mark.parametrize(("row", "density"), [(13, 0.25), (55, 0.38), (224, 0.05)])
def test_the_expectation_is_the_mean_over_random_rows(row, density):
    rows = np.random.default_rng(0).random((20_000, row)) < density
    sizes = np.array([coded(one) for one in rows])
    assert coded_bits(row, density) == pytest.approx(sizes.mean(), abs=4 * sizes.std() / np.sqrt(len(sizes)) + 1e-9)


@pytest.mark.parametrize(("row", "density"), [(0, 0.5), (3, -0.1), (3, 1.1), (3, float("nan"))])
def test_no_row_and_no_density_are_refused(row, density):
    with pytest.raises(SpecError, match="run-length code"):
        coded_bits(row, density)
