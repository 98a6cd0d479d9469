"""Eyexam in words: for each of its seven steps why performance was lost there."""

import math

from eyeriss_jax.dims import DIMS
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.eyexam import CHOICE, IN_STEP, causes, limiting_port, port_cycles

NO_LOSS = ""

Plan = dict[str, dict[str, int]]
"""Spatial factors per axis and dimension."""


def reasons(
    layer: Layer,
    accelerator: Accelerator,
    parallel: tuple[str, ...],
    plan: Plan,
    evaluation: Evaluation,
    found: tuple[float, ...],
) -> tuple[str, ...]:
    """For each step why performance was lost there; :data:`NO_LOSS` where nothing was.

    ``parallel``: what the dataflow may spread. ``plan``: the fastest spatial plan, of step 4. ``found``: the bounds.
    """
    peak = accelerator.macs_per_cycle
    before = (peak, *(min(bound, peak) for bound in found))
    sentences = (
        f"the layer has only {layer.macs:,} MACs for {peak} MAC units",
        _dataflow_reason(layer, accelerator, parallel),
        _count_reason(layer, accelerator, parallel),
        _array_reason(layer, accelerator, plan),
        _storage_reason(layer, accelerator, evaluation),
        _bandwidth_reason(evaluation),
        _burst_reason(evaluation, causes(evaluation, found, peak)),
    )
    return tuple(
        sentence if min(bound, peak) < reached * (1 - 1e-9) else NO_LOSS
        for sentence, bound, reached in zip(sentences, found, before, strict=False)
    )


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


def _array_reason(layer: Layer, accelerator: Accelerator, plan: Plan) -> str:
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


def _places(plan: Plan, dim: str) -> int:
    """Places over which ``plan`` spreads ``dim``."""
    return math.prod(plan[axis].get(dim, 1) for axis in AXES)


def _working_places(layer: Layer, plan: Plan, dim: str) -> int:
    """Places along ``dim`` that get work when its extent is dealt out in whole PE tiles."""
    places = _places(plan, dim)
    return math.ceil(layer.extent(dim) / math.ceil(layer.extent(dim) / places))


def _storage_reason(layer: Layer, accelerator: Accelerator, evaluation: Evaluation) -> str:
    spads = accelerator.spad_words
    odd = " or a SIMD lane empty where a column has an odd number of nonzeros" if evaluation.compressed else ""
    return (
        f"PE tiles of M={layer.M}, C={layer.C}, R={layer.R} must fit the SPads ({spads.iact:g} iacts, "
        f"{spads.weight:g} weights, {spads.psum:g} psums) and the GLB; "
        f"the tiles that fit leave the last pass short{odd}"
    )


def _bandwidth_reason(evaluation: Evaluation) -> str:
    port = limiting_port(evaluation)
    needed, compute = port_cycles(evaluation.cycles)[port], evaluation.cycles.compute
    return f"{port} delivery needs {needed:,.0f} cycles where the MACs need {compute:,.0f}"


def _burst_reason(evaluation: Evaluation, by_cause: dict[str, float]) -> str:
    """What bursts cost, and what the mapping used gives up on average (steps 4 to 6) for being better in all."""
    total = evaluation.cycles.total
    names = {CHOICE: "mapping that is slower on average but better by the objective"}
    lost = {names.get(cause, cause): by_cause[cause] for cause in IN_STEP[6] if by_cause[cause] > 1e-9 * total}
    return "; ".join(f"{name} {cycles:,.0f} cycles ({100 * cycles / total:.1f} %)" for name, cycles in lost.items())
