"""Fetches of so many non-zeros at a time: how many a random set of values takes, and how much that varies."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln, xlog1py, xlogy

from eyeriss_jax.model.sparse_columns import columns_of
from eyeriss_jax.numerics import ceil_div, real

EXACT_BELOW = 64
"""Values up to which the variance is summed over the binomial law; beyond, the last fetch is as full as any."""


class Fetches(NamedTuple):
    """Expected fetches for some values, their variance, and how many there are if nothing is zero."""

    mean: jax.Array
    variance: jax.Array
    most: jax.Array


def fetches(values: Any, density: Any, width: Any) -> Fetches:
    """Of ``values`` values, each non-zero with ``density`` on its own, ``width`` non-zeros at a time; scalars.

    The mean holds the entries of value zero that runs of more than 15 zeros take.
    """
    values, density, width = real(values), real(density), real(width)
    mean = jnp.where(values > 0, columns_of(values, density, width).words, 0.0)
    nonzeros = jnp.arange(EXACT_BELOW + 1.0)
    possible = nonzeros <= values
    others = jnp.where(possible, values - nonzeros, 0.0)
    ways = gammaln(values + 1.0) - gammaln(nonzeros + 1.0) - gammaln(others + 1.0)
    chance = jnp.where(possible, jnp.exp(ways + xlogy(nonzeros, density) + xlog1py(others, -density)), 0.0)
    taken = ceil_div(nonzeros, width)
    few = (chance * taken**2).sum() - (chance * taken).sum() ** 2
    many = (values * density * (1.0 - density) + (width**2 - 1.0) / 12.0) / width**2
    variance = jnp.where(values <= EXACT_BELOW, few, jnp.where(density < 1.0, many, 0.0))
    return Fetches(mean, jnp.maximum(variance, 0.0), ceil_div(values, width))
