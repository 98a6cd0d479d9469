"""Weight columns of a random mask: expected words, their variance, pairs and SPad slots, all smooth in the density.

A column of M0 weights with density d holds n nonzeros, binomially distributed, in ceil(n / lanes) words.
"""

from typing import Any

import jax
import jax.numpy as jnp

from eyeriss_jax.model.order_statistics import expected_maximum
from eyeriss_jax.numerics import floor_div, real

MAX_LANES = 8
"""Lanes up to which the laws hold."""

MAX_COLUMN_BITS = 8
"""Columns are shorter than 2 to this power."""

_LONGEST_RUN = 15
"""Zeros that a 4-bit count expresses (JETCAS 2019); a longer run takes an explicit zero per 16."""


def expected_words(M0: Any, density: Any, lanes: Any) -> jax.Array:
    """E[ceil(n / lanes)]: nonzeros, the lanes left empty in the last word, and explicit zeros, over the lanes."""
    stored = M0 * real(density) + expected_explicit_zeros(M0, density)
    return (stored + expected_empty_lanes(M0, density, lanes)) / lanes


@jax.jit
def expected_empty_lanes(M0: Any, density: Any, lanes: Any) -> jax.Array:
    """E[-n mod lanes], exactly, from the characteristic function of n at the roots of unity.

    Roots j and lanes - j are conjugate, so that the first half counts twice.
    """
    lanes, density = real(lanes), real(density)
    result = (lanes - 1.0) / 2.0
    for j in range(1, MAX_LANES // 2 + 1):
        angle = 2.0 * jnp.pi * j / lanes
        turned = _power(1.0 - density + density * jnp.cos(angle), -density * jnp.sin(angle), M0)
        # Re(turned / (exp(-i·angle) - 1)); 1 / (exp(-i·a) - 1) = -1/2 + i·cot(a / 2) / 2
        half = jnp.where(2 * j <= lanes, angle / 2.0, 1.0)
        term = -0.5 * turned[0] - 0.5 * turned[1] / jnp.tan(half)
        times = jnp.where(2 * j < lanes, 2.0, jnp.where(2 * j == lanes, 1.0, 0.0))
        result = result + times * term
    return result


def _power(x: jax.Array, y: jax.Array, exponent: Any) -> tuple[jax.Array, jax.Array]:
    """(x + i·y) to an integer power by squaring: a polynomial, so that its gradient is finite everywhere."""
    power = real(1.0), real(0.0)
    left = real(exponent)
    for _ in range(MAX_COLUMN_BITS):
        half = floor_div(left, 2.0)
        odd = left - 2.0 * half > 0.5
        product = power[0] * x - power[1] * y, power[0] * y + power[1] * x
        power = jnp.where(odd, product[0], power[0]), jnp.where(odd, product[1], power[1])
        x, y, left = x * x - y * y, 2.0 * x * y, half
    return power


def expected_explicit_zeros(M0: Any, density: Any) -> jax.Array:
    """Expected explicit zeros of a column: nonzeros with at least 16, 32, ... zeros right before them."""
    density, reach = real(density), _LONGEST_RUN + 1
    result = real(0.0)
    for blocks in (1, 2, 3):
        result = result + jnp.maximum(real(M0) - blocks * reach, 0.0) * (1.0 - density) ** (blocks * reach)
    return density * result


def word_variance(M0: Any, density: Any, lanes: Any, correlation: Any = 0.0) -> jax.Array:
    """Var[ceil(n / lanes)] over columns, the nonzeros and the empty lanes taken as independent.

    Args:
        M0: column length.
        density: of the weights.
        lanes: MACs per cycle.
        correlation: between the weights of one column; 0 if columns do not differ in density.
    """
    count = M0 * real(density) * (1.0 - density) * (1.0 + (M0 - 1.0) * correlation)
    empty = expected_empty_lanes(M0, density, lanes)
    return (count + jnp.minimum(empty * (lanes - 1.0 - empty), count)) / (real(lanes) ** 2)


def expected_worst_slots(
    M0: Any, columns: Any, density: Any, lanes: Any, tiles: Any, correlation: Any = 0.0
) -> jax.Array:
    """Pair slots of the largest of ``tiles`` weight tiles of ``columns`` each: what the weight SPad must hold."""
    mean = columns * lanes * expected_words(M0, density, lanes)
    deviation = lanes * jnp.sqrt(jnp.maximum(columns * word_variance(M0, density, lanes, correlation), 1e-12))
    nominal = columns * lanes * (floor_div(real(M0) + lanes - 1.0, lanes))
    return jnp.minimum(mean + expected_maximum(tiles) * deviation, nominal)
