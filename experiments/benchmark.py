"""Speed of the model on this machine: compile time and steady rate apart, medians of repeats.

One evaluation is one (accelerator, layer, mapping) with all cycles, traffic, energy and validity. Two ways are timed:
the law point by point, with every metric reduced so that nothing can be skipped, and the sweep, which evaluates the
same law in stages over all local devices and keeps the best mapping of each design. Gradients of EDP are timed over all
local devices. The start of a sweep is timed from outside: its process from the first moment to the first design on the
terminal.

  python -m experiments.benchmark --config=configs/benchmark.py --output_dir=output/benchmark

Writes summary.json.
"""

import dataclasses
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp

from experiments.command_line import CONFIGS, define_accelerator, define_layer, define_network, only_layer
from experiments.experiment import Experiment
from experiments.first_result import measure_starts
from experiments.gradient_benchmark import measure_gradients
from experiments.processes import start_devices
from experiments.sweep_benchmark import measure_sweep
from experiments.timing import timed
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.mapspace import mapping_of, mapspace
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import network
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import duration, percent, scaled
from eyeriss_jax.search.kernels import Tables, device_tables, inner_of, outer_of

_EXPERIMENT = Experiment("benchmark", CONFIGS / "benchmark.py", compiles=False)
_NETWORK = define_network()
_LAYER = define_layer()
_ACCELERATOR = define_accelerator()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BenchmarkConfig:
    """What to time: the mapspace of one layer, points per device step and how often."""

    network: str
    layer: str
    accelerator: str
    chunk: int
    chunks: int
    repeats: int
    sweep_calls: int

    def __post_init__(self) -> None:
        """Refuses sizes that time nothing."""
        for name in ("chunk", "chunks", "repeats", "sweep_calls"):
            if getattr(self, name) < 1:
                raise SpecError(f"config field {name} = {getattr(self, name)} must be at least 1")


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
    return found | {"evaluations_per_s": config.chunk * config.chunks / found["run_s_median"]}


def main() -> None:
    """Reads the flags, times both precisions, writes and prints the result."""
    names = {"network": _NETWORK.value, "layer": _LAYER.value, "accelerator": _ACCELERATOR.value}
    config = _EXPERIMENT.config(BenchmarkConfig, **names)
    folder = _EXPERIMENT.start(config)
    start_devices("", 1, 0)
    layer = only_layer(network(config.network), config.layer)
    start = measure_starts(config.repeats)
    sweep = measure_sweep(layer, config.accelerator, config.sweep_calls, config.repeats)
    gradients = measure_gradients(layer.layers[0], config.accelerator, config.repeats)
    rates = {name: measure(config, x64=x64) for name, x64 in (("float32", False), ("float64", True))}
    device = jax.devices()[0]
    write_json(
        folder / "summary.json",
        {
            "start": start,
            "sweep": sweep,
            "gradients": gradients,
            "rates": rates,
            "device": f"{len(jax.devices())} x {device.device_kind}",
            "config": dataclasses.asdict(config),
            "git_revision": git_revision(),
            "versions": versions(),
        },
    )
    table = rates_table(rates)
    speed = (
        f"sweep: {scaled(sweep['evaluations_per_s'])} full evaluations/s on {len(jax.devices())} devices; "
        f"{sweep['operations_per_evaluation']:.0f} operations each, "
        f"{percent(sweep['share_of_peak'])} of a measured peak of {scaled(sweep['peak_operations_per_s'])} operations/s"
    )
    begin = (
        f"start of a sweep: first result after {duration(start['first_result_cold_s'])}, compiled after "
        f"{duration(start['ready_cold_s'])}; with compiled programs on disk first result after "
        f"{duration(start['first_result_cached_s'])}"
    )
    slopes = "; ".join(
        f"by {name} {scaled(rate['gradients_per_s'])}/s, compiled in {duration(rate['compile_s'])}"
        for name, rate in gradients.items()
    )
    notes = [speed, begin, f"gradients of EDP: {slopes}", f"wrote {folder}/summary.json"]
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), notes)


def rates_table(rates: dict[str, dict[str, float]]) -> Table:
    """One row per precision."""

    def column(key: str, header: str, show: Callable[[float], str], priority: int) -> Column:
        return Column.of(key, header, [rate[key] for rate in rates.values()], show, priority=priority)

    columns = (
        Column.of("precision", "", rates, numeric=False, priority=0),
        column("evaluations_per_s", "full evaluations\nper second", scaled, 1),
        column("compile_s", "compile\ntime", duration, 2),
        column("run_s_median", "median\nrun", duration, 3),
        column("run_s_min", "fastest\nrun", duration, 4),
        column("run_s_max", "slowest\nrun", duration, 5),
    )
    return Table(name="rates", title="Full evaluations", columns=columns)


if __name__ == "__main__":
    _EXPERIMENT.run(main)
