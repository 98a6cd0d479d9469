"""The stationarity law: how often a tile is fetched, given the loop orders.

A tile stays where it is while only loops that are irrelevant to it advance. So the irrelevant loops *inside*
the innermost relevant loop that iterates cost nothing, and this carries across the GLB level into DRAM when no
relevant GLB loop iterates at all. Whether a loop iterates depends on the DRAM tile (the last one may be a
single step), so the words are summed three times: over all array tiles, over those for which no relevant loop
inside the irrelevant ones iterates, and over those that are alone in their DRAM tile. What a PE holds of iacts and
psums belongs to one output position, so tiles of several positions stream through it and never stay.
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dims import GROUPS, IRRELEVANT_GROUP, Dims, product
from eyeriss_jax.model.tiling import Level, Scalar, Sums, Tiles
from eyeriss_jax.numerics import ceil_div, real, straight_through

GROUP_OF: dict[str, str] = {dim: group for group, members in GROUPS.items() for dim in members}

Pick = Callable[[str, Sums], Scalar]
Words = Callable[[Pick], Scalar]


class Repeats(NamedTuple):
    """How often the irrelevant loops make a tile come again (each time weighted with the copies then needed).

    ``every_step``: once per irrelevant step. ``every_dram_step``: once per irrelevant DRAM tile. ``once``: at the
    very first step only.
    """

    every_step: Scalar
    every_dram_step: Scalar
    once: Scalar


def repeats(data_type: str, dims: Dims) -> Repeats:
    """Repeats of a tile of ``data_type`` that is read once for all PEs that share it."""
    irrelevant = [dims[dim] for dim in GROUPS[IRRELEVANT_GROUP[data_type]]]
    steps, dram_steps = product(t.arrays.count for t in irrelevant), product(t.dram_steps for t in irrelevant)
    return Repeats(steps, dram_steps, real(1))


def copies(data_type: str, dims: Dims) -> Repeats:
    """Repeats of a tile of ``data_type`` that every PE along its irrelevant dimensions has a copy of."""
    return Repeats(*map(product, _copies(data_type, dims, lambda t: t.pes, lambda t, size: t.places(size))))


def further_clusters(data_type: str, dims: Dims) -> Repeats:
    """Repeats of a tile of ``data_type`` at the clusters along its irrelevant dimensions, less those at the first."""
    each = _copies(data_type, dims, lambda t: t.clusters, lambda t, size: ceil_div(size, t.cluster))
    first = _copies(data_type, dims, lambda t: t.arrays, lambda _, size: jnp.where(size > 0, 1.0, 0.0))
    return Repeats(*(_excess(some, one) for some, one in zip(each, first, strict=True)))


@straight_through(lambda counts, least: product(counts) - product(least))
def _excess(counts: list[Scalar], least: list[Scalar]) -> Scalar:
    """The product of ``counts`` less that of ``least``; exactly 0 where they are the same, however they are rounded."""
    differ = reduce(or_, (a != b for a, b in zip(counts, least, strict=True)))
    return jnp.where(differ, product(counts) - product(least), 0.0)


def _copies(
    data_type: str, dims: Dims, holders: Callable[[Tiles], Level], places: Callable[[Tiles, Scalar], Scalar]
) -> tuple[list[Any], list[Any], list[Any]]:
    """The factors of :class:`Repeats`, one per irrelevant dimension."""
    irrelevant = [dims[dim] for dim in GROUPS[IRRELEVANT_GROUP[data_type]]]
    return (
        [holders(t).count for t in irrelevant],
        [sum(n * places(t, size) for n, size in zip(t.dram_counts, t.first_tiles(), strict=True)) for t in irrelevant],
        [places(t, t.first) for t in irrelevant],
    )


def _inside(order: LoopOrder, group: str, outer: str) -> jax.Array:
    """Whether ``group`` loops inside ``outer`` under ``order``."""
    return jnp.asarray(getattr(order, group)) > jnp.asarray(getattr(order, outer))


def iterates_inside(data_type: str, dims: Dims, order: LoopOrder) -> jax.Array:
    """Whether a DRAM loop that is relevant to ``data_type`` iterates inside its irrelevant DRAM loops."""
    group = IRRELEVANT_GROUP[data_type]
    result = jnp.asarray(False)
    for other, members in GROUPS.items():
        if other != group:
            result |= _inside(order, other, group) & (product(dims[d].dram_steps for d in members) > 1)
    return result


class Fetches(NamedTuple):
    """The fetch pattern of one data type under a mapping: which tiles stay while irrelevant loops advance.

    With ``at_least`` it is the fewest fetches over all loop orders and all DRAM tilings in whole array tiles: what
    streams through the PE position by position comes again at every irrelevant step whatever the order; of the rest
    each tile comes at least once.
    """

    inside: dict[str, jax.Array]
    across_dram: jax.Array
    at_least: jax.Array

    def words(self, words: Words, again: Repeats) -> Scalar:
        """Words that move over the whole layer.

        ``words(pick)`` multiplies what one fetch of every tile moves, taking ``pick(dim, sums)`` of each relevant
        dimension; ``again`` says what the irrelevant loops multiply it with.
        """

        def steady(dim: str, sums: Sums) -> Scalar:
            group = GROUP_OF.get(dim)
            return sums.still if group is None else jnp.where(self.inside[group], sums.alone, sums.still)

        every, calm, alone = words(lambda _, s: s.every), words(steady), words(lambda _, s: s.alone)
        in_dram = jnp.where(self.at_least, again.once, again.every_dram_step)
        last = jnp.where(self.across_dram, in_dram, again.once)
        return again.every_step * (every - calm) + in_dram * (calm - alone) + last * alone


class HeldFetches(NamedTuple):
    """The fetches of a data type that the RF may have no room for (``rf_words`` 0): then all comes at every step."""

    held: Fetches
    rf_words: Scalar

    def words(self, words: Words, again: Repeats) -> Scalar:
        """As :meth:`Fetches.words`."""
        streamed = again.every_step * words(lambda _, s: s.every)
        return jnp.where(self.rf_words > 0, self.held.words(words, again), streamed)


def fetches(
    data_type: str, dims: Dims, mapping: MappingArrays, *, carries: bool, at_least: jax.typing.ArrayLike = False
) -> Fetches:
    """The fetch pattern of ``data_type``; ``carries``: a tile may stay while the DRAM tile around it changes."""
    group = IRRELEVANT_GROUP[data_type]
    bound = jnp.asarray(at_least)
    inside = {other: _inside(mapping.glb_order, other, group) & ~bound for other in GROUPS if other != group}
    across_dram = iterates_inside(data_type, dims, mapping.dram_order) if carries else jnp.asarray(True)
    return Fetches(inside, across_dram, bound)
