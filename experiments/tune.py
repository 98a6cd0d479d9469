"""Tune by gradients: the mapping of layers, or the hardware with the mapper inside, under constraints.

  python -m experiments.tune --config=configs/tune.py
  python -m experiments.tune --config.mode=mapping --network=alexnet --config.layers='()'
  python -m experiments.tune --benchmark --output_dir=output/tune_benchmark

``mode``: ``mapping`` (the accelerator stays as it is), ``hardware`` (the axes of the config; in a descent mappings only
follow) or ``both`` (they descend together). Every value shown is exact: integers, and each layer under the certified
mapper (mode ``mapping``: under the tuned mapping). Writes summary.json and, for hardware, design.yaml, an accelerator
that every experiment takes as ``--accelerator``, and pictures of the way there. An interrupted run goes on after its
last round, from tuning.json, when the same command is given again, and ends as it would have.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from absl import flags
from rich.console import Group

from experiments.harness import (
    CONFIGS,
    Experiment,
    Growing,
    Kept,
    define_accelerator,
    define_network,
    define_objective,
    define_switch,
    digests_of,
    layer_progress,
)
from experiments.measure.tuning import design_table, mapping_table
from experiments.measure.tuning_state import check_benchmark, check_hardware, check_mappings, remember, restore
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.loop_nest import to_dict
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.hardware.checks import known_names
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Network
from eyeriss_jax.report.escape import terminal
from eyeriss_jax.report.figures import save
from eyeriss_jax.report.figures.trajectory import trajectory
from eyeriss_jax.report.files import strict, write_json, write_text
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.sweep.headers import base_breaks
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import cost, cost_unit, counted, gap
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.search.space import closest, cost_in_words, design_space, loosened
from eyeriss_jax.search.tune import DesignProblem, DesignTuner, Scored, tune_mapping
from eyeriss_jax.source import source_digest

_EXPERIMENT = Experiment("tune", CONFIGS / "tune.py", resumes=True)
_NETWORK = define_network()
_ACCELERATOR = define_accelerator()
_OBJECTIVE = define_objective()
_SEEDS = flags.DEFINE_integer(
    "seeds", 10, "With --benchmark: how often each search is run.", lower_bound=1, allow_override=True
)
_BENCHMARK = define_switch("benchmark", "Measure the tuner against certified optima and other searches.")
_RESTART = define_switch("restart", "Forget the tuning in --output_dir and start over.")

_LEAST = 200
MODES = ("mapping", "hardware", "both")


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TuneConfig:
    """What to tune.

    ``layers``: names of the layers to keep, none for all. ``axes``, ``constraints``: see :func:`design_space`; not used
    in mode ``mapping``. ``budget``: designs to score; in mode ``mapping`` a layer may evaluate one in so many points of
    its mapspace, and at least 200.
    """

    accelerator: str
    networks: tuple[str, ...]
    mode: str = "both"
    budget: int = 60
    axes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    constraints: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    layers: tuple[str, ...] = ()
    objective: str = "edp"
    batch: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what is found out late."""
        if self.mode not in MODES:
            raise SpecError(f"mode = {self.mode!r} must be one of {', '.join(MODES)}")
        if isinstance(self.networks, str) or not self.networks:
            raise SpecError(f"networks = {self.networks!r} must be a list of names, such as ('alexnet',)")
        if self.budget < 1:
            raise SpecError(f"budget = {self.budget} must be at least 1")
        if self.seed < 0:
            raise SpecError(f"seed = {self.seed} must be at least 0")
        check_objective(self.objective)


def workloads(config: TuneConfig) -> tuple[Network, ...]:
    """The networks, cut down to the layers that the config names.

    Raises:
        SpecError: a layer is in none of the networks, or a network has none of the layers.
    """
    all_of = [_EXPERIMENT.network(name, batch=config.batch) for name in config.networks]
    known = [layer.name for whole in all_of for layer in whole.layers]
    try:
        known_names("layers", config.layers, known)
    except SpecError as error:
        raise SpecError(f"{error} To take all: --config.layers='()'") from error
    found = []
    for whole in all_of:
        layers = tuple(layer for layer in whole.layers if not config.layers or layer.name in config.layers)
        if not layers:
            raise SpecError(f"layers = {config.layers}: {whole.name} has none of them; leave it out of the networks")
        found.append(dataclasses.replace(whole, layers=layers))
    return tuple(found)


def make_problem(config: TuneConfig) -> DesignProblem:
    """The hardware problem that a config describes; infeasible constraints are refused here."""
    space = design_space(accelerator(config.accelerator), config.axes, config.constraints, accelerator)
    return DesignProblem(space, workloads(config), config.objective)


def manifest(config: TuneConfig) -> dict[str, Any]:
    """What a tuning depends on: the config, the source, and what the names in the config stand for, as files change."""
    inputs = digests_of(accelerator(config.accelerator), workloads(config))
    return {"config": dataclasses.asdict(config), "package": source_digest(), "inputs": inputs}


def main() -> None:
    """Reads the flags, tunes what is left to tune, writes and prints."""
    only = (_NETWORK.value,) if _NETWORK.value else None
    config = _EXPERIMENT.config(TuneConfig, networks=only, accelerator=_ACCELERATOR.value, objective=_OBJECTIVE.value)
    problem = None if config.mode == "mapping" else make_problem(config)
    folder = _EXPERIMENT.start(config, *(("benchmark",) if _BENCHMARK.value else ()))
    check = check_benchmark if _BENCHMARK.value else check_mappings
    if problem is not None and not _BENCHMARK.value:
        check = partial(check_hardware, problem=problem)
    kept = Kept.open(folder / "tuning.json", restart=_RESTART.value).growing("tuning", manifest(config), check)
    extra: dict[str, Any] = {}
    if _BENCHMARK.value:
        tables, notes = _benchmark(config, problem, kept, folder)
    elif problem is None:
        tables, notes, extra = _tune_mappings(config, kept)
    else:
        tables, notes, extra = _tune(config, problem, kept, folder)
    summary = {"config": dataclasses.asdict(config), "git_revision": git_revision(), "versions": versions()}
    write_json(folder / "summary.json", strict(summary | {table.name: table.records for table in tables} | extra))
    notes.append(f"wrote {folder}/summary.json")
    _EXPERIMENT.show(tables, lambda width: Group(*(terminal_table(table, width) for table in tables)), notes)


def _benchmark(
    config: TuneConfig, problem: DesignProblem | None, kept: Growing, folder: Path
) -> tuple[list[Table], list[str]]:
    """The evidence of :mod:`experiments.measure.tuning`; mode ``mapping`` leaves the designs out."""
    done = kept.data.setdefault("benchmark", {"mappings": {}, "designs": {}})
    machine = accelerator(config.accelerator)
    tables, notes = [mapping_table(machine, config.objective, done["mappings"], kept.write)], []
    if problem is not None:
        table, notes = design_table(problem, config.budget, _SEEDS.value, done["designs"], kept.write, folder)
        tables.append(table)
    return tables, notes


def _tune(
    config: TuneConfig, problem: DesignProblem, kept: Growing, folder: Path
) -> tuple[list[Table], list[str], dict[str, Any]]:
    """Tunes the hardware and writes the design."""
    console = terminal(stderr=True)
    unit = problem.space.base.energy.unit

    def say(line: str) -> None:
        console.print(line, soft_wrap=True, markup=False)

    if problem.base_broken:
        say(base_breaks(problem.space.base.name, problem.base_broken))
    if problem.space.free:
        say(f"free in this model: {', '.join(problem.space.free)}")
    tuner = DesignTuner(problem, np.random.default_rng(config.seed), moves_tiles=config.mode == "both")
    restore(tuner, kept.data)
    shown: Scored | None = None
    axes = counted(len(problem.space.axes), "axis", "axes")
    with layer_progress(f"tuning {axes}, {counted(problem.space.size, 'design')}") as progress:
        progress(len(tuner.scored), config.budget, f"the base design {problem.space.base.name}")
        base_loss, missed = _base(problem, kept)
        if missed:
            say(base_breaks(problem.space.base.name, missed))
        if not np.isfinite(base_loss):
            say(_unmapped(problem))
        broken = (*problem.base_broken, *missed)

        def heard(tuner: DesignTuner) -> None:
            nonlocal shown
            remember(tuner, kept)
            best = tuner.best
            relative = _relative(best.loss, base_loss) + (", misses a constraint" if best.missed else "")
            value = f"best {config.objective} {_value(config, best.loss, unit)}{relative}"
            progress(len(tuner.scored), config.budget, value)
            if best != shown and not console.is_terminal:
                say(f"{len(tuner.scored)} of {counted(config.budget, 'design')}: {value}")
            shown = best

        if tuner.scored:  # an interrupted run goes on: what it found is known before the next round
            heard(tuner)
        tuner.run(config.budget, heard)
    best = tuner.best
    design = problem.design(best.digits)
    write_text(folder / "design.yaml", accelerator_yaml(design))
    files = save(_trajectory(tuner, base_loss), folder / "trajectory")
    values = {axis.field: axis.values[digit] for axis, digit in zip(problem.space.axes, best.digits, strict=True)}
    table = values_table(problem, values)
    relative = f"{relative} ({problem.space.base.name})" if (relative := _relative(best.loss, base_loss)) else ""
    notes = [
        f"{config.objective} {_value(config, best.loss, unit)}{relative}, certified by the mapper",
        f"wrote {folder}/: design.yaml, {', '.join(path.name for path in files)}",
    ]
    notes += _ending(problem, tuner, base_loss, broken)
    extra = {
        "objective_unit": cost_unit(config.objective, unit),
        "objective": 2.0**best.loss,
        "base_objective": 2.0**base_loss,
        "times_base": 2.0 ** (best.loss - base_loss) if np.isfinite(base_loss) else None,
        "base": {"name": problem.space.base.name, "broken_constraints": list(broken)},
        "meets_constraints": best.missed == 0,
        "free_axes": list(problem.space.free),
        "designs_scored": len(tuner.scored),
    }
    return [table], notes, extra


def _base(problem: DesignProblem, kept: Growing) -> tuple[float, tuple[str, ...]]:
    """The loss of the base design, and the constraints on what a design achieves that it misses, in words."""
    if "base" not in kept.data:
        loss, mappings, _ = problem.score_machine(problem.space.base)
        words = problem.missed_by(problem.space.base, mappings) if mappings else ()
        kept.data["base"] = {"loss": loss if np.isfinite(loss) else None, "missed": list(words)}
        kept.write()
    base = kept.data["base"]
    return float("inf") if base["loss"] is None else base["loss"], tuple(base["missed"])


def _ending(problem: DesignProblem, tuner: DesignTuner, base_loss: float, broken: Sequence[str]) -> list[str]:
    """What the end of a tuning means: constraints missed, whether more designs are left, whether the base is beaten."""
    base, best, found = problem.space.base.name, tuner.best, [] if np.isfinite(base_loss) else [_unmapped(problem)]
    if missed := problem.missed_by(problem.design(best.digits), best.mappings) if best.missed else ():
        loosen = loosened(problem.space.targets, closest(np.array([s.excess for s in tuner.scored.values()]).T))
        found.append(f"no design scored meets all constraints; the closest is shown: {'; '.join(missed)}")
        found.append(f"of the designs scored, to have one that does: {loosen}")
    whole = len(tuner.scored) == problem.designs(len(tuner.scored) + 1)
    if whole and best.missed:
        found.append(
            f"every design of these axes was scored ({len(tuner.scored)}): only other axes or values can meet all"
        )
    elif whole:
        found.append(f"every design that meets the constraints was scored ({len(tuner.scored)}): this is the best")
    if broken:
        found.append(f"{base_breaks(base, broken)} It is no choice: compare designs that meet all constraints")
    elif best.missed:
        found.append(f"{base} itself meets them: start from values of the axes that it has")
    elif best.loss > base_loss:
        more = "only other axes or values can be" if whole else "raise --config.budget or widen the axes"
        found.append(f"nothing better than {base} was found: {more}")
    elif best.loss == base_loss and best.digits == problem.base_digits:
        more = "no other value of these axes is better" if whole else "raise --config.budget or widen the axes"
        found.append(f"{base} itself is the best design found: {more}")
    return found


def values_table(problem: DesignProblem, values: dict[str, Any]) -> Table:
    """One row per axis: the base design's value and the tuned one."""
    base = problem.space.base_values
    columns = (
        Column.of("field", "field", values, numeric=False, priority=0),
        Column.of("base", problem.space.base.name, (base[field] for field in values), "{:,.6g}".format, priority=0),
        Column.of("tuned", "tuned", values.values(), "{:,.6g}".format, priority=0),
        Column.of(
            "ratio", "× base", (values[f] / base[f] if base[f] else math.nan for f in values), _times, priority=1
        ),
        Column.of(
            "costs", "it costs", (cost_in_words(problem.space.costs.get(f)) for f in values), numeric=False, priority=1
        ),
    )
    return Table(name="design", title="the tuned design", columns=columns)


def _ratio(value: float, base: float) -> float:
    return value / base if base else math.nan


def _times(ratio: float) -> str:
    return "–" if math.isnan(ratio) else f"{ratio:.3g}×"


def _relative(loss: float, base: float) -> str:
    """How a loss stands to the base design's, to go on with after a number; empty where that has no mapping."""
    return f", {2.0 ** (loss - base):.3f} x the base design's" if np.isfinite(base) else ""


def _value(config: TuneConfig, loss: float, unit: str) -> str:
    """What a loss comes to, in words."""
    return cost(config.objective, 2.0**loss, unit) if np.isfinite(loss) else "not known: no design with a mapping yet"


def _unmapped(problem: DesignProblem) -> str:
    """Why nothing is compared with a base design that does not run the layers."""
    return f"{problem.space.base.name}, the base design, has no mapping for every layer: nothing is compared with it"


def _trajectory(tuner: DesignTuner, base_loss: float) -> Any:
    axes = tuner.problem.space.axes
    order = list(tuner.scored.values())
    values = np.array([[float(a.values[d]) for a, d in zip(axes, s.digits, strict=True)] for s in order])
    known = np.isfinite(base_loss)
    costs = np.array([2.0 ** (s.loss - (base_loss if known else tuner.best.loss)) for s in order])
    base = [float(value) for value in tuner.problem.space.base_values.values()]
    word = f"{tuner.problem.objective} over the {'base' if known else 'best'} design's"
    meets = np.array([s.missed == 0 for s in order])
    return trajectory(
        [axis.field for axis in axes], values, costs, word, base, meets, base_cost=1.0 if known else np.nan
    )


def _tune_mappings(config: TuneConfig, kept: Growing) -> tuple[list[Table], list[str], dict[str, Any]]:
    """Tunes the mapping of every distinct layer and compares it with the certified optimum."""
    machine = accelerator(config.accelerator)
    flow = dataflow(machine.dataflow)
    layers = {layer.name: layer for workload in workloads(config) for layer in workload.layers}
    with layer_progress(f"tuning the mappings of {counted(len(layers), 'layer')} on {machine.name}") as progress:
        for done, (name, layer) in enumerate(layers.items()):
            progress(done, len(layers), name)
            if name in kept.data:
                continue
            certified = map_layer(layer, machine, flow, objective=config.objective)
            budget = max(_LEAST, certified.space.size // config.budget)
            tuned = tune_mapping(layer, machine, flow, objective=config.objective, budget=budget, seed=config.seed)
            kept.data[name] = {
                "mapspace": certified.space.size,
                "evaluations": tuned.evaluations,
                "gradients": tuned.gradients,
                "tuned": tuned.objective,
                "optimum": certified.primary,
                "mapping": to_dict(tuned.mapping),
            }
            kept.write()
    rows = [kept.data[name] for name in layers]
    in_units = partial(cost, config.objective, energy_unit=machine.energy.unit)
    columns = (
        Column.of("layer", "layer", layers, numeric=False, priority=0),
        Column.of("mapspace", "mapspace", (r["mapspace"] for r in rows), "{:,}".format, priority=3),
        Column.of("evaluations", "evaluations", (r["evaluations"] for r in rows), "{:,}".format, priority=1),
        Column.of("tuned", f"tuned {config.objective}", (r["tuned"] for r in rows), in_units, priority=2),
        Column.of("optimum", "optimum", (r["optimum"] for r in rows), in_units, priority=2),
        Column.of("gap", "gap", (r["tuned"] / r["optimum"] - 1 for r in rows), gap, priority=0),
    )
    within = sum(r["tuned"] <= 1.01 * r["optimum"] for r in rows)
    note = f"{within} of {counted(len(rows), 'layer')} within 1 % of the certified optimum"
    return (
        [Table(name="mappings", title="tuned mappings", columns=columns)],
        [note],
        {
            "within_1_percent": within,
            "objective_unit": cost_unit(config.objective, machine.energy.unit),
        },
    )


if __name__ == "__main__":
    _EXPERIMENT.run(main)
