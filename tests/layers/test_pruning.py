"""Magnitude masks: they keep exactly the share asked for, the largest first."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.layers.pruning import magnitude_mask

_mask = jax.jit(magnitude_mask)


@given(st.integers(0, 1000), st.floats(0, 1))
def test_the_largest_stay_and_as_many_as_asked_for(seed: int, density: float) -> None:
    kernel = np.random.default_rng(seed).normal(size=(3, 3, 2, 4)).astype(np.float32)
    mask = np.asarray(_mask(kernel, np.float32(density)))
    assert mask.sum() == round(float(np.float32(density) * np.float32(kernel.size)))
    if 0 < mask.sum() < kernel.size:
        assert np.abs(kernel[mask]).min() >= np.abs(kernel[~mask]).max()


def test_of_equal_magnitudes_the_first_stay() -> None:
    assert magnitude_mask(jnp.array([2.0, -2.0, 2.0, 2.0]), 0.5).tolist() == [True, True, False, False]
