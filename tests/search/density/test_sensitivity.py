"""The measured accuracy proxy: what was measured comes back, monotone and smooth between, and bad input is one line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.density import Sensitivity, losses_at, measure_sensitivity

KNOTS = (0.05, 0.2, 0.5, 1.0)
PROXY = Sensitivity(densities=KNOTS, increases=((2.0, 0.5, 0.5, 0.0), (0.3, 0.1, 0.0, 0.0)))


def value(*densities: float) -> float:
    with jax.enable_x64(True):
        return float(PROXY(jnp.asarray(densities)))


def test_measured_increases_come_back_and_add_up() -> None:
    for first, a in zip(KNOTS, PROXY.increases[0], strict=True):
        for second, b in zip(KNOTS, PROXY.increases[1], strict=True):
            assert value(first, second) == pytest.approx(a + b, abs=1e-12)


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1))
def test_it_never_rises_with_a_density(one: float, two: float, other: float) -> None:
    low, high = sorted((one, two))
    assert value(low, other) >= value(high, other) - 1e-12
    assert value(other, low) >= value(other, high) - 1e-12


@given(st.floats(0.051, 0.999))
def test_the_gradient_is_the_slope(density: float) -> None:
    with jax.enable_x64(True):
        slope = jax.grad(lambda d: PROXY(jnp.stack([d, 0.3 * d + 0.1])))(jnp.asarray(density))
    step = 1e-6
    ends = [value(d, 0.3 * d + 0.1) for d in (density - step, density + step)]
    assert float(slope) == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-3, abs=1e-4)


def test_layers_keep_their_order_whatever_their_names() -> None:
    kernels = {"b": jnp.arange(1.0, 9.0), "a": jnp.arange(1.0, 9.0)}

    def loss(pruned: dict[str, jax.Array]) -> jax.Array:
        return 10 * (36 - pruned["b"].sum()) + (36 - pruned["a"].sum())

    found = measure_sensitivity(loss, kernels, (0.25, 0.5, 1.0))
    assert found.increases == ((210.0, 100.0, 0.0), (21.0, 10.0, 0.0))
    assert losses_at(loss, kernels, [[1.0, 0.5], [0.5, 0.5]]).tolist() == [10.0, 110.0]


def test_a_loss_that_falls_when_a_layer_is_pruned_counts_as_none() -> None:
    found = measure_sensitivity(lambda k: (jnp.count_nonzero(k["a"]) - 5.0) ** 2, {"a": jnp.ones(8)}, (0.25, 0.5, 1.0))
    assert found.increases == ((0.0, 0.0, 0.0),)  # 9 dense, 1 and 9 pruned


@pytest.mark.parametrize("densities", [(1.0,), (0.5, 0.2, 1.0), (0.0, 1.0), (0.2, 0.5), (0.5, 0.5, 1.0)])
def test_densities_must_rise_to_one(densities: tuple[float, ...]) -> None:
    with pytest.raises(SpecError, match=r"two or more, rise, and end at 1"):
        Sensitivity(densities=densities, increases=((0.0,) * len(densities),))


def test_increases_must_fall_and_be_finite() -> None:
    for row in ((0.0, 0.1), (np.nan, 0.0), (0.1, 0.0, 0.0)):
        with pytest.raises(SpecError, match="sensitivity of layer 0"):
            Sensitivity(densities=(0.5, 1.0), increases=(row,))


def test_a_loss_that_is_not_finite_is_named() -> None:
    with pytest.raises(SpecError, match=r"the loss is nan with a pruned to a density of 0.5"):
        measure_sensitivity(lambda k: jnp.log(k["a"].sum() - 5.0), {"a": jnp.ones(8)}, (0.5, 1.0))
