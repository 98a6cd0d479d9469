"""Descent on the budget's surface: every iterate meets it, and where the optimum is known it is found."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.search.density.descent import Box, Descent, Undefined, descend, onto_budget

COSTS = np.array([1.0, 4.0, 9.0])
LOSSES = np.array([0.1, 0.4, 0.1])
LEAST, MOST = np.full(3, 0.02), np.ones(3)


def loss(densities: jax.Array) -> jax.Array:
    return (jnp.asarray(LOSSES) * (1 / densities - 1)).sum()


def box(least: np.ndarray = LEAST, most: np.ndarray = MOST) -> Box:
    return Box(jnp.log(jnp.asarray(least)), jnp.log(jnp.asarray(most)))


def found(cost, proxy, budget: float, most: np.ndarray = MOST, steps: int = 300) -> Descent:
    with jax.enable_x64(True):
        run = jax.jit(lambda x: descend(cost, proxy, x, box(most=most), budget, steps, 0.1))
        return jax.tree.map(np.asarray, run(np.log(most) - 1e-3))


def test_the_optimum_of_a_problem_that_has_a_closed_form() -> None:
    # Minimise the sum of a·d while that of b·(1/d - 1) is B: d = sqrt(b / a) · (sum of sqrt(a·b)) / (B + sum of b).
    budget = 3.0
    densities = np.sqrt(LOSSES / COSTS) * np.sqrt(COSTS * LOSSES).sum() / (budget + LOSSES.sum())
    assert (densities < 1).all()
    descent = found(lambda d: (jnp.asarray(COSTS) * d).sum(), loss, budget)
    np.testing.assert_allclose(descent.densities, densities, rtol=2e-3)
    assert descent.cost == pytest.approx((COSTS * densities).sum(), rel=1e-5)
    assert (descent.losses <= budget).all()
    np.testing.assert_allclose(descent.losses, budget, rtol=1e-6)


def test_a_layer_that_gains_nothing_is_not_pruned() -> None:
    descent = found(lambda d: 1.0 + (jnp.asarray(COSTS * [1, 0, 1]) * d).sum(), loss, 1.0)
    assert descent.densities[1] == 1


def test_upper_bounds_hold() -> None:
    most = np.array([1.0, 1.0, 0.3])
    descent = found(lambda d: (jnp.asarray(COSTS) * d).sum(), loss, 1.0, most)
    assert (descent.densities <= most * (1 + 1e-12)).all()
    assert (descent.losses <= 1.0).all()


@jax.jit
def retracted(x: jax.Array, budget: float) -> tuple[jax.Array, jax.Array, Undefined]:
    nothing = Undefined(jnp.zeros((), bool), jnp.ones(3), jnp.zeros(()), jnp.zeros(3))
    moved, undefined = onto_budget(loss, x, box(), budget, nothing)
    return moved, loss(jnp.exp(moved)), undefined


@given(st.lists(st.floats(-4, 0), min_size=3, max_size=3), st.floats(1e-3, 50))
def test_every_point_is_brought_onto_the_budget(x: list[float], budget: float) -> None:
    with jax.enable_x64(True):
        start = np.maximum(x, np.log(LEAST))
        moved, spent, undefined = jax.tree.map(np.asarray, retracted(start, budget))
    assert not undefined.found
    assert spent <= budget
    moving = start < 0 if (start < 0).any() else np.full(3, True)
    assert spent == pytest.approx(budget, rel=1e-5) or (np.exp(moved) <= LEAST * 1.001)[moving].all()


def test_where_the_proxy_is_first_undefined_is_kept() -> None:
    descent = found(lambda d: d.sum(), lambda d: jnp.where(d[1] < 0.5, jnp.nan, 1 - d[1]), 0.9)
    assert descent.undefined.found
    assert descent.undefined.densities[1] < 0.5
    assert np.isnan(descent.undefined.value)
