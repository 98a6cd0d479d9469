"""The searches over designs and the execution on numbers, each in one call: what the facade offers of them.

The rooms behind have more: parts that are kept on disk, several devices and processes
(:mod:`eyeriss_jax.search.sweep.run`), tuning in rounds that can be resumed (:mod:`eyeriss_jax.search.tune.design`), and
other accountings of the execution (:mod:`eyeriss_jax.functional.execute.conv`).
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax.typing import ArrayLike

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.execute import FunctionalResult, run
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.presets import accelerator as accelerator_named
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.report.sweep.answers import Answers, answers
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.search.space import JOULES, design_space, objectives, why_none
from eyeriss_jax.search.sweep import Settings, Sweep, merged
from eyeriss_jax.search.tune import DesignProblem, DesignTuner
from eyeriss_jax.traced import refuse_within_jit

DEFAULT_OBJECTIVES: tuple[str, ...] = ("inferences_per_s", "inferences_per_energy", "area_mm2")
"""What the Pareto front of :func:`sweep` is of unless told otherwise."""


def sweep(
    networks: Network | Sequence[Network],
    base: Accelerator,
    axes: Dictionary[str, Any],
    constraints: Dictionary[str, Any] | None = None,
    *,
    front_of: Sequence[str] = DEFAULT_OBJECTIVES,
    settings: Settings | None = None,
) -> Answers:
    """Every design of a space for some networks: its Pareto front, the best designs, and what each field does.

    Compiling takes the most of a small sweep (some seconds); nothing is written.

    Args:
        networks: what is to run; over several, metrics are geometric means.
        base: what all designs share.
        axes: field -> values, as for :func:`eyeriss_jax.search.space.designs.design_space`.
        constraints: quantity -> ``at_least`` and ``at_most``, as there.
        front_of: metrics of the front, the first ranks the designs.
        settings: how thoroughly mappings are searched, and how many designs a call takes.

    Raises:
        SpecError: an argument of another type, no such field, quantity or metric, or no design that meets the
            constraints and fits every layer.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> found = sweep(fc, accelerator("eyeriss_v2"), {"noc_words_per_cycle.weight": (1, 2, 3)})
        >>> found.designs, found.feasible
        (3, 3)
        >>> found.top[0].fields, "inferences_per_s" in found.top[0].row
        ({'noc_words_per_cycle.weight': 3}, True)
    """
    refuse_within_jit("sweep")
    workloads = _networks(networks)
    checks.kind("base", base, Accelerator, "ej.accelerator('eyeriss_v2')")
    searched = Sweep(
        space=design_space(base, axes, constraints, accelerator_named),
        networks=workloads,
        objectives=objectives(tuple(front_of)),
        settings=settings or Settings(),
        joules=JOULES.get(base.energy.unit, 1.0),
    )
    if searched.mappings() == 0:
        raise SpecError(why_none(searched.space, searched.refusal))
    total = searched.blank
    for number in range(searched.parts):
        total = merged(total, searched.run_part(number)[0], searched.program.top)
    return answers(searched, total, base.energy.unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuned:
    """What :func:`tune` found.

    Attributes:
        design: the best design of those scored.
        objective: what was minimised.
        over_base: the objective over the base design's (geometric mean over the networks); below 1 is better. NaN
            where the base design has no mapping for every layer.
        scored: how many designs were scored exactly.
    """

    design: Accelerator
    objective: str
    over_base: float
    scored: int


def tune(
    networks: Network | Sequence[Network],
    base: Accelerator,
    axes: Dictionary[str, Any],
    constraints: Dictionary[str, Any] | None = None,
    *,
    objective: str = "edp",
    budget: int = 60,
    seed: int = 0,
) -> Tuned:
    """A better design by gradients over the axes and the mappings; every score is that of the certified mapper.

    Args:
        networks: what is to run; over several, the objective is a geometric mean.
        base: the design to start from.
        axes: field -> values, as for :func:`eyeriss_jax.search.space.designs.design_space`.
        constraints: quantity -> ``at_least`` and ``at_most``, as there.
        objective: what to minimise: ``cycles``, ``edp``, ``energy``, ``movement`` or ``dram_words``.
        budget: designs to score, fewer where the space has no more.
        seed: of the random numbers.

    Raises:
        SpecError: an argument of another type or out of range, constraints that no design meets, or no mapping that
            fits.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> axes = {"noc_words_per_cycle.weight": (1, 2, 3), "noc_words_per_cycle.iact": (3, 9)}
        >>> found = tune(fc, accelerator("eyeriss_v2"), axes, budget=2)
        >>> found.scored, found.design.noc_words_per_cycle.weight in (1, 2, 3)
        (2, True)
    """
    refuse_within_jit("tune")
    workloads = _networks(networks)
    checks.kind("base", base, Accelerator, "ej.accelerator('eyeriss_v2')")
    check_objective(objective)
    checks.integer("budget", budget, least=1)
    checks.integer("seed", seed, least=0)
    problem = DesignProblem(design_space(base, axes, constraints, accelerator_named), workloads, objective)
    tuner = DesignTuner(problem, np.random.default_rng(seed))
    tuner.run(budget)
    loss_of_base, *_ = problem.score_machine(base)
    return Tuned(
        design=problem.design(tuner.best.digits),
        objective=objective,
        over_base=float(2.0 ** (tuner.best.loss - loss_of_base)) if np.isfinite(loss_of_base) else np.nan,
        scored=len(tuner.scored),
    )


def run_functional(
    layer: Layer,
    accelerator: Accelerator,
    iacts: ArrayLike,
    weights: ArrayLike,
    mapping: Mapping | None = None,
) -> FunctionalResult:
    """Executes a layer on numbers by its mapping: bit-exact outputs, and the count of every word moved.

    Args:
        layer: what is computed.
        accelerator: array, SPads, GLB and word widths.
        iacts: [G, N, C, H, W] unpadded; int8 or uint8, float32 or float64, or a wider integer type whose values fit.
        weights: [G, M, C, R, S], likewise.
        mapping: how; by default one that fits (:func:`eyeriss_jax.search.mapping.mapper.map_layer` finds the best).

    Raises:
        SpecError: an argument of another type, a mapping that does not fit, or tensors of wrong shape, dtype or range.

    Example:
        >>> import numpy as np
        >>> layer = Layer.fully_connected("fc", in_features=8, out_features=4)
        >>> weights = np.ones((1, 4, 8, 1, 1), np.int8)
        >>> done = run_functional(layer, accelerator("eyeriss_v2"), np.ones((1, 1, 8, 1, 1), np.int8), weights)
        >>> done.oacts.ravel().tolist(), done.counts.macs
        ([8, 8, 8, 8], 32)
    """
    refuse_within_jit("run_functional")
    checks.kind("layer", layer, Layer, "one of ej.network('alexnet').layers")
    checks.kind("accelerator", accelerator, Accelerator, "ej.accelerator('eyeriss_v2')")
    chosen = mapping if mapping is not None else default_mapping(layer, accelerator)
    checks.kind("mapping", chosen, Mapping, "ej.map_layer(layer, accelerator).mapping")
    return run(layer, chosen, accelerator, iacts, weights)


def _networks(given: Network | Sequence[Network]) -> tuple[Network, ...]:
    """One network or several, as a tuple."""
    networks = (given,) if isinstance(given, Network | str) else tuple(given)
    if not networks:
        raise SpecError("networks is empty; give one, such as ej.network('alexnet')")
    for each in networks:
        checks.kind("networks", each, Network, "ej.network('alexnet')")
    return networks
