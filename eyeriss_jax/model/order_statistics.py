"""Expected extremes of normal variables: how much later than the average the last of n is."""

from typing import Any

import jax
import jax.numpy as jnp

from eyeriss_jax.numerics import maximum, real

_BLOM = 0.375
"""Plotting position of normal order statistics (Blom 1958)."""


def expected_maximum(n: Any) -> jax.Array:
    """Expected maximum of ``n`` >= 1 independent standard normal variables; 0 for one, within 5 % from two on.

    The normal quantile is Hastings' rational approximation (Abramowitz and Stegun 26.2.23), off by less than 0.0005: a
    tenth of the cost of the exact one.
    """
    n = real(n)
    t = jnp.sqrt(-2.0 * jnp.log((1.0 - _BLOM) / (n + 1.0 - 2.0 * _BLOM)))
    numerator = 2.515517 + t * (0.802853 + t * 0.010328)
    denominator = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    return maximum(t - numerator / denominator, 0.0)


def expected_passage(n: Any) -> jax.Array:
    """Expected delay of a train of jobs through ``n`` queues in a row, in standard deviations of the train's work.

    Without limits on the queues, N jobs of mean 1 and standard deviation s through n stations take
    N + s·sqrt(N)·(this): the largest eigenvalue of an n x n Gaussian unitary matrix (Baryshnikov 2001),
    2·sqrt(n) - 1.7711·n**(-1/6) for large n and 0 for one station.
    """
    n = real(n)
    return jnp.where(n > 1, 2.0 * jnp.sqrt(n) - 1.7711 * n ** (-1.0 / 6.0), 0.0)
