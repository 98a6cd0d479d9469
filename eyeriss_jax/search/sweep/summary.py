"""What a device keeps of the designs that it has seen: front, best, marginals and what binds. Its size is fixed.

Every part is an exact reduction (maxima, integer sums, sets with ties decided by the smaller index), so a summary
does not depend on the order, the chunks or the devices that designs came in: summaries merge bit for bit.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import lax

from eyeriss_jax.model.eyexam import LOSSES

LOG_SCALE = 4096
"""Logarithms are added up as integers of this many parts of a bit, in two halves that cannot overflow."""

SHARE_SCALE = 1 << 14
"""Shares are added up as integers of this many parts."""

MOST_DESIGNS = 1 << 16
"""Designs that one summary can hold without its integers overflowing."""


class Kept(struct.PyTreeNode):
    """Some designs: objective values ``[O, N]`` (more is better), index in the part ``[N]`` and rows ``[columns, N]``.

    Free places have the index -1 and values of minus infinity.
    """

    values: Any
    index: Any
    rows: Any


class Summary(struct.PyTreeNode):
    """The summary of a part. V values of all axes, O objectives.

    ``front``: the designs that no other dominates; ``overflow``: there were more than it holds. ``top``: the best by
    the first objective. ``seen``, ``feasible``: numbers of designs. Per axis value: ``count`` ``[V]`` feasible designs,
    ``best`` ``[O, V]`` values, and ``log_high``, ``log_low`` ``[O, V]`` the sum of log2 of the objectives.
    ``binds`` ``[losses]``: designs whose largest loss it is; ``shares`` ``[1 + losses]``: sum of the shares. ``excess``
    ``[2, targets]``: log2 of how far outside each target the closest design is, of all designs and of those that meet
    every other target; negative inside, infinite where there is none. Without targets it has one column, as an empty
    array has no place on several devices.
    """

    front: Kept
    overflow: Any
    top: Kept
    seen: Any
    feasible: Any
    count: Any
    best: Any
    log_high: Any
    log_low: Any
    binds: Any
    shares: Any
    excess: Any


def empty_summary(objectives: int, columns: int, values: int, front: int, top: int, targets: int = 0) -> Summary:
    """The summary of no designs, as NumPy arrays."""

    def kept(places: int) -> Kept:
        return Kept(
            values=np.full((objectives, places), -np.inf, np.float32),
            index=np.full(places, -1, np.int32),
            rows=np.zeros((columns, places), np.float32),
        )

    def zeros(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.int32)

    return Summary(
        front=kept(front),
        overflow=np.zeros((), bool),
        top=kept(top),
        seen=zeros(),
        feasible=zeros(),
        count=zeros(values),
        best=np.full((objectives, values), -np.inf, np.float32),
        log_high=zeros(objectives, values),
        log_low=zeros(objectives, values),
        binds=zeros(len(LOSSES)),
        shares=zeros(1 + len(LOSSES)),
        excess=np.full((2, max(1, targets)), np.inf, np.float32),
    )


def dominates(a: jax.Array, b: jax.Array, a_index: jax.Array, b_index: jax.Array) -> jax.Array:
    """``[A, B]``: design a is at least as good as b in all objectives, and better in one or first among equals."""
    no_worse = (a[:, :, None] >= b[:, None, :]).all(0)
    better = (a[:, :, None] > b[:, None, :]).any(0)
    return no_worse & (better | (a_index[:, None] < b_index[None, :]))


def _chosen(kept: Kept, order: jax.Array, alive: jax.Array) -> Kept:
    """The designs at ``order``; places that are not ``alive`` are emptied."""
    return Kept(
        values=jnp.where(alive[None, :], kept.values[:, order], -jnp.inf),
        index=jnp.where(alive, kept.index[order], -1),
        rows=jnp.where(alive[None, :], kept.rows[:, order], 0.0),
    )


def add_to_front(front: Kept, new: Kept) -> tuple[Kept, jax.Array]:
    """The front of both, and whether it had more designs than fit."""
    held = front.index >= 0
    fresh = new.index >= 0
    beaten_held = (dominates(new.values, front.values, new.index, front.index) & fresh[:, None]).any(0)
    beaten_new = (dominates(front.values, new.values, front.index, new.index) & held[:, None]).any(0)
    beaten_new |= (dominates(new.values, new.values, new.index, new.index) & fresh[:, None]).any(0)
    alive = jnp.concatenate([held & ~beaten_held, fresh & ~beaten_new])
    both = jax.tree.map(lambda x, y: jnp.concatenate([x, y], -1), front, new)
    places = front.index.shape[0]
    order = jnp.argsort(~alive, stable=True)[:places]
    return _chosen(both, order, alive[order]), alive.sum() > places


def add_to_top(top: Kept, new: Kept) -> Kept:
    """The best of both by the first objective; of equal ones the smaller index."""
    both = jax.tree.map(lambda x, y: jnp.concatenate([x, y], -1), top, new)
    places = top.index.shape[0]
    value = jnp.where(both.index >= 0, both.values[0], -jnp.inf)
    _, index, order = lax.sort((-value, both.index, jnp.arange(value.shape[0])), num_keys=2)
    del index
    order = order[:places]
    return _chosen(both, order, both.index[order] >= 0)


def add(
    summary: Summary, new: Kept, seen: jax.Array, logs: jax.Array, digits: jax.Array, radices: tuple[int, ...],
    shares: jax.Array,
) -> Summary:  # fmt: skip
    """``summary`` with some designs more.

    Args:
        summary: what was seen before.
        new: D designs; infeasible ones have the index -1.
        seen: how many designs these are, infeasible ones included.
        logs: log2 of the objectives ``[O, D]``.
        digits: the chosen value of each axis ``[axes, D]``.
        radices: values of each axis.
        shares: shares of cycles, useful ones first ``[1 + losses, D]``.
    """
    feasible = new.index >= 0
    front, overflow = add_to_front(summary.front, new)
    has = jnp.concatenate([jnp.arange(n)[:, None] == digits[i][None, :] for i, n in enumerate(radices)])
    has &= feasible[None, :]
    fixed = jnp.round(jnp.where(feasible, logs, 0.0) * LOG_SCALE).astype(jnp.int32)
    high, low = fixed >> 12, fixed & 4095

    def summed(x: jax.Array) -> jax.Array:
        return jnp.where(has[None], x[:, None, :], 0).sum(-1, dtype=jnp.int32)

    losing = jnp.argmax(shares[1:], axis=0)
    bound = (jnp.arange(len(LOSSES))[:, None] == losing[None, :]) & feasible[None, :] & (shares[1:].max(0) > 0)[None, :]
    parts = jnp.round(jnp.where(feasible[None, :], shares, 0.0) * SHARE_SCALE).astype(jnp.int32)
    return Summary(
        front=front,
        overflow=summary.overflow | overflow,
        top=add_to_top(summary.top, new),
        seen=summary.seen + seen,
        feasible=summary.feasible + feasible.sum(dtype=jnp.int32),
        count=summary.count + has.sum(-1, dtype=jnp.int32),
        best=jnp.maximum(summary.best, jnp.where(has[None], new.values[:, None, :], -jnp.inf).max(-1)),
        log_high=summary.log_high + summed(high),
        log_low=summary.log_low + summed(low),
        binds=summary.binds + bound.sum(-1, dtype=jnp.int32),
        shares=summary.shares + parts.sum(-1, dtype=jnp.int32),
        excess=summary.excess,
    )


def add_excess(summary: Summary, excess: jax.Array) -> Summary:
    """``summary`` with how far outside its targets some designs more are, ``[targets, D]`` (infinite: unknown)."""
    met = (excess <= 0).astype(jnp.int32)
    others = met.sum(0)[None] - met == len(met) - 1
    closest = [excess.min(-1, initial=jnp.inf), jnp.where(others, excess, jnp.inf).min(-1, initial=jnp.inf)]
    return summary.replace(excess=jnp.minimum(summary.excess, jnp.stack(closest)))
