"""PE designs over the plane of densities: what each would do, compressed and raw, in one batched call."""

import itertools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.density import Densities, PeGroup, check_density, raw_stats, window_stats
from eyeriss_jax.model.sparse import Queues, window_cycles
from eyeriss_jax.model.sparse_columns import MAX_LANES, expected_words, expected_worst_slots
from eyeriss_jax.numerics import ceil_div, real

PAIRS_PER_BEAT = 2
"""Compressed weights that a 24-bit port brings per cycle."""

VALUES_PER_BEAT = 3
"""Raw weights that it brings."""


class Designs(NamedTuple):
    """PE designs, [D] each: pair slots of the weight SPad, lanes (each with its psum port), and the tile M0 x C0."""

    spad_pairs: Any
    lanes: Any
    M0: Any
    C0: Any


class Surroundings(NamedTuple):
    """What all designs share: a 1x1 layer on a chain of ``chain`` PEs with ``m_tiles`` side by side.

    ``positions``: windows for which weights stay. ``weight_tiles``: tiles of a layer, the largest of which must fit.
    ``correlations``: of iacts and of weights within a channel.
    """

    chain: Any
    m_tiles: Any
    positions: Any
    psum_fifo: Any
    weight_tiles: Any
    iact_correlation: Any
    weight_correlation: Any


class Throughput(NamedTuple):
    """Nominal MACs per cycle and PE, compressed and raw (0 where the tile does not fit), and the MACs' busy share.

    ``utilization``: effectual MACs per cycle over the lanes, compressed.
    """

    compressed: Any
    raw: Any
    utilization: Any


def all_designs(
    spad_pairs: tuple[int, ...], lanes: tuple[int, ...], M0: tuple[int, ...], C0: tuple[int, ...]
) -> Designs:
    """Every combination, [D].

    Raises:
        SpecError: no value for a field, one below 1, or more lanes than the laws hold for.
    """
    for name, values in (("spad_pairs", spad_pairs), ("lanes", lanes), ("M0", M0), ("C0", C0)):
        if not values or min(values) < 1:
            raise SpecError(f"PE designs: {name} = {values} must name positive numbers")
    if max(lanes) > MAX_LANES:
        raise SpecError(f"PE designs: {max(lanes)} lanes exceed the {MAX_LANES} for which the laws hold")
    columns = np.asarray(list(itertools.product(spad_pairs, lanes, M0, C0)), np.float32).T
    return Designs(*columns)


def throughput(design: Designs, iact: Any, weight: Any, around: Surroundings) -> Throughput:
    """One design at one point of the plane; all scalars."""
    group = PeGroup(design.M0, design.C0, 1, design.lanes, around.chain, around.chain, around.m_tiles)
    densities = Densities(iact, weight, around.iact_correlation, around.weight_correlation)
    queues = Queues(around.psum_fifo, around.positions)
    cycles = window_cycles(window_stats(densities, group), design.M0, design.lanes, around.chain, queues).total
    words = design.C0 * expected_words(design.M0, weight, design.lanes)
    slots = expected_worst_slots(
        design.M0, design.C0, weight, design.lanes, around.weight_tiles, around.weight_correlation
    )
    macs = design.M0 * design.C0
    compressed = macs / (cycles + words * design.lanes / PAIRS_PER_BEAT / around.positions)
    compressed = jnp.where(slots <= design.spad_pairs, compressed, 0.0)

    raw_cycles = window_cycles(raw_stats(group), design.M0, design.lanes, around.chain, queues).total
    raw_slots = design.C0 * design.lanes * ceil_div(design.M0, design.lanes)
    raw = macs / (raw_cycles + macs / VALUES_PER_BEAT / around.positions)
    raw = jnp.where(raw_slots <= design.spad_pairs, raw, 0.0)
    return Throughput(compressed, raw, compressed * real(iact) * weight / design.lanes)


@jax.jit
def _plane(designs: Designs, iact: jax.Array, weight: jax.Array, around: Surroundings) -> Throughput:
    over_weight = jax.vmap(throughput, (None, None, 0, None))
    over_iact = jax.vmap(over_weight, (None, 0, None, None))
    return jax.vmap(over_iact, (0, None, None, None))(designs, iact, weight, around)


def plane(designs: Designs, iact: np.ndarray, weight: np.ndarray, around: Surroundings) -> Throughput:
    """All designs [D] at all iact [A] and weight [B] densities: [D, A, B] each.

    Raises:
        SpecError: a density outside [0, 1].
    """
    for name, densities in (("iacts", iact), ("weights", weight)):
        for density in densities:
            check_density(name, float(density))
    return _plane(designs, jnp.asarray(iact), jnp.asarray(weight), around)
