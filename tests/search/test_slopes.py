"""Short slopes: the values are the same bit for bit, and so are the gradients wherever there is only one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.numerics import ceil_div, positive_part, whole_part
from eyeriss_jax.search.slopes import short_slopes

numbers = st.floats(-100.0, 100.0, width=32)


@jax.jit
def _shared(a, b):
    return jnp.maximum(a, b) - jnp.minimum(a * b, 3.0)


def _function(a, b, count):
    """Maxima, minima and quotients in several depths, whole numbers, and rounding with a slope of its own."""
    ceiled = ceil_div(jnp.abs(a) + 1.0, jnp.abs(b) + 1.0)
    return (
        _shared(a, b) / (1.0 + b * b) + positive_part(a - b) + ceiled * whole_part(jnp.abs(b)) + jnp.maximum(count, 2)
    )


def _gradient(function):
    return jax.jit(jax.grad(function, argnums=(0, 1)))


VALUES = jax.jit(_function), jax.jit(short_slopes(_function))
GRADIENTS = _gradient(_function), _gradient(short_slopes(_function))


@given(numbers, numbers, st.integers(0, 4))
def test_values_and_gradients_are_the_same(a, b, count):
    arguments = jnp.float32(a), jnp.float32(b), count
    value, short_value = (function(*arguments) for function in VALUES)
    assert value == short_value
    if a != b and a * b != 3.0:
        slopes, short_ones = (np.array(function(*arguments)) for function in GRADIENTS)
        np.testing.assert_allclose(short_ones, slopes, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("choose", [jnp.maximum, jnp.minimum])
def test_one_of_two_equal_operands_has_the_whole_slope(choose):
    assert jax.grad(choose, argnums=(0, 1))(2.0, 2.0) == (0.5, 0.5)
    assert jax.grad(short_slopes(choose), argnums=(0, 1))(2.0, 2.0) == (0.0, 1.0)


def _count(function, *names):
    """Operations in the gradient of ``function``, of all kinds or of the named ones."""
    program = jax.make_jaxpr(jax.grad(function, argnums=(0, 1)))(1.0, 2.0)
    return sum(not names or operation.primitive.name in names for operation in program.eqns)


@pytest.mark.parametrize(
    ("function", "names"), [(jnp.maximum, ()), (jnp.minimum, ()), (jnp.divide, ("div", "integer_pow"))]
)
def test_a_gradient_has_fewer_operations(function, names):
    assert _count(short_slopes(function), *names) < _count(function, *names)
