"""The mappings that a sweep tries: a shortlist per layer and array shape, chosen by an estimate of time and traffic.

A certified search (:mod:`eyeriss_jax.search.mapping.mapper`) looks at all of a mapspace of up to 10^8 points and takes
a second a layer. A sweep cannot, so it evaluates the whole model on a shortlist: the ``inner`` choices (spatial plan x
PE tile) that rank best by an estimate (:mod:`eyeriss_jax.search.sweep.estimate`), each with few DRAM tilings, in powers
of two where the dataflow leaves the number free, and all loop orders that differ. The estimate only decides what is
tried, never what a mapping costs. How far the shortlist stays from the optimum is measured in
``tests/search/sweep/test_shortlist.py`` and printed by the sweep for its best designs.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from operator import attrgetter

import numpy as np

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.dataflow import Dataflow, skips_zeros
from eyeriss_jax.dataflow.mapspace import short_plans
from eyeriss_jax.dims import DIMS, GROUPS, TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.search.sweep.estimate import Choice, estimate

_PLANS, _SPARSE_PLANS = 192, 768
_TILES = 48
"""Plans and PE tiles that the estimate compares in full; MAC cycles tell little of a plan for a layer whose zeros are
skipped."""

_FIRST = 12
"""Plans under which the PE tiles to compare are chosen."""


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """Candidates of one layer on one array shape.

    ``inner`` ``[5, 8, K]``, K choices at most: factors on the four axes and the PE tile. ``parts`` ``[P, 8]``: numbers
    of DRAM tiles. ``orders`` ``[B, 2, 3]``: ranks of the loop groups in the DRAM and the GLB order. ``plan_cycles``:
    compute cycles of the fastest plan with unlimited storage.
    """

    inner: np.ndarray
    parts: np.ndarray
    orders: np.ndarray
    plan_cycles: float

    @property
    def size(self) -> int:
        """Number of mappings."""
        return self.inner.shape[-1] * len(self.parts) * len(self.orders)


def shortlist(
    layer: Layer, machines: tuple[Accelerator, ...], inners: int, tilings: int, conventions: Conventions = OURS
) -> Shortlist:
    """The shortlist of ``layer``.

    Args:
        layer: the layer.
        machines: one array shape with its smallest and its largest GLB (one machine if they are the same).
        inners: the most spatial plans x PE tiles to keep, K.
        tilings: the most DRAM tilings to keep, P.
        conventions: what counts as an access; only whether a PE has one RF for all data types matters.

    Raises:
        SpecError: no PE tile fits the SPads, or the dataflow cannot use the array.
    """
    flow = dataflow(machines[0].dataflow)
    _check_spads(machines[0], conventions)
    plans, cycles = _plans(layer, machines[0], flow)
    tiles = _tiles(layer, machines, flow)
    chosen = _best_inners(layer, machines, plans, tiles, inners)
    tiled = {d: parts for machine in machines for d, parts in flow.short_dram_choices(layer, machine).items()}
    return Shortlist(
        inner=chosen, parts=_parts(tiled, tilings), orders=_orders(layer, machines, flow), plan_cycles=cycles
    )


def _check_spads(machine: Accelerator, conventions: Conventions) -> None:
    """Refuses PEs that lack a SPad, where each data type has one of its own."""
    lacking = [t for t in TYPES if machine.spad_words[t] < 1]
    if lacking and not conventions.one_rf:
        raise SpecError(
            f"the PEs of {machine.name!r} have no SPad for {' and '.join(lacking)}; enlarge spad_words, or count by "
            "conventions = isca16, under which the data types share one RF"
        )


def _plans(layer: Layer, machine: Accelerator, flow: Dataflow) -> tuple[dict[str, Choice], float]:
    """The plans with the fewest compute cycles, factors per axis ``[A]``, and those cycles with unlimited storage."""
    plans, cycles = short_plans(layer, machine, flow)
    most = _SPARSE_PLANS if skips_zeros(layer, machine) else _PLANS
    return {axis: {d: plans[axis][d][:most] for d in DIMS} for axis in AXES}, float(cycles[0])


def _tiles(layer: Layer, machines: tuple[Accelerator, ...], flow: Dataflow) -> Choice:
    """All PE tiles ``[T]`` that fit the SPads."""
    shape = replace(layer, name="layer")
    found = dict.fromkeys(t for machine in machines for t in _pe_tiles(shape, machine, flow))
    if not found:
        raise SpecError(
            f"layer {layer.name!r}: no tile fits the SPads of {machines[0].name!r} under {flow.name}; enlarge the SPads"
        )
    return {d: np.array([tile[i] for tile in found], np.int64) for i, d in enumerate(DIMS)}


@lru_cache(maxsize=1024)
def _pe_tiles(layer: Layer, machine: Accelerator, flow: Dataflow) -> list[tuple[int, ...]]:
    return list(map(attrgetter(*DIMS), flow.pe_tiles(layer, machine)))


def _best_inners(
    layer: Layer, machines: tuple[Accelerator, ...], plans: dict[str, Choice], tiles: Choice, inners: int
) -> np.ndarray:
    """The plans x tiles that rank best by time and, half of them, by traffic: ``[5, 8, K]``.

    Those that fit the GLB of no machine come last; each machine has its share of the list.
    """
    first = np.arange(min(_FIRST, len(plans[AXES[0]]["M"])))
    # Where zeros are skipped, the plans of fewest MAC cycles may be bad: tiles are chosen again, under better ones.
    for _ in range(2 if skips_zeros(layer, machines[0]) else 1):
        few = {axis: {d: v[first] for d, v in factors.items()} for axis, factors in plans.items()}
        keep = _best_of([[x.min(0) for x in estimate] for estimate in _estimates(layer, machines, few, tiles)], _TILES)
        kept = {d: v[keep] for d, v in tiles.items()}
        estimates = _estimates(layer, machines, plans, kept)
        first = _best_of([[x.min(1) for x in estimate] for estimate in estimates], _FIRST)
    chosen = np.sort(_best_of([[x.ravel() for x in estimate] for estimate in estimates], inners))
    plan, tile = np.divmod(chosen, len(keep))
    factors = [[plans[axis][d][plan] for d in DIMS] for axis in AXES]
    return np.array([*factors, [kept[d][tile] for d in DIMS]], np.int32)


def _best_of(scores: list[list[np.ndarray]], count: int) -> np.ndarray:
    """Indices of the ``count`` best, in equal shares by each (time, traffic), half by the one, half by the other."""
    ranked = [np.lexsort(keys) for time, traffic in scores for keys in ((traffic, time), (time, traffic))]
    share = -(-count // len(ranked))
    found = dict.fromkeys(int(i) for order in ranked for i in order[:share])
    for i in ranked[0]:
        if len(found) >= count:
            break
        found.setdefault(int(i))
    return np.array(list(found)[:count])


def _estimates(
    layer: Layer, machines: tuple[Accelerator, ...], plans: dict[str, Choice], tiles: Choice
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Estimated cycles and energy of movement ``[A, T]`` for each machine, as they differ in the GLB only.

    Both are a million times larger where even the smallest DRAM tile exceeds the GLB.
    """
    machine = machines[0]
    tiled = dataflow(machine.dataflow).short_dram_choices(layer, machine)
    found = estimate(layer, machine, plans, tiles, {dim: max(parts) for dim, parts in tiled.items()})
    ports = np.maximum(np.maximum(found.delivery["iact"], found.delivery["weight"]), found.delivery["psum"])
    waited_for = found.delivery | {"psum": found.delivery["psum"] + found.returning}
    exposed = sum(cycles for t, cycles in waited_for.items() if t not in machine.overlap)
    busy = found.compute + found.refills + found.chain + exposed
    time = np.maximum(busy, ports) + machine.pass_ramp_cycles * found.passes
    penalties = [_penalty(each, found.glb_words) for each in machines]
    return [(time * penalty, found.moved * penalty) for penalty in penalties]


def _penalty(machine: Accelerator, words: Choice) -> np.ndarray:
    """A million where a DRAM tile with so many words in each cluster exceeds the GLB, else one."""
    spilled = sum(
        (np.maximum(words[t] * machine.word_bits[t] - machine.glb_bits[t], 0) for t in machine.glb_keeps), np.zeros(1)
    )
    return np.where(spilled > machine.glb_shared_bits, 1e6, 1.0)


def _parts(tiled: dict[str, list[int]], most: int) -> np.ndarray:
    """DRAM tilings ``[P, 8]``: every combination of the numbers of parts, thinned evenly to ``most``."""
    lists = [tiled.get(d, [1]) for d in DIMS]
    while math.prod(map(len, lists)) > most:
        longest = max(range(len(lists)), key=lambda i: len(lists[i]))
        lists[longest] = _thinned(lists[longest])
    return np.array(list(product(*lists)), np.int32)


def _thinned(options: list[int]) -> list[int]:
    """One option less, the ends kept: of the inner ones the one with the closest neighbours."""
    if len(options) <= 2:
        return options[-1:]
    ratios = [options[i + 1] / options[i - 1] for i in range(1, len(options) - 1)]
    dropped = 1 + ratios.index(min(ratios))
    return options[:dropped] + options[dropped + 1 :]


def _orders(layer: Layer, machines: tuple[Accelerator, ...], flow: Dataflow) -> np.ndarray:
    """Pairs of DRAM and GLB loop orders that can differ, as ranks ``[B, 2, 3]``."""
    pairs = dict.fromkeys(pair for machine in machines for pair in product(*flow.order_choices(layer, machine)))
    return np.array([[[order.index(g) for g in GROUPS] for order in pair] for pair in pairs], np.int32)
