"""Eyexam: the seven bounds that performance falls through, and what each costs (arXiv 1807.07928v1, Table II).

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

At a bound of b MAC/cycle the work of a layer takes work / b cycles, and never fewer than work / MAC units: the useful
ones. What each step adds is lost there. Steps 6 and 7 are split further, by the terms of the time law
(:mod:`eyeriss_jax.model.cycles`), of which each is computed and none is what the others leave; together they are all
cycles. Useful are MACs that take up a lane, zeros that are only gated included; a lane left empty is a loss of the step
that leaves it so: of the array's shape where a PE has no second output channel (depthwise layers), of storage where a
compressed column, as long as the SPads allow, has an odd number of nonzeros.

All functions are pure and take numbers or arrays: ``xp`` is the array library, NumPy on the host and ``jax.numpy``
under ``jit``.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from eyeriss_jax.dims import DIMS
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.evaluation import Cycles, Evaluation

PORTS: tuple[str, ...] = ("iact", "weight", "psum", "GLB", "DRAM")
"""What has a bandwidth: the NoC's ports of each data type, the GLB and DRAM."""

BURSTS: tuple[str, ...] = ("psum accumulation", "workload imbalance", "exposed delivery", "ramp-up")
"""The causes of step 7, in the order in which a wait for bandwidth (step 6) hides them."""

CHOICE = "mapping choice"
"""The cause of step 7 that is no term of the time law: that the mapping used is not the fastest one of step 6."""

LOSSES: tuple[str, ...] = (
    "layer size", "dataflow", "PE count", "array shape", "storage",
    *(f"{port} bandwidth" for port in PORTS),
    *BURSTS,
)  # fmt: skip
"""What can hold a design back: steps 1 to 5, step 6 by port, step 7 by cause."""

IN_STEP: tuple[tuple[str, ...], ...] = (*((loss,) for loss in LOSSES[:5]), LOSSES[5:10], (*BURSTS, CHOICE))
"""The causes of each of the seven steps."""

USEFUL = "useful"


class Early(NamedTuple):
    """What the first four steps know of a layer on an array, each a number or an array.

    ``macs``: nominal MACs. ``units``: MAC units. ``serial``, ``counted``: cycles of all MACs, zeros included, at
    steps 2 and 3. ``array``: compute cycles of the fastest spatial plan with unlimited storage (step 4), zeros left
    out where they can be skipped.
    """

    macs: Any
    units: Any
    serial: Any
    counted: Any
    array: Any

    @staticmethod
    def of(layer: Layer, accelerator: Accelerator, parallel: tuple[str, ...], array: float) -> "Early":
        """Those of ``layer`` under a dataflow that may spread the dimensions ``parallel``."""
        serial = math.prod(layer.extent(d) for d in DIMS if d not in parallel)
        passes = -(-layer.macs // serial // accelerator.macs_per_cycle)
        return Early(layer.macs, accelerator.macs_per_cycle, serial, serial * passes, array)


class Searched(NamedTuple):
    """What the searches of steps 5 and 6 found: the fewest compute cycles of a mapping that fits, and the fewest cycles
    under compute and every port.
    """  # noqa: D205

    storage: Any
    bandwidth: Any

    @staticmethod
    def nothing(cycles: Cycles) -> "Searched":
        """Where no mapping but the one used is known."""
        return Searched(cycles.compute, cycles.bandwidth_bound)


def reached(early: Early, searched: Searched, work: Any, total: Any, xp: Any = np) -> tuple[Any, ...]:
    """Cycles that the layer takes at least after each of the seven steps, never falling, ``total`` after the last.

    ``work``: MACs that the mapping used does not skip. Skipping shortens steps 1 to 3 like the work itself, so that
    their bounds are those of the dense layer. No step can cost more than there is: a mapping that was given may spread
    what the dataflow would not.
    """
    share = work / early.macs
    found, before = [], 0.0
    floors = (share, early.serial * share, early.counted * share, early.array, searched.storage, searched.bandwidth)
    for floor in (*floors, total):
        before = xp.minimum(xp.maximum(before, floor), total)
        found.append(before)
    return tuple(found)


def bounds(early: Early, searched: Searched, work: float, total: float) -> tuple[float, ...]:
    """The seven bounds in MAC/cycle; ``total`` is what the used mapping takes in all."""
    return tuple(float(work / cycles) for cycles in reached(early, searched, work, total))


def cycles_by_step(useful: Any, at: Sequence[Any], xp: Any = np) -> tuple[Any, ...]:
    """Cycles that each of the seven steps adds to the ``useful`` ones: the law's work over the MAC units.

    ``at``: :func:`reached`, or the work over each of the bounds.
    """
    capped = [useful, *(xp.maximum(useful, cycles) for cycles in at)]
    return tuple(after - before for before, after in pairwise(capped))


def cycles_by_cause(useful: Any, at: Sequence[Any], cycles: Cycles, xp: Any = np) -> dict[str, Any]:
    """All cycles of a layer: :data:`USEFUL` ones, then those lost by cause: :data:`LOSSES` and :data:`CHOICE`.

    ``useful`` and ``at`` as in :func:`cycles_by_step`. The used mapping waits for its busiest port for as long as that
    needs beyond the MACs; meanwhile psums accumulate, PEs wait for each other and words arrive, and only what is longer
    than the wait counts as a cause of its own.
    """
    steps = cycles_by_step(useful, at, xp)
    found = {USEFUL: useful, **dict(zip(LOSSES[:5], steps[:5], strict=True))}
    ports = port_cycles(cycles)
    limiting = xp.argmax(xp.stack([xp.asarray(ports[port]) for port in PORTS]), axis=0)
    for number, port in enumerate(PORTS):
        found[f"{port} bandwidth"] = xp.where(limiting == number, steps[5], 0.0)
    bound = xp.maximum(useful, at[5])
    wait = xp.maximum(bound, cycles.bandwidth_bound) - cycles.compute
    for cause, added in zip(BURSTS, (cycles.chain, cycles.waiting, cycles.exposed, cycles.ramp), strict=True):
        found[cause] = xp.maximum(added - wait, 0.0)
        wait = xp.maximum(wait - added, 0.0)
    return {**found, CHOICE: xp.maximum(cycles.bandwidth_bound - bound, 0.0)}


def causes(evaluation: Evaluation, found: Sequence[float], peak: float) -> dict[str, float]:
    """:func:`cycles_by_cause` of one run of a layer from its seven bounds ``found``."""
    at = [evaluation.work / bound for bound in found]
    return {cause: float(x) for cause, x in cycles_by_cause(evaluation.work / peak, at, evaluation.cycles).items()}


def limiter(by_cause: dict[str, float]) -> str:
    """The main cause of the step that adds most cycles; "none" where the array runs at its peak."""
    steps = [sum(by_cause[cause] for cause in causes) for causes in IN_STEP]
    if max(steps) <= 1e-9 * by_cause[USEFUL]:
        return "none"
    return max(IN_STEP[steps.index(max(steps))], key=lambda cause: by_cause[cause])


def port_cycles(cycles: Cycles) -> dict[str, Any]:
    """Cycles that each of the :data:`PORTS` needs."""
    delivery = cycles.delivery
    needed = (delivery.iact, delivery.weight, delivery.psum, cycles.glb, cycles.dram)
    return dict(zip(PORTS, needed, strict=True))


def limiting_port(evaluation: Evaluation) -> str:
    """The one of :data:`PORTS` that needs most cycles."""
    ports = port_cycles(evaluation.cycles)
    return max(ports, key=lambda port: ports[port])
