"""Eyexam: the seven bounds that performance falls through, and in words why (arXiv 1807.07928v1, Table II).

Each bound is in MAC/cycle, counting only the MACs that a sparse PE cannot skip, and none exceeds the one before::

    b1  every MAC of the layer at once                         (layer size and shape)
    b2  what the dataflow may spread in space                  (dataflow loop nest)
    b3  b2 in whole passes over the number of MAC units        (number of PEs)
    b4  the same with every dimension on a physical axis       (dimensions of the PE array)
    b5  with tiles that fit the SPads and the GLB              (storage capacity)
    b6  and average bandwidth for every data type              (data bandwidth)
    b7  and ramp-up, psum accumulation, workload imbalance,
        exposed delivery                                       (varying access patterns)

The best mapping is searched at each step under the constraints known so far; b7 is the mapping that is used.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from eyeriss_jax.dims import DIMS, TYPES
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.evaluation import Evaluation

NO_LOSS = ""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What the searches of steps 4 to 6 found, in cycles, with the spatial factors of the fastest array plan.

    ``array_cycles``: fewest compute cycles with unlimited storage. ``plan``: factors per axis and dimension that
    reach it. ``storage_cycles``: fewest compute cycles of a mapping that fits. ``bandwidth_cycles``: fewest
    cycles under compute and every port.
    """

    array_cycles: float
    plan: dict[str, dict[str, int]]
    storage_cycles: float
    bandwidth_cycles: float


def bounds(
    layer: Layer,
    accelerator: Accelerator,
    parallel: tuple[str, ...],
    steps: Steps,
    cycles: float,
    work: float | None = None,
) -> tuple[float, ...]:
    """The seven bounds in MAC/cycle; ``cycles`` is what the used mapping takes in all, ``work`` its MACs not skipped.

    Skipping shortens steps 1 to 3 like the work itself, so that their bounds are those of the dense layer.
    """
    macs = layer.macs
    share = 1.0 if work is None else work / macs
    serial = math.prod(layer.extent(d) for d in DIMS if d not in parallel)
    passes = math.ceil(macs / serial / accelerator.macs_per_cycle)
    searched = (steps.array_cycles, steps.storage_cycles, steps.bandwidth_cycles)
    found: list[float] = []
    nominal = (share, serial * share, serial * passes * share)
    for at_least in (*nominal, *searched, cycles):
        found.append(min(macs * share / at_least, found[-1] if found else math.inf))
    return tuple(found)


def reasons(
    layer: Layer,
    accelerator: Accelerator,
    parallel: tuple[str, ...],
    steps: Steps,
    evaluation: Evaluation,
    found: tuple[float, ...],
) -> tuple[str, ...]:
    """For each step why performance was lost there; :data:`NO_LOSS` where nothing was."""
    peak = accelerator.macs_per_cycle
    before = (peak, *(min(bound, peak) for bound in found))
    sentences = (
        f"the layer has only {layer.macs:,} MACs for {peak} MAC units",
        _dataflow_reason(layer, accelerator, parallel),
        _count_reason(layer, accelerator, parallel),
        _array_reason(layer, accelerator, steps.plan),
        _storage_reason(layer, accelerator),
        _bandwidth_reason(evaluation),
        _burst_reason(evaluation, steps),
    )
    return tuple(
        sentence if min(bound, peak) < reached * (1 - 1e-9) else NO_LOSS
        for sentence, bound, reached in zip(sentences, found, before, strict=False)
    )


def limiter(accelerator: Accelerator, evaluation: Evaluation, found: tuple[float, ...]) -> str:
    """The step that adds most cycles, as a short label; "none" where the array runs at its peak."""
    peak = accelerator.macs_per_cycle
    capped = [1 / peak, *(1 / min(bound, peak) for bound in found)]
    added = [after - reached for reached, after in pairwise(capped)]
    if max(added) <= 1e-9 / peak:
        return "none"
    labels = (
        "layer size",
        "dataflow",
        "PE count",
        "array shape",
        "storage",
        f"{limiting_port(evaluation)} bandwidth",
        max(burst_cycles(evaluation).items(), key=lambda item: item[1])[0],
    )
    return labels[added.index(max(added))]


def _port_cycles(evaluation: Evaluation) -> dict[str, float]:
    """Cycles that the port of each data type, the GLB and DRAM need."""
    cycles = evaluation.cycles
    return {**{t: cycles.delivery[t] for t in TYPES}, "GLB": cycles.glb, "DRAM": cycles.dram}


def limiting_port(evaluation: Evaluation) -> str:
    """The data type (or GLB, DRAM) whose port needs most cycles."""
    ports = _port_cycles(evaluation)
    return max(ports, key=lambda port: ports[port])


def burst_cycles(evaluation: Evaluation) -> dict[str, float]:
    """Cycles that step 7 adds to the used mapping, by cause."""
    cycles = evaluation.cycles
    hidden = max(0.0, cycles.bandwidth_bound - cycles.compute)
    found = {}
    for name, added in (
        ("psum accumulation", cycles.chain),
        ("workload imbalance", cycles.waiting),
        ("exposed delivery", cycles.exposed),
    ):
        found[name] = max(0.0, added - hidden)
        hidden = max(0.0, hidden - added)
    return {**found, "ramp-up": cycles.ramp}


def _extents(layer: Layer, dims: tuple[str, ...]) -> str:
    return " ".join(f"{d}={layer.extent(d)}" for d in dims if layer.extent(d) > 1) or "nothing"


def _dataflow_reason(layer: Layer, accelerator: Accelerator, parallel: tuple[str, ...]) -> str:
    serial = tuple(d for d in DIMS if d not in parallel)
    width = math.prod(layer.extent(d) for d in parallel)
    return (
        f"the dataflow keeps {_extents(layer, serial)} inside a PE, so only {width:,} of "
        f"{accelerator.macs_per_cycle} MAC units can work at once ({_extents(layer, parallel)})"
    )


def _count_reason(layer: Layer, accelerator: Accelerator, parallel: tuple[str, ...]) -> str:
    width = math.prod(layer.extent(d) for d in parallel)
    units = accelerator.macs_per_cycle
    passes = math.ceil(width / units)
    last = width - (passes - 1) * units
    return f"{width:,} parallel MACs fill {units} units in {passes:,} passes, the last one with only {last}"


def _array_reason(layer: Layer, accelerator: Accelerator, plan: dict[str, dict[str, int]]) -> str:
    """Which axes stay partly empty and which dimensions do not divide over their places."""
    causes = []
    for axis in AXES:
        used = math.prod(plan[axis].values())
        length = getattr(accelerator, axis)
        if used < length:
            held = " ".join(f"{d}={n}" for d, n in plan[axis].items() if n > 1) or "no dimension"
            causes.append(f"{length - used} of {length} {axis.replace('_', ' ').replace('pe', 'PE')} idle ({held})")
    for dim in DIMS:
        places = _places(plan, dim)
        tile = math.ceil(layer.extent(dim) / places)
        empty = places * tile - layer.extent(dim)
        if places > 1 and empty:
            whole = f"{dim}={layer.extent(dim)} on {places} places of {tile}"
            causes.append(f"{whole} leaves {empty} of {places * tile} empty")
    m_tile = math.ceil(layer.M / _places(plan, "M"))
    unused = -m_tile % accelerator.lanes
    if unused:
        causes.append(f"{m_tile} output channel(s) per PE leave {unused} of {accelerator.lanes} SIMD lanes idle")
    active = math.prod(_working_places(layer, plan, dim) for dim in DIMS)
    if active < accelerator.pes:
        causes.insert(0, f"{accelerator.pes - active} of {accelerator.pes} PEs idle")
    return "; ".join(causes) or "every dimension falls into whole tiles, but in more passes than the PEs alone need"


def _places(plan: dict[str, dict[str, int]], dim: str) -> int:
    """Places over which ``plan`` spreads ``dim``."""
    return math.prod(plan[axis].get(dim, 1) for axis in AXES)


def _working_places(layer: Layer, plan: dict[str, dict[str, int]], dim: str) -> int:
    """Places along ``dim`` that get work when its extent is dealt out in whole PE tiles."""
    places = _places(plan, dim)
    return math.ceil(layer.extent(dim) / math.ceil(layer.extent(dim) / places))


def _storage_reason(layer: Layer, accelerator: Accelerator) -> str:
    spads = accelerator.spad_words
    return (
        f"PE tiles of M={layer.M}, C={layer.C}, R={layer.R} must fit the SPads ({spads.iact:g} iacts, "
        f"{spads.weight:g} weights, {spads.psum:g} psums) and the GLB; the tiles that fit leave the last pass short"
    )


def _bandwidth_reason(evaluation: Evaluation) -> str:
    port = limiting_port(evaluation)
    needed, compute = _port_cycles(evaluation)[port], evaluation.cycles.compute
    return f"{port} delivery needs {needed:,.0f} cycles where the MACs need {compute:,.0f}"


def _burst_reason(evaluation: Evaluation, steps: Steps) -> str:
    """What bursts cost, and what the mapping that bears them best gives up for it at steps 4 to 6."""
    total = evaluation.cycles.total
    causes = burst_cycles(evaluation)
    causes["mapping that is slower on average but loses less to bursts"] = (
        total - sum(causes.values()) - steps.bandwidth_cycles
    )
    lost = {name: cycles for name, cycles in causes.items() if cycles > 1e-9 * total}
    return "; ".join(f"{name} {cycles:,.0f} cycles ({cycles / total:.1%})" for name, cycles in lost.items())
