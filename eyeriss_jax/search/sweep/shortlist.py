"""The mappings that a sweep tries: a shortlist per layer and array shape, chosen by an estimate of time and traffic.

A certified search (:mod:`eyeriss_jax.search.mapping.mapper`) looks at all of a mapspace of up to 10^8 points and takes
a second a layer. A sweep cannot, so it evaluates the whole model on a shortlist: the ``inner`` choices (spatial plan x
PE tile) that rank best by the estimate below, each with few DRAM tilings, in powers of two where the dataflow leaves
the number free, and all loop orders that differ. The estimate only decides what is tried, never what a mapping costs.
How far the shortlist stays from the optimum is measured in ``tests/search/sweep/test_shortlist.py`` and printed by the
sweep for its best designs.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.dataflow import Dataflow, skips_zeros
from eyeriss_jax.dataflow.mapspace import short_plans
from eyeriss_jax.dims import DIMS, GROUPS, TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS, Conventions

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


class Estimate(NamedTuple):
    """What the ranking sees of plans x tiles ``[A, T]``: cycles by cause, and the bits of the smallest DRAM tile.

    ``compute``, ``chain``, ``delivery`` per data type and ``returning`` are terms of the time law; ``moved``: energy of
    the words that move inside the chip. ``iact_bits`` and ``psum_bits`` are those of each cluster.
    """

    compute: np.ndarray
    chain: np.ndarray
    delivery: dict[str, np.ndarray]
    returning: np.ndarray
    passes: np.ndarray
    moved: np.ndarray
    iact_bits: np.ndarray
    psum_bits: np.ndarray


Choice = dict[str, np.ndarray]
"""One integer per dimension, for many choices at once."""


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
    found = estimate(layer, machine, plans, tiles)
    ports = np.maximum(np.maximum(found.delivery["iact"], found.delivery["weight"]), found.delivery["psum"])
    waited_for = found.delivery | {"psum": found.delivery["psum"] + found.returning}
    exposed = sum(cycles for t, cycles in waited_for.items() if t not in machine.overlap)
    time = np.maximum(found.compute + found.chain + exposed, ports) + machine.pass_ramp_cycles * found.passes
    penalties = [_penalty(each, found.iact_bits, found.psum_bits) for each in machines]
    return [(time * penalty, found.moved * penalty) for penalty in penalties]


def estimate(layer: Layer, machine: Accelerator, plans: dict[str, Choice], tiles: Choice) -> Estimate:
    """The laws in NumPy, iacts fetched again for every tile of M and without remainders of halos.

    A second form of the laws only because a sweep starts at once: to compile the laws themselves for this ranking takes
    5.7 CPU-seconds (8.5 with zeros), these lines 0.2 for MobileNet. ``tests/search/sweep/test_shortlist.py`` proves
    compute, chain, weights and psums of layers without zeros equal to the laws.
    """
    X = {d: float(layer.extent(d)) for d in DIMS}
    pe = {d: tiles[d][None, :].astype(float) for d in DIMS}
    of = {axis: {d: plans[axis][d][:, None].astype(float) for d in DIMS} for axis in AXES}
    row = {d: pe[d] * of["pe_cols"][d] for d in DIMS}
    column = {d: pe[d] * of["pe_rows"][d] for d in DIMS}
    cluster = {d: row[d] * of["pe_rows"][d] for d in DIMS}
    array = {d: cluster[d] * of["cluster_rows"][d] * of["cluster_cols"][d] for d in DIMS}
    steps = {d: np.ceil(X[d] / array[d]) for d in DIMS}

    def summed(part: Choice, dims: str) -> np.ndarray:
        """Product over ``dims`` of the part's size added up over the steps."""
        last = {d: X[d] - (steps[d] - 1) * array[d] for d in dims}
        return np.asarray(
            math.prod((steps[d] - 1) * np.minimum(part[d], X[d]) + np.minimum(part[d], last[d]) for d in dims)
        )

    def again(dims: str) -> np.ndarray:
        return np.asarray(math.prod(steps[d] for d in dims))

    last = np.minimum(pe["M"], X["M"] - (steps["M"] - 1) * array["M"])
    lanes = (steps["M"] - 1) * np.ceil(np.minimum(pe["M"], X["M"]) / machine.lanes) + np.ceil(last / machine.lanes)
    compute = summed(pe, "GNCEFRS") * lanes
    if skips_zeros(layer, machine):
        assert machine.sparse_pe is not None
        windows = summed(pe, "GNEF") * again("MCRS")
        compute = compute * layer.sparsity.iact * layer.sparsity.weight + machine.sparse_pe.window_cycles * windows
    U, D = layer.stride, layer.dilation
    rows = steps["E"] * ((np.minimum(pe["E"], X["E"]) - 1) * min(U[0], layer.R) + (X["R"] - 1) * D[0] + 1)
    bus = machine.noc == "bus"  # all words come over it, whatever cluster and row they are for
    to_iacts, to_weights, from_psums = (array, array, array) if bus else (cluster, row, column)
    columns = np.minimum(to_iacts["F"], X["F"]), np.minimum(to_iacts["S"], X["S"])
    width = steps["F"] * steps["S"] * np.minimum((columns[0] - 1) * U[1] + columns[1] * D[1], columns[0] * columns[1])
    iacts = summed(to_iacts, "GNC") * rows * width * again("M")
    weights = summed(to_weights, "GMCRS")
    one_position = np.prod([np.minimum(pe[d], X[d]) for d in "NEF"], axis=0) == 1
    visits = np.where(one_position, 1.0, again("CRS"))  # psums of one position stay in the SPads
    first_visits = summed(from_psums, "GNMEF")
    psums = first_visits * visits
    chain = machine.psum_chain_cycles * summed(pe, "GNEF") * lanes * visits
    rate = machine.noc_words_per_cycle
    delivery = {"iact": iacts / rate.iact, "weight": weights / rate.weight, "psum": psums / rate.psum}
    spread = ("cluster_rows", "cluster_cols")
    shared = 1 if bus else math.prod(of[a][d] for a in spread for d in "GNCEFRS")
    traffic = machine.energy.glb.iact * iacts * shared + machine.energy.noc.weight * summed(array, "GMCRS") * again(
        "NEF"
    )
    traffic = traffic + (machine.energy.glb.psum + machine.energy.noc.psum) * summed(array, "GNMEF") * visits
    window = math.prod(np.minimum(cluster[d], X[d]) for d in "GN") * steps["C"] * np.minimum(cluster["C"], X["C"])
    height = (np.minimum(cluster["E"], X["E"]) - 1) * U[0] + (X["R"] - 1) * D[0] + 1
    breadth = (np.minimum(cluster["F"], X["F"]) - 1) * U[1] + (X["S"] - 1) * D[1] + 1
    sharing = np.ceil(np.minimum(array["M"], X["M"]) / cluster["M"])
    iact_bits = window * height * breadth / sharing * machine.word_bits.iact
    returning = (again("CRS") > 1) | (not machine.oacts_bypass_glb)
    psum_bits = returning * math.prod(np.minimum(cluster[d], X[d]) for d in "GNMEF") * machine.word_bits.psum
    back = (psums - first_visits) / rate.psum
    return Estimate(compute, chain, delivery, back, again("GNMCEFRS"), traffic, iact_bits, psum_bits)


def _penalty(machine: Accelerator, iact_bits: np.ndarray, psum_bits: np.ndarray) -> np.ndarray:
    """A million where a DRAM tile with so many bits in each cluster exceeds the GLB, else one."""
    spilled = sum(
        (np.maximum(need - machine.glb_bits[t], 0) for t, need in (("iact", iact_bits), ("psum", psum_bits))
         if t in machine.glb_keeps), np.zeros(1),
    )  # fmt: skip
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
