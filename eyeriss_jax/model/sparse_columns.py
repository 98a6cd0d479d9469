"""Weight columns of a random mask: expected words, their variance, pairs and SPad slots, all smooth in the density.

A column of M0 weights with density d holds n nonzeros, binomially distributed, in ceil(n / lanes) words.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from eyeriss_jax.model.order_statistics import expected_maximum
from eyeriss_jax.numerics import floor_div, maximum, minimum, real

MAX_LANES = 8
"""Lanes up to which the laws hold."""

_SMALLEST = 1e-30

_LONGEST_RUN = 15
"""Zeros that a 4-bit count expresses (JETCAS 2019); a longer run takes an explicit zero per 16."""


def expected_words(M0: Any, density: Any, lanes: Any) -> jax.Array:
    """E[ceil(n / lanes)]: nonzeros, the lanes left empty in the last word, and explicit zeros, over the lanes."""
    return columns_of(M0, density, lanes).words


def expected_empty_lanes(M0: Any, density: Any, lanes: Any) -> jax.Array:
    """E[-n mod lanes], exactly, from the characteristic function of n at the roots of unity.

    With z that of one weight at a root exp(i·a), the root adds Re(z**M0 / (exp(-i·a) - 1)), where
    1 / (exp(-i·a) - 1) = -1/2 + i·cot(a / 2) / 2. Roots j and lanes - j are conjugate: the first half counts twice.
    """
    lanes, density = real(lanes), real(density)
    result = (lanes - 1.0) / 2.0
    for j in range(1, MAX_LANES // 2 + 1):
        angle = 2.0 * jnp.pi * j / lanes
        x, y = 1.0 - density + density * jnp.cos(angle), -density * jnp.sin(angle)
        size = maximum(x * x + y * y, _SMALLEST)  # a finite logarithm where the power vanishes
        turn = M0 * jnp.arctan2(y, jnp.where(size > _SMALLEST, x, 1.0))
        cotangent = 1.0 / jnp.tan(jnp.where(2 * j <= lanes, angle / 2.0, 1.0))
        times = jnp.where(2 * j < lanes, 1.0, jnp.where(2 * j == lanes, 0.5, 0.0))
        result = result - times * jnp.exp(0.5 * M0 * jnp.log(size)) * (jnp.cos(turn) + cotangent * jnp.sin(turn))
        # Where z is 0 its first power still has a slope, which the guarded logarithm loses; the value gains nothing.
        straight = jnp.where((size > _SMALLEST) | (M0 > 1), 0.0, x + cotangent * y)
        result = result - times * (straight - lax.stop_gradient(straight))
    return result


def expected_explicit_zeros(M0: Any, density: Any) -> jax.Array:
    """Expected explicit zeros of a column: nonzeros with at least 16, 32, ... zeros right before them."""
    density, reach = real(density), _LONGEST_RUN + 1
    result = real(0.0)
    for blocks in (1, 2, 3):
        result = result + maximum(real(M0) - blocks * reach, 0.0) * (1.0 - density) ** (blocks * reach)
    return density * result


def word_variance(M0: Any, density: Any, lanes: Any, correlation: Any = 0.0) -> jax.Array:
    """Var[ceil(n / lanes)] over columns, the nonzeros and the empty lanes taken as independent.

    Args:
        M0: column length.
        density: of the weights.
        lanes: MACs per cycle.
        correlation: between the weights of one column; 0 if columns do not differ in density.
    """
    return columns_of(M0, density, lanes, correlation).variance


class Columns(NamedTuple):
    """Words of one weight column: their expectation and their variance over columns."""

    words: jax.Array
    variance: jax.Array


def columns_of(M0: Any, density: Any, lanes: Any, correlation: Any = 0.0) -> Columns:
    """:func:`expected_words` and :func:`word_variance` together."""
    density, lanes = real(density), real(lanes)
    empty = expected_empty_lanes(M0, density, lanes)
    words = (M0 * density + expected_explicit_zeros(M0, density) + empty) / lanes
    count = M0 * density * (1.0 - density) * (1.0 + (M0 - 1.0) * correlation)
    return Columns(words, (count + minimum(empty * (lanes - 1.0 - empty), count)) / lanes**2)


def expected_worst_slots(
    M0: Any, columns: Any, density: Any, lanes: Any, tiles: Any, correlation: Any = 0.0
) -> jax.Array:
    """Pair slots of the largest of ``tiles`` weight tiles of ``columns`` each: what the weight SPad must hold."""
    return worst_slots(columns_of(M0, density, lanes, correlation), M0, columns, lanes, tiles)


def worst_slots(column: Columns, M0: Any, columns: Any, lanes: Any, tiles: Any) -> jax.Array:
    """:func:`expected_worst_slots` of columns like ``column``."""
    mean = columns * lanes * column.words
    deviation = lanes * jnp.sqrt(maximum(columns * column.variance, 1e-12))
    nominal = columns * lanes * (floor_div(real(M0) + lanes - 1.0, lanes))
    return minimum(mean + expected_maximum(tiles) * deviation, nominal)
