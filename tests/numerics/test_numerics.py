"""The wrapped primitives: exact where they say so, and finite in value and gradient everywhere."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.numerics import (
    GCD_BELOW,
    ceil_div,
    floor_div,
    gcd_small,
    maximum,
    minimum,
    positive_part,
    quotient,
    real,
    safe_div,
)

LARGEST = 1 << 22
Division = Callable[[jax.typing.ArrayLike, jax.typing.ArrayLike], jax.Array]
EXACT: list[tuple[Division, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = [
    (ceil_div, lambda a, b: -(-a // b)),
    (floor_div, lambda a, b: a // b),
]
both = pytest.mark.parametrize(("division", "exact"), EXACT, ids=["ceil", "floor"])


def around_multiples(b: np.ndarray, per_divisor: int) -> np.ndarray:
    """``[b, per_divisor]``: multiples of each b over the whole range below 2**22, and their neighbours."""
    rng = np.random.default_rng(0)
    most = np.maximum((LARGEST - 2) // b, 1)
    multiples = rng.integers(0, most + 1, size=(per_divisor // 3 - 1, len(b))).T
    multiples = np.concatenate([multiples, most[:, None]], axis=1) * b[:, None]
    near = np.concatenate([multiples - 1, multiples, multiples + 1], axis=1)
    return np.clip(near, 0, LARGEST - 1)


def test_the_naive_form_is_off_by_one_under_jit() -> None:
    # The trap that ceil_div exists for: a broadcast denominator becomes a multiplication by its reciprocal.
    a = np.arange(1, 2048, dtype=np.int32)
    naive = jax.jit(jax.vmap(lambda b: jax.vmap(lambda x: jnp.ceil(real(x) / real(b)))(a)))(a)
    assert np.any(np.asarray(naive) != -(-a[None, :] // a[:, None]))


@both
def test_division_is_exact_for_all_small_pairs_in_nested_vmap(division: Division, exact: Callable) -> None:
    a, b = np.arange(2048, dtype=np.int32), np.arange(1, 1025, dtype=np.int32)
    found = jax.jit(jax.vmap(lambda d: jax.vmap(lambda x: division(x, d))(a)))(b)
    assert found.dtype == jnp.float32
    np.testing.assert_array_equal(found, exact(a[None, :], b[:, None]))


@both
def test_division_is_exact_next_to_every_multiple_below_two_to_the_22(division: Division, exact: Callable) -> None:
    b = np.unique(np.concatenate([np.arange(1, 1500), np.geomspace(1500, LARGEST - 1, 1500).astype(np.int64)]))
    a = around_multiples(b, 600)
    by_divisor = jax.jit(jax.vmap(lambda row, d: jax.vmap(lambda x: division(x, d))(row)))
    np.testing.assert_array_equal(by_divisor(a.astype(np.float32), b.astype(np.float32)), exact(a, b[:, None]))


@both
@pytest.mark.parametrize("b", [1, 3, 7, 11, 24, 49, 121, 2047, 65537, LARGEST - 1])
def test_division_by_a_traced_scalar_is_exact_over_the_whole_range(division: Division, exact: Callable, b: int) -> None:
    a = np.arange(0, LARGEST, dtype=np.int32)
    np.testing.assert_array_equal(jax.jit(division)(a, np.int32(b)), exact(a, np.int32(b)))


@both
def test_division_is_exact_in_float64_far_beyond_float32(division: Division, exact: Callable) -> None:
    rng = np.random.default_rng(1)
    b = rng.integers(1, 1 << 26, 4096)
    a = np.concatenate([rng.integers(1, 1 << 24, 4096) * b + shift for shift in (-1, 0, 1)])
    b = np.tile(b, 3)
    with jax.enable_x64(True):
        np.testing.assert_array_equal(jax.jit(division)(a, b), exact(a, b))


@given(a=st.integers(0, LARGEST - 1), b=st.integers(1, LARGEST - 1))
def test_floor_ceil_and_remainder_agree(a: int, b: int) -> None:
    down, up = int(floor_div(a, b)), int(ceil_div(a, b))
    assert down * b <= a < (down + 1) * b
    assert up - down == (a % b > 0)


def test_gcd_small_is_the_gcd_for_every_divisor_below_its_bound() -> None:
    found, b = jax.jit(gcd_small), np.arange(1, GCD_BELOW)
    for a in (*range(1, 60), 1393, 2378, 3363, 5740, 5741, 8119, 2**15, 3**12, 2**20 - 3, 2**21):
        np.testing.assert_array_equal(found(np.full_like(b, a), b), np.gcd(a, b))


@pytest.mark.parametrize(
    ("a", "b"), [(34, 21), (55, 32), (1, 1), (1, 32), (2**20, 24), (2378, 985), (5741, 2378), (5741 + 2378, 5740)]
)
def test_gcd_small_in_its_worst_cases(a: int, b: int) -> None:
    assert int(gcd_small(a, b)) == math.gcd(a, b)


def test_gcd_small_has_no_gradient() -> None:
    assert jax.grad(lambda a: gcd_small(a, 6.0))(4.0) == 0.0


@given(
    a=st.floats(-(2**20), 2**20, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6),
    b=st.floats(2**-10, 2**20, width=32),
)
def test_safe_div_is_division_where_that_is_defined(a: float, b: float) -> None:
    assert float(safe_div(a, b)) == pytest.approx(a / b, rel=3e-7)


@pytest.mark.parametrize("b", [0.0, math.inf, -math.inf])
@pytest.mark.parametrize("a", [0.0, 5.0, -2.0])
def test_safe_div_by_zero_or_infinity_is_zero_with_zero_gradient(a: float, b: float) -> None:
    value, gradient = jax.jit(jax.value_and_grad(safe_div, argnums=(0, 1)))(a, b)
    assert float(value) == 0.0
    assert [float(g) for g in gradient] == [0.0, 0.0]


def test_safe_div_has_the_gradient_of_a_quotient() -> None:
    gradient = jax.grad(safe_div, argnums=(0, 1))(6.0, 4.0)
    assert [float(g) for g in gradient] == [0.25, -6.0 / 16.0]


def test_safe_div_stays_finite_for_a_batch_that_mixes_all_denominators() -> None:
    b = jnp.array([0.0, 2.0, math.inf, 4.0])
    np.testing.assert_array_equal(jax.grad(lambda d: safe_div(8.0, d).sum())(b), [0.0, -2.0, 0.0, -0.5])


@pytest.mark.parametrize(("x", "expected"), [(-3, 0.0), (0, 0.0), (2.5, 2.5)])
def test_positive_part(x: float, expected: float) -> None:
    assert float(positive_part(x)) == expected


@pytest.mark.parametrize(("wide", "dtype"), [(False, jnp.float32), (True, jnp.float64)])
def test_real_follows_the_precision_in_use(wide: bool, dtype: jnp.dtype) -> None:
    with jax.enable_x64(wide):
        assert real(3).dtype == dtype
        assert ceil_div(7, 2).dtype == dtype


@pytest.mark.parametrize("divide", [quotient, ceil_div, floor_div])
def test_gradients_of_quotients_broadcast(divide):
    slopes = jax.grad(lambda a, b: divide(a, b).sum(), argnums=(0, 1))(jnp.array([3.0, 5.0]), 2.0)
    np.testing.assert_allclose(slopes[0], [0.5, 0.5])
    np.testing.assert_allclose(slopes[1], -2.0)


@pytest.mark.parametrize(("choose", "picked"), [(maximum, jnp.maximum), (minimum, jnp.minimum)])
@pytest.mark.parametrize(("a", "b"), [(2.0, 3.0), (3.0, 2.0), (-1.0, 0.0), (2.0, 2.0), (math.inf, 1.0)])
def test_the_operand_that_is_chosen_has_the_whole_slope_and_of_equal_ones_the_second(choose, picked, a, b) -> None:
    assert choose(a, b) == picked(a, b)
    expected = (0.0, 1.0) if picked(a, b) == b else (1.0, 0.0)
    assert jax.grad(choose, argnums=(0, 1))(a, b) == expected
