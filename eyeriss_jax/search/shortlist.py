"""The mappings that a sweep tries: a shortlist per layer and array shape, chosen by an estimate of time and traffic.

A certified search (:mod:`eyeriss_jax.search.mapper`) looks at all of a mapspace of up to 10^8 points and takes a second
a layer. A sweep cannot, so it evaluates the whole model on a shortlist: the ``inner`` choices (spatial plan x PE tile)
that rank best by the estimate below, each with DRAM tilings in powers of two and all loop orders that differ. The
estimate only decides what is tried, never what a mapping costs. How far the shortlist stays from the optimum is
measured in ``tests/search/test_shortlist.py`` and printed by the sweep for its best designs.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from operator import attrgetter

import numpy as np

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.candidates import distinct_orders
from eyeriss_jax.dataflow.dataflow import Dataflow, skips_zeros
from eyeriss_jax.dataflow.flat_array import FlatArray
from eyeriss_jax.dataflow.mapspace import maximal_plans
from eyeriss_jax.dims import DIMS, GROUPS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer

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


Choice = dict[str, np.ndarray]
"""One integer per dimension, for many choices at once."""


def shortlist(layer: Layer, machines: tuple[Accelerator, ...], inners: int, tilings: int) -> Shortlist:
    """The shortlist of ``layer``.

    Args:
        layer: the layer.
        machines: one array shape with its smallest and its largest GLB (one machine if they are the same).
        inners: the most spatial plans x PE tiles to keep, K.
        tilings: the most DRAM tilings to keep, P.

    Raises:
        SpecError: no PE tile fits the SPads, or the dataflow is one of ISCA 2016.
    """
    flow = dataflow(machines[0].dataflow)
    if isinstance(flow, FlatArray):
        raise SpecError(f"dataflow {flow.name}: a sweep does not know its mapspace; use map_layer() for single designs")
    plans, cycles = _plans(layer, machines[0], flow)
    tiles = _tiles(layer, machines, flow)
    chosen = _best_inners(layer, machines, plans, tiles, inners)
    tiled = sorted({d for machine in machines for d in flow.dram_dims(layer, machine)}, key=DIMS.index)
    return Shortlist(
        inner=chosen,
        parts=_parts(layer, tuple(tiled), tilings),
        orders=_orders(layer, tuple(tiled)),
        plan_cycles=cycles,
    )


def _plans(layer: Layer, machine: Accelerator, flow: Dataflow) -> tuple[dict[str, Choice], float]:
    """The plans with the fewest compute cycles, factors per axis ``[A]``, and those cycles with unlimited storage."""
    plans, cycles = maximal_plans(layer, machine, flow)
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
    """Estimated cycles and weighted words ``[A, T]``: the laws without remainders of halos, each tile fetched once.

    For each machine, as they differ in the GLB only: both are a million times larger where even the smallest DRAM tile
    exceeds it.
    """
    machine = machines[0]
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

    lanes = np.ceil(np.minimum(pe["M"], X["M"]) / machine.lanes) * steps["M"]
    compute = summed(pe, "GNCEFRS") * lanes
    if skips_zeros(layer, machine):
        assert machine.sparse_pe is not None
        windows = summed(pe, "GNEF") * again("MCRS")
        compute = compute * layer.sparsity.iact * layer.sparsity.weight + machine.sparse_pe.window_cycles * windows
    U, D = layer.stride, layer.dilation
    rows = steps["E"] * ((np.minimum(pe["E"], X["E"]) - 1) * min(U[0], layer.R) + (X["R"] - 1) * D[0] + 1)
    columns = np.minimum(cluster["F"], X["F"]), np.minimum(cluster["S"], X["S"])
    width = steps["F"] * steps["S"] * np.minimum((columns[0] - 1) * U[1] + columns[1] * D[1], columns[0] * columns[1])
    iacts = summed(cluster, "GNC") * rows * width * again("M")
    weights = summed(row, "GMCRS")
    psums = summed(column, "GNMEF") * again("CRS")
    chain = machine.psum_chain_cycles * summed(pe, "GNEF") * lanes * again("CRS")
    clusters = machine.clusters if machine.noc == "bus" else 1
    rate = machine.noc_words_per_cycle
    delivery = {"iact": clusters * iacts / rate.iact, "weight": clusters * weights / rate.weight}
    delivery["psum"] = psums / rate.psum
    ports = np.maximum(np.maximum(delivery["iact"], delivery["weight"]), delivery["psum"])
    exposed = sum(cycles for t, cycles in delivery.items() if t not in machine.overlap)
    time = np.maximum(compute + chain + exposed, ports) + machine.pass_ramp_cycles * again("GNMCEFRS")
    shared = math.prod(of[a][d] for a in ("cluster_rows", "cluster_cols") for d in "GNCEFRS")
    traffic = machine.energy.glb.iact * iacts * shared + machine.energy.noc.weight * summed(array, "GMCRS") * again(
        "NEF"
    )
    traffic = traffic + (machine.energy.glb.psum + machine.energy.noc.psum) * summed(array, "GNMEF") * again("CRS")
    window = math.prod(np.minimum(cluster[d], X[d]) for d in "GN") * steps["C"] * np.minimum(cluster["C"], X["C"])
    height = (np.minimum(cluster["E"], X["E"]) - 1) * U[0] + (X["R"] - 1) * D[0] + 1
    sharing = np.ceil(np.minimum(array["M"], X["M"]) / cluster["M"])
    iact_bits = window * height * ((columns[0] - 1) * U[1] + (X["S"] - 1) * D[1] + 1) / sharing * machine.word_bits.iact
    returning = (again("CRS") > 1) | (not machine.oacts_bypass_glb)
    psum_bits = returning * math.prod(np.minimum(cluster[d], X[d]) for d in "GNMEF") * machine.word_bits.psum
    penalties = [_penalty(machine, iact_bits, psum_bits) for machine in machines]
    return [(time * penalty, traffic * penalty) for penalty in penalties]


def _penalty(machine: Accelerator, iact_bits: np.ndarray, psum_bits: np.ndarray) -> np.ndarray:
    """A million where a DRAM tile with so many bits in each cluster exceeds the GLB, else one."""
    spilled = sum(
        (np.maximum(need - machine.glb_bits[t], 0) for t, need in (("iact", iact_bits), ("psum", psum_bits))
         if t in machine.glb_keeps), np.zeros(1),
    )  # fmt: skip
    return np.where(spilled > machine.glb_shared_bits, 1e6, 1.0)


def _parts(layer: Layer, tiled: tuple[str, ...], most: int) -> np.ndarray:
    """DRAM tilings ``[P, 8]``: every dimension in powers of two and in its most parts, thinned evenly to ``most``."""
    lists = []
    for d in DIMS:
        extent = layer.extent(d) if d in tiled else 1
        lists.append(sorted({2**k for k in range(extent.bit_length()) if 2**k < extent} | {extent}))
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


def _orders(layer: Layer, tiled: tuple[str, ...]) -> np.ndarray:
    """Pairs of DRAM and GLB loop orders that can differ, as ranks ``[B, 2, 3]``."""
    dram = distinct_orders([g for g, members in GROUPS.items() if any(d in tiled for d in members)])
    glb = distinct_orders([g for g, members in GROUPS.items() if any(layer.extent(d) > 1 for d in members)])
    pairs = product(dram, glb)
    return np.array([[[order.index(g) for g in GROUPS] for order in pair] for pair in pairs], np.int32)
