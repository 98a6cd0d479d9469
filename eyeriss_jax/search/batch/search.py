"""One law, many points: the best mapping of a layer for each of many designs, by nested ``vmap`` of ``evaluate``.

    for some mappings                      on a CPU a loop, on a GPU or TPU all at once
      for some designs                     likewise
        costs[D, N] = vmap over designs of vmap over mappings of evaluate
        best[D]     = the better of best[D] and the least of costs[D, :]

``vmap`` leaves alone what does not depend on its axis: how a mapping falls into tiles is computed once for all designs.
What is known of the best mappings beside their cost is one more ``evaluate`` of each (:mod:`.facts`).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.batch.blocks import Blocks
from eyeriss_jax.search.batch.candidates import Candidates, Choice, choices_at, pairs_with_all_inners
from eyeriss_jax.search.objectives import OBJECTIVES

SHAPE_LEAVES: tuple[str, ...] = (
    *(*AXES, "lanes", "spad_words", "reduces", "chained", "sparse_pe"),
    *("noc_is_mesh", "overlap", "sends_windows_ahead", "glb_keeps", "oacts_bypass_glb", "gates_zero_iacts"),
)
"""What the fields in :data:`eyeriss_jax.search.space.axes.SHAPE_FIELDS` set; the rest prices and times the traffic."""


class Best(NamedTuple):
    """Per design ``[D]``: the best objective, its tie-breaker, and the index of the mapping that has them.

    Where no mapping fits, the objective is infinite and the index means nothing.
    """

    primary: Any
    secondary: Any
    index: Any


def machine_axes(machines: AcceleratorArrays) -> AcceleratorArrays:
    """For ``vmap`` over designs: where each leaf has them, which is nowhere for :data:`SHAPE_LEAVES`."""
    axes = jax.tree.map(lambda _: 0, machines)
    return axes.replace(**{name: jax.tree.map(lambda _: None, getattr(machines, name)) for name in SHAPE_LEAVES})


def best_mappings(
    machines: AcceleratorArrays,
    layer: LayerArrays,
    candidates: Candidates,
    blocks: Blocks,
    conventions: Conventions,
    objective: str,
    designs: Any = None,
) -> Best:
    """The best mapping of one layer for each of D designs of one array shape.

    Args:
        machines: the designs, leaves ``[D]``; those of :data:`SHAPE_LEAVES` scalars.
        layer: the layer, scalars.
        candidates: the mappings to try. Their counts are traced: one program serves every layer and array shape.
        blocks: how many mappings to evaluate at once.
        conventions: what counts as an access.
        objective: what makes a mapping best; ties go to its second metric, then to the smaller index.
        designs: how many of the designs, from the first on, are wanted, traced; all, if not given.
    """
    designs = machines.clock_hz.shape[0] if designs is None else designs
    K, D = candidates.inner.shape[-1], machines.clock_hz.shape[0]
    most = candidates.parts.shape[0] * candidates.orders.shape[0]
    Q = max(1, min(most, blocks.mappings // K))  # pairs (tiling, orders) in a step
    count = candidates.parts_count * candidates.orders_count

    def cost(machine: AcceleratorArrays, choice: Choice) -> tuple[jax.Array, jax.Array]:
        found = evaluate(machine, layer, choice.mapping(layer, conventions), conventions, in_stages=blocks.in_stages)
        primary, secondary = OBJECTIVES[objective](found)
        usable = (found.code == 0) & (primary == primary)  # a NaN would win over its whole block
        return jnp.where(usable, primary, jnp.inf), secondary

    costs = jax.vmap(jax.vmap(cost, (None, -1)), (machine_axes(machines), None))

    def step(number: jax.Array | int, best: Best) -> Best:
        pairs = jnp.minimum(number * Q + jnp.arange(Q, dtype=jnp.int32), count - 1)  # the last one again, if too many
        index = (pairs[:, None] * K + jnp.arange(K, dtype=jnp.int32)[None, :]).reshape(-1)
        all_at_once = blocks.designs is None
        choices = pairs_with_all_inners(candidates, pairs) if all_at_once else choices_at(candidates, index)

        def improved(machines: AcceleratorArrays, best: Best) -> Best:
            return _better(best, _least(*costs(machines, choices), index))

        if blocks.designs is None:
            return improved(machines, best)
        return _block_by_block(improved, machines, best, min(blocks.designs, D), designs)

    nothing = jnp.full(D, jnp.inf)
    start = Best(nothing, nothing, jnp.zeros(D, jnp.int32))
    if most == Q and blocks.designs is None:
        return step(0, start)
    return lax.fori_loop(0, (count + Q - 1) // Q, step, start)


def _block_by_block(
    improved: Callable[[AcceleratorArrays, Best], Best], machines: AcceleratorArrays, best: Best, block: int, count: Any
) -> Best:
    """``improved`` on the first ``count`` designs, a block of them after the other."""
    axes = machine_axes(machines)
    D = machines.clock_hz.shape[0]

    def step(number: jax.Array, best: Best) -> Best:
        first = jnp.minimum(number * block, D - block)  # the last block may do some designs again: nothing changes

        def here(x: jax.Array) -> jax.Array:
            return lax.dynamic_slice_in_dim(x, first, block)

        some = jax.tree.map(lambda axis, x: x if axis is None else here(x), axes, machines, is_leaf=lambda x: x is None)
        new = improved(some, jax.tree.map(here, best))
        return jax.tree.map(lambda whole, part: lax.dynamic_update_slice_in_dim(whole, part, first, 0), best, new)

    return lax.fori_loop(0, (count + block - 1) // block, step, best)


def _least(primary: jax.Array, secondary: jax.Array, index: jax.Array) -> Best:
    """The best of the mappings ``[N]`` for each design, of costs ``[D, N]``."""
    first = primary.min(1)
    tied = primary == first[:, None]
    second = jnp.where(tied, secondary, jnp.inf).min(1)
    tied &= secondary == second[:, None]
    return Best(first, second, jnp.where(tied, index[None, :], jnp.iinfo(jnp.int32).max).min(1))


def _better(old: Best, new: Best) -> Best:
    """The better of two per design; the older one where they cost the same, as its index is smaller."""
    better = (new.primary < old.primary) | ((new.primary == old.primary) & (new.secondary < old.secondary))
    return Best(*(jnp.where(better, x, y) for x, y in zip(new, old, strict=True)))
