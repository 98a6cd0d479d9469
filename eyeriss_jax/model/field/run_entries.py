"""Entries of a column of weights that are stored as (zeros before it, value): mean and variance for random weights.

A run of more zeros than an entry can tell takes entries of value zero, one per L = ``longest_run`` + 1 zeros before a
non-zero. Read from the end of the column, an entry follows the one before it after a geometric number of weights, but
no more than L of them: a renewal process, whose first arrival alone has no such limit. With density d and q = 1 - d an
entry lies at weight t, and at distance k from another one, with probability::

    a(t) = d·sum(q**(j·L), j·L < t)        u(k) = d·sum(q**(j·L), j·L < k) + (q**k where L divides k)
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from eyeriss_jax.numerics import ceil_div, positive_part, real, safe_div


class Entries(NamedTuple):
    """Entries of a column: expected number, variance, and the probability that there is none."""

    mean: jax.Array
    variance: jax.Array
    none: jax.Array


def run_entries(length: Any, density: Any, longest_run: Any) -> Entries:
    """Of a column of ``length`` weights, each non-zero with ``density`` on its own; exact, scalars.

    The loop over the weights of the column leaves derivatives in the density to forward mode.
    """
    length, density, reach = real(length), real(density), real(longest_run) + 1.0
    zero = 1.0 - density

    def starts(weights: jax.Array) -> jax.Array:
        """The geometric sum of both probabilities, of as many terms as runs begin within ``weights``."""
        return density * safe_div(1.0 - zero ** (reach * ceil_div(weights, reach)), 1.0 - zero**reach)

    def further(index: jax.Array, sums: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, ...]:
        """One more weight between an entry and the end of the column."""
        mean, pairs, after = sums
        distance = real(index)
        whole = (jnp.mod(distance, reach) == 0) & (distance > 0)
        after = after + starts(distance) + jnp.where(whole, zero**distance, 0.0)
        here = starts(length - distance)
        return mean + here, pairs + here * after, after

    none = real(0.0)
    mean, pairs, _ = lax.fori_loop(0, length.astype(int), further, (none, none, none))
    return Entries(mean, positive_part(2.0 * pairs + mean - mean**2), zero**length)
