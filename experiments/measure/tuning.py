"""The evidence of ``experiments.tune --benchmark``: gradients against the certified optimum and against other searches.

Mappings: per layer the gap to the certified optimum at a share of the mapspace, with and without the descent. Designs:
the same problem under several seeds by gradients, random search and SciPy's differential evolution, all scored by the
same certified mapper, compared at equal numbers of scored designs and at equal wall clock. The compilation of the
gradient is timed apart. What is done is kept after every layer and every run.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from experiments.harness import layer_progress
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.report.figures import save
from eyeriss_jax.report.figures.convergence import convergence
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import counted, gap, scaled
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.tune import DesignProblem, DesignTuner, evolution, random_search, tune_mapping

LAYERS: dict[str, tuple[str, ...]] = {
    "mobilenet_v1_0.5_128": ("CONV1", "block1-DW", "block2-PW", "block5-DW", "block5-PW", "block8-PW", "block11-PW"),
    "alexnet": ("CONV1", "CONV2", "CONV3", "CONV4", "CONV5", "FC6"),
}
"""Layers of all kinds whose mapspaces the mapper exhausts."""

SHARE = 500
"""A layer may evaluate one in so many points of its mapspace."""

Trace = list[tuple[int, float, float]]
Search = Callable[[DesignProblem, int, int], Trace]


def mapping_table(machine: Accelerator, objective: str, done: dict[str, Any], keep: Callable[[], None]) -> Table:
    """One row per layer; ``done`` holds the rows of an earlier run and is filled, ``keep`` is called after each."""
    layers = [layer for name, wanted in LAYERS.items() for layer in network(name).layers if layer.name in wanted]
    names = [f"{name} {layer}" for name, wanted in LAYERS.items() for layer in wanted]
    with layer_progress(f"tuning the mappings of {counted(len(layers), 'layer')}") as progress:
        for i, (name, layer) in enumerate(zip(names, layers, strict=True)):
            progress(i, len(layers), name)
            if name not in done:
                done[name] = _mapping_row(layer, machine, objective)
                keep()
    rows = [done[name] for name in names]
    return Table(
        name="mappings",
        title=f"tuned mappings at 1/{SHARE} of the mapspace, median of three seeds",
        columns=(
            Column.of("layer", "layer", names, numeric=False, priority=0),
            Column.of("mapspace", "mapspace", (r["mapspace"] for r in rows), "{:,}".format, priority=3),
            Column.of("mapper_evaluations", "mapper's", (r["mapper"] for r in rows), "{:,}".format, priority=4),
            Column.of("evaluations", "evaluations", (r["evaluations"] for r in rows), "{:,}".format, priority=1),
            Column.of("gap", "gap", (r["gap"] for r in rows), gap, priority=0),
            Column.of("gap_polish_only", "without descent", (r["plain"] for r in rows), gap, priority=2),
        ),
    )


def _mapping_row(layer: Layer, machine: Accelerator, objective: str) -> dict[str, float]:
    flow = dataflow(machine.dataflow)
    certified = map_layer(layer, machine, flow, objective=objective)
    budget = certified.space.size // SHARE

    def tuned(seed: int, *, descends: bool) -> Any:
        return tune_mapping(layer, machine, flow, objective=objective, budget=budget, seed=seed, descends=descends)

    with_descent = [tuned(seed, descends=True) for seed in range(3)]
    without = [tuned(seed, descends=False).objective for seed in range(3)]
    return {
        "mapspace": certified.space.size,
        "mapper": certified.evaluated,
        "evaluations": max(found.evaluations for found in with_descent),
        "gap": float(np.median([found.objective for found in with_descent])) / certified.primary - 1,
        "plain": float(np.median(without)) / certified.primary - 1,
    }


def design_table(
    problem: DesignProblem, budget: int, seeds: int, done: dict[str, Any], keep: Callable[[], None], folder: Path
) -> tuple[Table, list[str]]:
    """One row per search: the best value at the budget and at equal wall clock, over all seeds; and the picture."""
    budget = problem.designs(budget)
    jobs = [(name, seed) for seed in range(seeds) for name in SEARCHES]
    with layer_progress(f"{counted(len(jobs), 'search', 'searches')} of {counted(budget, 'design')}") as progress:
        progress(0, len(jobs), "the base design")
        if "base" not in done:
            base = problem.score_machine(problem.space.base)[0]
            if not np.isfinite(base):
                raise SpecError(
                    f"{problem.space.base.name}, the base design, has no mapping for every layer, and --benchmark "
                    "compares with it; give another --accelerator"
                )
            done["base"] = base
        for i, (name, seed) in enumerate(jobs):
            progress(i, len(jobs), f"{name}, seed {seed}")
            key = f"{name} {seed}"
            if key not in done:
                if "compile_s" not in done:
                    done["compile_s"] = _compiled(problem)
                found = [point for point in SEARCHES[name](problem, budget, seed) if np.isfinite(point[2])]
                if not found:
                    raise SpecError(f"{key} found no design with a mapping for every layer; raise --config.budget")
                done[key] = found
                keep()
    base = done["base"]
    runs = {
        name: [[(n, s, 2.0 ** (loss - base)) for n, s, loss in done[f"{name} {seed}"]] for seed in range(seeds)]
        for name in SEARCHES
    }
    word = f"{problem.objective} over the base design's"
    files = save(convergence(runs, word), folder / "convergence")
    clock = min(np.median([trace[-1][1] for trace in traces]) for traces in runs.values())
    ends = {name: np.array([trace[-1][2] for trace in traces]) for name, traces in runs.items()}
    timed = {name: np.array([_at(trace, clock) for trace in traces]) for name, traces in runs.items()}
    seconds = {name: float(np.median([trace[-1][1] for trace in traces])) for name, traces in runs.items()}
    table = Table(
        name="searches",
        title=f"{word} after {budget} designs, {seeds} seeds",
        columns=(
            Column.of("search", "search", runs, numeric=False, priority=0),
            Column.of("median", "median", map(np.median, ends.values()), "{:.3f}".format, priority=0),
            Column.of("best", "best", map(np.min, ends.values()), "{:.3f}".format, priority=1),
            Column.of("worst", "worst", map(np.max, ends.values()), "{:.3f}".format, priority=1),
            Column.of("median_s", "seconds", seconds.values(), scaled, priority=2),
            Column.of(
                "median_at_equal_time", f"after {clock:.0f} s", map(np.median, timed.values()), "{:.3f}".format,
                priority=1,
            ),
        ),
    )  # fmt: skip
    note = f"the gradient was compiled in {done['compile_s']:.0f} s, which no search's seconds include"
    return table, [note, f"wrote {folder}/: {', '.join(path.name for path in files)}"]


def _at(trace: Trace, seconds: float) -> float:
    """The best value at a time; that of the first score where there is none yet."""
    return next((value for _, s, value in reversed(trace) if s <= seconds), trace[0][2])


def _compiled(problem: DesignProblem) -> float:
    """Compiles mapper and gradient: a few designs by each search, with the seconds of the first descent."""
    random_search(problem, 4, np.random.default_rng(0), lambda scored: None)
    tuner = DesignTuner(problem, np.random.default_rng(0))
    while not tuner.descended and len(tuner.scored) < problem.designs(100):
        start = time.perf_counter()
        tuner.round(100)
    return time.perf_counter() - start


def _by_gradients(problem: DesignProblem, budget: int, seed: int) -> Trace:
    trace, start = [], time.perf_counter()
    tuner = DesignTuner(problem, np.random.default_rng(seed))
    tuner.run(budget, lambda t: trace.append((len(t.scored), time.perf_counter() - start, t.best.loss)))
    return trace


def _by(search: Callable[..., None]) -> Search:
    def traced(problem: DesignProblem, budget: int, seed: int) -> Trace:
        trace: Trace = []
        start = time.perf_counter()

        def heard(scored: Any) -> None:
            best = min(scored.loss, trace[-1][2] if trace else float("inf"))
            trace.append((len(trace) + 1, time.perf_counter() - start, best))

        search(problem, budget, np.random.default_rng(seed), heard)
        return trace

    return traced


SEARCHES: dict[str, Search] = {
    "gradients": _by_gradients,
    "evolution": _by(evolution),
    "random": _by(random_search),
}
