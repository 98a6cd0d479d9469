"""Unsafe primitives wrapped once, each with the reason.

``ceil(a / b)`` is off by one under ``jit`` when ``b`` is broadcast: XLA multiplies by the reciprocal. The
half-step forms below are exact for integers below 2**22 in float32 and below 2**51 in float64.

Rounding has no slope anywhere, so its gradient is that of what it rounds (:func:`straight_through`): a mapping's
tile sizes then have useful gradients, and no value changes.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax


def real(x: jax.typing.ArrayLike) -> jax.Array:
    """``x`` as a real array of the default float type (float32, float64 under x64)."""
    return jnp.asarray(x, dtype=jnp.result_type(float))


Law = Callable[..., jax.Array]


def straight_through(smooth: Law) -> Callable[[Law], Law]:
    """Decorates a function that rounds: it keeps its values and gets the gradient of ``smooth``.

    Arguments must be real arrays of one type.
    """

    def decorate(exact: Law) -> Law:
        rounded = jax.custom_jvp(exact)

        @rounded.defjvp
        def _(primals: tuple, tangents: tuple) -> tuple:
            return rounded(*primals), jax.jvp(smooth, primals, tangents)[1]

        return rounded

    return decorate


@jax.custom_jvp
def quotient(a: jax.Array, b: jax.Array) -> jax.Array:
    """a / b; its gradient takes one further division, where JAX's own takes two and a power."""
    return a / b


@quotient.defjvp
def _(primals: tuple, tangents: tuple) -> tuple:
    (a, b), (da, db) = primals, tangents
    ratio = quotient(a, b)
    return ratio, (da - ratio * db) / b


@straight_through(quotient)
def _ceil_div(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.floor((a - 0.5) / b) + 1.0


@straight_through(quotient)
def _floor_div(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.floor((a + 0.5) / b)


def ceil_div(a: jax.typing.ArrayLike, b: jax.typing.ArrayLike) -> jax.Array:
    """Exact ceil(a / b) for integer-valued ``a >= 0`` and ``b >= 1``; its gradient is that of a / b."""
    return _ceil_div(real(a), real(b))


def floor_div(a: jax.typing.ArrayLike, b: jax.typing.ArrayLike) -> jax.Array:
    """Exact floor(a / b) for integer-valued ``a >= 0`` and ``b >= 1``; its gradient is that of a / b."""
    return _floor_div(real(a), real(b))


@straight_through(lambda x: x)
def whole_part(x: jax.Array) -> jax.Array:
    """The largest integer that exceeds ``x >= 0`` by rounding errors only, if at all; its gradient is that of ``x``."""
    return jnp.floor(x * (1.0 + 1e-5))


def maximum(a: jax.typing.ArrayLike, b: jax.typing.ArrayLike) -> jax.Array:
    """max(a, b); where they are equal, ``b`` has the whole slope.

    JAX's own gradient shares it between equal operands, in nine operations for two. Tiles that just fill what holds
    them are the rule, not the exception, and descents end lower where one of the two is followed. A NaN in ``a`` is
    dropped, unlike by JAX's own.
    """
    return jnp.where(a > b, a, b)  # type: ignore[operator]


def minimum(a: jax.typing.ArrayLike, b: jax.typing.ArrayLike) -> jax.Array:
    """min(a, b); where they are equal, ``b`` has the whole slope, as in :func:`maximum`."""
    return jnp.where(a < b, a, b)  # type: ignore[operator]


def positive_part(x: jax.typing.ArrayLike) -> jax.Array:
    """max(x, 0), without slope at 0."""
    return maximum(real(x), 0.0)


def safe_div(a: jax.typing.ArrayLike, b: jax.typing.ArrayLike) -> jax.Array:
    """a / b, and 0 with zero gradient where ``b == 0`` or ``b`` is infinite.

    An infinite bandwidth is a legal input; the double ``where`` keeps the unused branch from turning the
    gradient into NaN.
    """
    a, b = real(a), real(b)
    usable = (b != 0) & jnp.isfinite(b)
    return jnp.where(usable, a / jnp.where(usable, b, 1.0), 0.0)


_GCD_STEPS = 10
GCD_BELOW = 5741
"""Divisors that :func:`gcd_small` takes are smaller."""


def gcd_small(a: jax.typing.ArrayLike, b: jax.typing.ArrayLike) -> jax.Array:
    """gcd of integer-valued reals with ``1 <= b <`` :data:`GCD_BELOW`, by unrolled Euclid steps.

    Remainders are taken to the nearest multiple, so that each is at most half of the last divisor and the step may
    be off by one where a quotient lies half-way: no exact division is needed. n steps are enough for every divisor
    below the Pell number P(n + 1) = 1, 2, 5, 12, 29, 70, ..., 2378, 5741 (Lamé's argument with the factor 1 + sqrt 2).
    """
    x, y = lax.stop_gradient(real(a)), lax.stop_gradient(real(b))
    for _ in range(_GCD_STEPS):
        nearest = jnp.round(x / maximum(y, 1.0)) * y
        x, y = jnp.where(y > 0, y, x), jnp.where(y > 0, jnp.abs(x - nearest), 0.0)
    return x
