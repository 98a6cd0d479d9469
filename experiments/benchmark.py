"""Speed of the model on this machine: compile time and steady rate apart, medians of repeats.

One evaluation is one (accelerator, layer, mapping) with all cycles, traffic, energy and validity. Two ways are timed:
the law point by point, with every metric reduced so that nothing can be skipped, and the sweep, which evaluates the
same law in stages over all local devices and keeps the best mapping of each design. Gradients of EDP are timed over all
local devices. The start of a sweep is timed from outside: its process from the first moment to the first design on the
terminal; first answers of the mapper, in processes of their own as well. Moves of the explorer are timed from a message
to its answer, without the browser.

  python -m experiments.benchmark --config=configs/benchmark.py --output_dir=output/benchmark
  python -m experiments.benchmark --compile_for=tpu_v5e --devices=8
  python -m experiments.benchmark --beside=accelforge:accelforge/bin/python,zigzag:zigzag/bin/python

The second compiles the search and the gradients for devices that are not there, and says what they allow
(``experiments/measure/compile_for.py``). The third asks other mappers for the best mapping of the same layers, each
under the Python of its own environment, in turns with ours (``experiments/measure/beside``). Writes summary.json,
again with every part that ends. ``--update_docs`` also renews the table of measurements in BUILD_NOTES.md.
"""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from absl import flags

from experiments.harness import (
    CONFIGS,
    Experiment,
    define_accelerator,
    define_layer,
    define_network,
    define_switch,
    layer_progress,
    only_layer,
    start_devices,
)
from experiments.measure.absent_devices import KINDS, absent_devices
from experiments.measure.beside.jobs import MACHINE, jobs
from experiments.measure.beside.side_by_side import contestants, side_by_side
from experiments.measure.beside.table import WORDS, beside_table
from experiments.measure.beside.tools import TOOLS, Installed, installed
from experiments.measure.compile_for import PROGRAMS, figures
from experiments.measure.first_answers import measure_answers
from experiments.measure.first_result import measure_starts
from experiments.measure.gradients import measure_gradients
from experiments.measure.moves import NETWORK, measure_moves
from experiments.measure.notes import update_notes, yardstick
from experiments.measure.sweeps import measure_sweep
from experiments.measure.timing import timed
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.mapspace import mapping_of, mapspace
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, Network, network
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import counted, duration, percent, scaled
from eyeriss_jax.search.mapping import Tables, device_tables, inner_of, outer_of

MOVES = 200
"""Of the explorer, of which the median and the 95th percentile count."""

_EXPERIMENT = Experiment("benchmark", CONFIGS / "benchmark.py", compiles=False)
_NETWORK = define_network()
_LAYER = define_layer()
_ACCELERATOR = define_accelerator()
_COMPILE_FOR = flags.DEFINE_string(
    "compile_for", "", f"Estimate a device that is not there instead: {', '.join(KINDS)}.", allow_override=True
)
_DEVICES = flags.DEFINE_integer(
    "devices", 1, "Devices to compile for, with --compile_for.", lower_bound=1, allow_override=True
)
_BESIDE = flags.DEFINE_list(
    "beside", [], f"Map layers beside other tools, given as name:python of an environment that has it: "
    f"{', '.join(TOOLS)}.", allow_override=True,
)  # fmt: skip


_UPDATE_DOCS = define_switch("update_docs", "Renew the table of measurements in BUILD_NOTES.md.")

_NOTES = Path(__file__).resolve().parents[1] / "BUILD_NOTES.md"

_MOST_POINTS = (1 << 31) - 1
"""Of one timed call: they are numbered in 32 bits."""


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkConfig:
    """What to time: the mapspace of one layer, points per device step and how often.

    ``beside_layers``: what ``--beside`` maps: by a name, the extents of each layer that are not 1. ``beside_limit_s``:
    seconds of the clock that one answer may take.
    """

    network: str
    layer: str
    accelerator: str
    chunk: int
    chunks: int
    repeats: int
    sweep_calls: int
    beside_layers: Mapping[str, Any]
    beside_limit_s: float

    def __post_init__(self) -> None:
        """Refuses sizes that time nothing."""
        for name in ("chunk", "chunks", "repeats", "sweep_calls"):
            if getattr(self, name) < 1:
                raise SpecError(f"config field {name} = {getattr(self, name)} must be at least 1")
        if self.chunk * self.chunks > _MOST_POINTS:
            raise SpecError(
                f"config fields chunk x chunks = {self.chunk * self.chunks:,} points are more than {_MOST_POINTS:,}; "
                "lower one of them"
            )
        if not self.beside_limit_s > 0:
            raise SpecError(f"config field beside_limit_s = {self.beside_limit_s} must be above 0")


@partial(jax.jit, static_argnames=("chunk", "chunks"))
def _evaluate_chunks(machine: object, layer: object, tables: Tables, *, chunk: int, chunks: int) -> object:
    """Every metric summed over ``chunks`` x ``chunk`` points spread over the mapspace."""

    def metrics(index: jax.Array) -> object:
        tiling, order = index // tables.order_count, index % tables.order_count
        outer = outer_of(tables, tiling % tables.parts_count, order)
        inner = inner_of(tables, tiling // tables.parts_count)
        return evaluate(machine, layer, mapping_of(layer.dims, inner, outer))  # type: ignore[attr-defined, arg-type]

    def step(total: object, start: jax.Array) -> tuple[object, None]:
        found = jax.vmap(metrics)(start + jnp.arange(chunk, dtype=jnp.int32))
        return jax.tree.map(lambda a, b: a + b.sum(), total, found), None

    zero = jax.tree.map(lambda x: jnp.zeros((), x.dtype), jax.eval_shape(metrics, jnp.int32(0)))
    return jax.lax.scan(step, zero, jnp.arange(chunks, dtype=jnp.int32) * chunk)[0]


def measure(config: BenchmarkConfig, *, x64: bool) -> dict[str, float]:
    """Compile seconds, median seconds a run and evaluations per second, in float32 or float64."""
    machine = accelerator(config.accelerator)
    (layer,) = only_layer(network(config.network), config.layer).layers
    with jax.enable_x64(x64):
        tables = jax.device_put(device_tables(mapspace(layer, machine, dataflow(machine.dataflow))))
        arguments = (machine.build(), layer.build(), tables)
        sizes = {"chunk": config.chunk, "chunks": config.chunks}
        found = timed(lambda: _evaluate_chunks.lower(*arguments, **sizes).compile(), arguments, config.repeats)
    points = config.chunk * config.chunks
    return found | {
        "evaluations_per_s": points / found["run_s_median"],
        "evaluations_per_cpu_s": points / found["run_cpu_s_median"],
    }


def main() -> None:
    """Reads the flags; measures this machine, estimates a device that is not there, or asks other mappers."""
    names = {"network": _NETWORK.value, "layer": _LAYER.value, "accelerator": _ACCELERATOR.value}
    config = _EXPERIMENT.config(BenchmarkConfig, **names)
    if _COMPILE_FOR.value and _BESIDE.value:
        raise SpecError("--beside measures this machine and --compile_for estimates another; give one of them")
    if _UPDATE_DOCS.value and (_COMPILE_FOR.value or _BESIDE.value):
        raise SpecError("--update_docs is of what this machine does by itself; leave --compile_for and --beside out")
    if _BESIDE.value:
        asked, tools = jobs(config.beside_layers), installed(_BESIDE.value)
        named = (f"{tool.name} {tool.version}" for tool in tools)
        _beside(asked, tools, config, Summary(_EXPERIMENT.start(config, "beside", *named), config))
        return
    if not _COMPILE_FOR.value:
        start_devices()  # before a factory of the user's begins to compute
    layer = only_layer(_EXPERIMENT.network(config.network), config.layer)
    if _COMPILE_FOR.value:
        devices = absent_devices(_COMPILE_FOR.value, _DEVICES.value)
        summary = Summary(_EXPERIMENT.start(config, _COMPILE_FOR.value), config)
        _estimate(_COMPILE_FOR.value, devices, config, layer.layers[0], summary)
    elif _DEVICES.value != 1:
        raise SpecError(f"--devices={_DEVICES.value} is of --compile_for; this machine is measured with all it has")
    else:
        summary = Summary(_EXPERIMENT.start(config), config)
        _measure(config, layer, summary)


class Summary:
    """``summary.json``, written again with every part that ends, so that an interrupted run keeps what it has."""

    def __init__(self, folder: Path, config: BenchmarkConfig) -> None:
        self.path = folder / "summary.json"
        self.parts: dict[str, Any] = {
            "config": dataclasses.asdict(config),
            "git_revision": git_revision(),
            "versions": versions(),
        }

    def add(self, **parts: Any) -> None:
        """Adds parts and writes the file."""
        self.parts |= parts
        write_json(self.path, self.parts)


def _measure(config: BenchmarkConfig, layer: Network, summary: Summary) -> None:
    device, machine = jax.devices()[0], yardstick()
    summary.add(machine=machine, device=f"{len(jax.devices())} x {device.device_kind}")
    rates: dict[str, dict[str, float]] = {}
    with layer_progress(f"timing {layer.layers[0].name} of {layer.name} on {config.accelerator}") as at:
        for done, (name, x64) in enumerate((("float32", False), ("float64", True))):
            at(done, 7, f"the law in {name}")
            rates[name] = measure(config, x64=x64)
            summary.add(rates=rates)
        at(2, 7, "the sweep")
        sweep = measure_sweep(layer, config.accelerator, config.sweep_calls, config.repeats)
        summary.add(sweep=sweep)
        at(3, 7, "the start of a sweep")
        start = measure_starts(config.repeats)
        summary.add(start=start)
        at(4, 7, "first answers")
        answers = measure_answers(config.repeats)
        summary.add(answers=answers)
        at(5, 7, "gradients")
        gradients = measure_gradients(layer.layers[0], config.accelerator, config.repeats)
        summary.add(gradients=gradients)
        at(6, 7, "moves of the explorer")
        moves = measure_moves(config.accelerator, MOVES)
        summary.add(moves=moves)
    table = rates_table(rates)
    speed = (
        f"sweep: {scaled(sweep['evaluations_per_s'])} full evaluations/s on {counted(len(jax.devices()), 'device')}, "
        f"{scaled(sweep['evaluations_per_cpu_s'])} per CPU-second; "
        f"{sweep['operations_per_evaluation']:.0f} operations each, "
        f"{percent(sweep['share_of_peak'])} of a measured peak of {scaled(sweep['peak_operations_per_s'])} operations/s"
    )
    begin = (
        f"start of a sweep: first result after {duration(start['first_result_cold_s'])}, compiled after "
        f"{duration(start['ready_cold_s'])}; with compiled programs on disk first result after "
        f"{duration(start['first_result_cached_s'])}"
    )
    slopes = "; ".join(
        f"by {name} {scaled(rate['gradients_per_s'])}/s, {scaled(rate['gradients_per_cpu_s'])} per CPU-second, "
        f"compiled in {duration(rate['compile_cpu_s'])} of CPU"
        for name, rate in gradients.items()
    )
    first = "; ".join(
        f"{name} {duration(taken['cold_cpu_s'])}, {duration(taken['kept_cpu_s'])} with programs kept"
        for name, taken in answers.items()
    )
    explorer = (
        f"explorer: a move of {counted(int(moves['layers']), 'layer')} of {NETWORK} is answered after "
        f"{duration(moves['answer_s_median'])}, 95 % of them after {duration(moves['answer_s_p95'])}"
    )
    notes = [speed, begin, f"first answers in a process, CPU time: {first}", f"gradients of EDP: {slopes}", explorer]
    notes.append(f"wrote {summary.path}")
    if _UPDATE_DOCS.value:
        update_notes(summary.parts, machine, _NOTES)
        notes.append(f"renewed the table in {_NOTES.name}")
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), notes)


def _estimate(name: str, devices: list[Any], config: BenchmarkConfig, layer: Layer, summary: Summary) -> None:
    kind = KINDS[name]
    summary.add(device=f"{len(devices)} x {name}, not there", assumed=kind._asdict(), estimate={})
    found: dict[str, dict[str, Any]] = {}
    with layer_progress(f"compiling {len(PROGRAMS)} programs for {len(devices)} x {name}") as at:
        for done, (part, program) in enumerate(PROGRAMS.items()):
            at(done, len(PROGRAMS), part)
            found[part] = figures(
                program(accelerator(config.accelerator), layer, len(devices), kind.platform), devices, kind
            )
            summary.add(estimate=found)
    table = estimate_table(found)
    notes = [
        f"{len(devices)} x {name}: compiled and never run; no figure here is measured. A call takes the longest of "
        "launches, arithmetic and memory traffic.",
        f"assumed per device: {scaled(kind.operations_per_s)} operations/s, {scaled(kind.bytes_per_s)} bytes/s, "
        f"{scaled(kind.memory_bytes)} bytes, {kind.launch_s * 1e6:g} us per launch ({kind.source})",
        f"wrote {summary.path}",
    ]
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), notes)


def _beside(
    asked: dict[str, dict[str, Any]], tools: list[Installed], config: BenchmarkConfig, summary: Summary
) -> None:
    everyone = contestants(tools)
    summary.add(machine=MACHINE, tools={tool.name: tool.version for tool in tools}, beside={})
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with layer_progress(f"mapping {len(asked)} layers on {MACHINE} by {len(everyone)} mappers in turns") as at:
        for done, (name, job) in enumerate(asked.items()):
            found[name] = side_by_side(
                job, everyone, config.repeats, config.beside_limit_s,
                lambda who, done=done, name=name: at(done, len(asked), f"{name} by {who}"),
            )  # fmt: skip
            summary.add(beside=found)
    table = beside_table(found)
    finds = (f"{tool.name} {tool.version}: {TOOLS[tool.name].finds}." for tool in tools)
    limit = f"A dash: no answer in {duration(config.beside_limit_s)}."
    notes = [*WORDS, *finds, limit, f"wrote {summary.path}"]
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), notes)


def estimate_table(found: dict[str, dict[str, Any]]) -> Table:
    """One row per program."""

    def column(key: str, header: str, show: Callable[[float], str], priority: int) -> Column:
        return Column.of(key, header, [each[key] for each in found.values()], show, priority=priority)

    columns = (
        Column.of("program", "", found, numeric=False, priority=0),
        column("results_per_s", "results\nper second", scaled, 1),
        column("xla_results_per_s", "XLA's own\nestimate", lambda x: "-" if x is None else scaled(x), 2),
        column("compile_cpu_s", "compile\nCPU time", duration, 3),
        column("kernels", "kernels\na call", str, 4),
        column("loops", "loops", str, 9),
        column("results_per_call", "results\na call", scaled, 5),
        column("temporary_bytes_per_device", "temporary\nbytes", scaled, 6),
        column("share_of_memory", "of its\nmemory", percent, 7),
        column("arithmetic_s", "arithmetic", _time, 8),
        column("memory_s", "memory\ntraffic", _time, 8),
        column("launches_s", "launches", _time, 8),
    )
    return Table(name="estimate", title="Compiled ahead of time", columns=columns)


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us"


def rates_table(rates: dict[str, dict[str, float]]) -> Table:
    """One row per precision."""

    def column(key: str, header: str, show: Callable[[float], str], priority: int) -> Column:
        return Column.of(key, header, [rate[key] for rate in rates.values()], show, priority=priority)

    columns = (
        Column.of("precision", "", rates, numeric=False, priority=0),
        column("evaluations_per_s", "full evaluations\nper second", scaled, 1),
        column("evaluations_per_cpu_s", "per\nCPU-second", scaled, 1),
        column("compile_s", "compile\ntime", duration, 2),
        column("compile_cpu_s", "compile\nCPU time", duration, 6),
        column("run_s_median", "median\nrun", duration, 3),
        column("run_s_min", "fastest\nrun", duration, 4),
        column("run_s_max", "slowest\nrun", duration, 5),
    )
    return Table(name="rates", title="Full evaluations", columns=columns)


if __name__ == "__main__":
    _EXPERIMENT.run(main)
