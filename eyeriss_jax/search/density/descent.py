"""Gradient descent over weight densities on the surface where an accuracy proxy meets its budget.

The variables are logarithms of the densities, in a box. After every step all densities below their upper bounds are
moved together until the proxy meets the budget (a retraction by bisection), and the gradient is projected onto what
such moves leave free. So every iterate meets the budget, no multiplier has to be tuned, and a layer that gains nothing
from zeros rises to its upper bound, where it stays until its gradient calls it back.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from eyeriss_jax.numerics import safe_div

BISECTIONS = 30
"""Halvings of the common shift; from a factor of 100 in density down to one of 1 + 4e-9."""

AT_BOUND = 1e-9
"""A logarithm of a density that close to its upper bound is at it."""

Scalar = Callable[[jax.Array], jax.Array]


class Box(NamedTuple):
    """Logarithms of the smallest and largest densities, ``[L]`` each."""

    least: jax.Array
    most: jax.Array


class Undefined(NamedTuple):
    """Where the proxy was first NaN, or its gradient not finite: ``found``, the densities, the value and gradient."""

    found: jax.Array
    densities: jax.Array
    value: jax.Array
    gradient: jax.Array

    def noting(self, densities: jax.Array, value: jax.Array, gradient: jax.Array) -> "Undefined":
        """This, unless it is empty and the proxy is undefined here."""
        bad = jnp.isnan(value) | ~jnp.isfinite(gradient).all()
        here = Undefined(bad, densities, value, gradient)
        return jax.tree.map(lambda old, new: jnp.where(self.found, old, new), self, here)


class Descent(NamedTuple):
    """Best densities ``[L]`` with their cost, every step's cost and loss ``[steps]``, and where the proxy failed."""

    densities: jax.Array
    cost: jax.Array
    costs: jax.Array
    losses: jax.Array
    undefined: Undefined


def descend(cost: Scalar, proxy: Scalar, start: jax.Array, box: Box, budget: Any, steps: int, rate: float) -> Descent:
    """``steps`` steps of Adam from the logarithms ``start`` ``[L]``, the rate falling to 0 as a cosine.

    Args:
        cost: of densities ``[L]``; positive, its logarithm is minimised.
        proxy: of densities ``[L]``; at most ``budget`` at the upper bounds.
        start: logarithms of densities ``[L]``; need not meet the budget.
        box: the bounds.
        budget: the largest loss.
        steps: how many.
        rate: the first step in the logarithm of a density.
    """
    adam = optax.adam(optax.cosine_decay_schedule(rate, steps))

    def step(carry: Any, _: None) -> Any:
        x, state, best, undefined = carry
        x, undefined = onto_budget(proxy, x, box, budget, undefined)
        value, slope = jax.value_and_grad(lambda x: jnp.log(cost(jnp.exp(x))))(x)
        loss, loss_slope = jax.value_and_grad(lambda x: proxy(jnp.exp(x)))(x)
        undefined = undefined.noting(jnp.exp(x), loss, loss_slope)
        best = jax.tree.map(lambda old, new: jnp.where(value < best[1], new, old), best, (x, value))
        updates, state = adam.update(along_budget(slope, loss_slope, movable(x, box)), state)
        moved: Any = optax.apply_updates(x, updates)
        return (jnp.clip(moved, box.least, box.most), state, best, undefined), (value, loss)

    nowhere = Undefined(jnp.zeros((), bool), start, jnp.zeros(()), start)
    first = (start, adam.init(start), (start, jnp.full((), jnp.inf)), nowhere)
    (_, _, best, undefined), (values, losses) = jax.lax.scan(step, first, None, steps)
    return Descent(jnp.exp(best[0]), jnp.exp(best[1]), jnp.exp(values), losses, undefined)


def movable(x: jax.Array, box: Box) -> jax.Array:
    """The layers below their upper bound, or all where there are none: 1 or 0 each."""
    below = x < box.most - AT_BOUND
    return jnp.where(below.any(), below, True).astype(x.dtype)


def along_budget(slope: jax.Array, loss_slope: jax.Array, moves: jax.Array) -> jax.Array:
    """``slope`` less the multiple of ``loss_slope`` that a common shift of the layers in ``moves`` undoes."""
    return slope - safe_div((slope * moves).sum(), (loss_slope * moves).sum()) * loss_slope


def onto_budget(
    proxy: Scalar, x: jax.Array, box: Box, budget: Any, undefined: Undefined
) -> tuple[jax.Array, Undefined]:
    """``x`` with its movable layers shifted together as far down as the budget allows, or up until it does."""
    moves = movable(x, box)

    def shifted(shift: jax.Array) -> jax.Array:
        return jnp.clip(x + shift * moves, box.least, box.most)

    def halve(_: int, carry: Any) -> Any:
        low, high, undefined = carry
        middle = (low + high) / 2
        densities = jnp.exp(shifted(middle))
        loss = proxy(densities)
        undefined = undefined.noting(densities, loss, jnp.zeros_like(x))
        meets = loss <= budget
        return jnp.where(meets, low, middle), jnp.where(meets, middle, high), undefined

    ends = ((box.least - x).min(), (box.most - x).max())
    _, high, undefined = jax.lax.fori_loop(0, BISECTIONS, halve, (*ends, undefined))
    return shifted(high), undefined
