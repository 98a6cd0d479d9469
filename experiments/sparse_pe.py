"""The sparse PE: where compression pays, where raw mode wins, what lanes and SPad buy, and what PEs wait for.

Evaluates thousands of PE designs over the plane of weight and iact density in closed form, and simulates the array
on random masks and on the public masks of sparse MobileNet 0.5-128 to say how far the closed form can be trusted.

  python -m experiments.sparse_pe --config=configs/sparse_pe.py --output_dir=output/sparse_pe

Writes summary.json and the figures plane, designs, array, errors and pipeline (one PE of the array, stage by stage and
cycle by cycle) as PNG and SVG.
"""

import dataclasses
import math
import time
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from experiments.harness import CONFIGS, Experiment, layer_progress
from experiments.measure.sparse_pe import MODELS, Comparison, random_cases, real_cases
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse import ArrayQueues, PeTile, PeTrace, pe_streams, trace_pe
from eyeriss_jax.layers.sparsity import IACT_CORRELATION, WEIGHT_CORRELATION
from eyeriss_jax.model.density import check_density
from eyeriss_jax.model.sparse_plane import Designs, Surroundings, Throughput, all_designs, plane
from eyeriss_jax.report.figures.pe_pipeline import pe_pipeline
from eyeriss_jax.report.figures.sparse_array import PARTS, sparse_array, sparse_errors
from eyeriss_jax.report.figures.sparse_plane import Plane, sparse_designs, sparse_plane
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_tables
from eyeriss_jax.report.units import counted, percent

_EXPERIMENT = Experiment("sparse_pe", CONFIGS / "sparse_pe.py")

_SPAD, _LANES = 192, 2
"""The design of Eyeriss v2 (JETCAS 2019): 96 words of two pairs, two lanes."""


_TRACED, _TRACED_CYCLES = PeTile(M0=16, C0=8, P=6), 72
"""Whose pipeline is drawn, and how much of it: small enough to follow an iact with the eye."""

_MOST_POINTS = 20_000_000
"""Designs times densities: results and what they are made of take some tens of bytes each."""


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SparsePeConfig:
    """The designs, the plane and what surrounds a PE; the designs must include those of Eyeriss v2."""

    spad_pairs: tuple[int, ...]
    lanes: tuple[int, ...]
    M0: tuple[int, ...]
    C0: tuple[int, ...]
    grid: int
    least_density: float
    chain: int
    m_tiles: int
    positions: int
    psum_fifo: int
    compared_densities: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuses what could not be drawn."""
        if _SPAD not in self.spad_pairs or not {_LANES, _LANES + 1} <= set(self.lanes):
            raise SpecError(f"config: spad_pairs must include {_SPAD}, lanes {_LANES} and {_LANES + 1}")
        for name in ("grid", "chain", "m_tiles", "positions", "psum_fifo"):
            if getattr(self, name) < (least := 2 if name in ("grid", "psum_fifo") else 1):
                raise SpecError(f"config field {name} = {getattr(self, name)} must be at least {least}")
        designs = math.prod(len(values) for values in (self.spad_pairs, self.lanes, self.M0, self.C0))
        if designs * self.grid**2 > _MOST_POINTS:
            raise SpecError(
                f"config field grid = {self.grid}: {counted(designs, 'design')} at {self.grid**2:,} densities are "
                f"more than {_MOST_POINTS:,} points, which are in memory at once; lower it to "
                f"{math.isqrt(_MOST_POINTS // designs)} or less, or name fewer designs"
            )
        if not 0 < self.least_density < 1:
            raise SpecError(f"config field least_density = {self.least_density} must lie between 0 and 1")
        for density in self.compared_densities:
            check_density("compared layers", density)


def main() -> None:
    """Reads the flags, evaluates, simulates, writes and prints."""
    config = _EXPERIMENT.config(SparsePeConfig)
    designs = all_designs(config.spad_pairs, config.lanes, config.M0, config.C0)
    folder = _EXPERIMENT.start(config)
    densities = np.linspace(config.least_density, 1, config.grid)
    with layer_progress("the sparse PE over the plane of densities, and the array on random and on public masks") as at:
        at(0, 5, "the plane")
        began = time.perf_counter()
        around = _surroundings(config)
        rates = Throughput(*map(np.asarray, plane(designs, densities, densities, around)))
        seconds = time.perf_counter() - began
        at(1, 5, "the plane where every weight is used once")
        once = Throughput(*map(np.asarray, plane(designs, densities, densities, around._replace(positions=1.0))))
        queues = ArrayQueues(psum_fifo=config.psum_fifo)
        at(2, 5, "the array on public masks")
        real = real_cases(queues)
        at(3, 5, "the array on random masks")
        cases = [*real, *random_cases(config.compared_densities, queues)]
        best = _best(designs, rates, once, densities, config.positions)
        summary = _summary(config, best, cases, rates.compressed.size)
        write_json(folder / "summary.json", summary)
        at(4, 5, "drawing")
        _draw(folder, designs, rates, best, real, cases)
    table, notes = errors_table(summary), _notes(summary, rates.compressed.size / seconds, folder)
    _EXPERIMENT.show([table], lambda width: terminal_tables([table], width), notes)


def _surroundings(config: SparsePeConfig) -> Surroundings:
    return Surroundings(
        chain=float(config.chain),
        m_tiles=float(config.m_tiles),
        positions=float(config.positions),
        psum_fifo=float(config.psum_fifo),
        weight_tiles=float(config.chain * config.m_tiles),
        iact_correlation=IACT_CORRELATION,
        weight_correlation=WEIGHT_CORRELATION,
    )


def _best(designs: Designs, rates: Throughput, once: Throughput, densities: np.ndarray, positions: int) -> Plane:
    """The best tile of Eyeriss v2's PE at every point, and with one lane more."""
    of = (designs.spad_pairs == _SPAD) & (designs.lanes == _LANES)
    nominal = np.asarray(designs.M0 * designs.C0)[of]
    more = (designs.spad_pairs == _SPAD) & (designs.lanes == _LANES + 1)
    return Plane(
        iact=densities,
        weight=densities,
        compressed=rates.compressed[of].max(0),
        raw=rates.raw[of].max(0),
        utilization=rates.utilization[of].max(0),
        more_lanes=rates.compressed[more].max(0),
        once_compressed=once.compressed[of].max(0),
        once_raw=once.raw[of].max(0),
        tile=nominal[rates.compressed[of].argmax(0)],
        lanes=_LANES,
        spad_pairs=_SPAD,
        positions=positions,
    )


def _summary(config: SparsePeConfig, best: Plane, cases: list[Comparison], points: int) -> dict[str, Any]:
    """Everything a script needs."""
    return {
        "designs_times_densities": points,
        "compressed_over_raw_speedup": _range(best.compressed / best.raw),
        "compressed_over_raw_speedup_one_use_per_weight": _range(best.once_compressed / best.once_raw),
        "third_lane_speedup": _range(best.more_lanes / best.compressed),
        "closed_form_errors": {kind: _errors(cases, kind) for kind in dict.fromkeys(case.kind for case in cases)},
        "cases": [
            {
                "kind": case.kind,
                "iact_density": case.iact_density,
                "weight_density": case.weight_density,
                "simulated_cycles": case.simulated,
                "predicted_cycles": case.predicted,
                "cycles_of_the_average_pe": {part: float(getattr(case.run, part)) for part, _ in PARTS},
            }
            for case in cases
        ],
        "git_revision": git_revision(),
        "versions": versions(),
        "config": dataclasses.asdict(config),
    }


def _range(values: np.ndarray) -> dict[str, float]:
    """Extremes over the plane, and the share of it below 1."""
    return {"least": float(values.min()), "most": float(values.max()), "share_below_1": float((values < 1).mean())}


def _errors(cases: list[Comparison], kind: str) -> dict[str, dict[str, float]]:
    """Relative errors of each density model over the cases of a kind."""
    result = {}
    for model in MODELS:
        errors = [case.error(model) for case in cases if case.kind == kind and model in case.predicted]
        if errors:
            worst = float(max(errors, key=abs))
            result[model] = {"cases": len(errors), "mean_absolute": float(np.mean(np.abs(errors))), "worst": worst}
    return result


def _draw(
    folder: Path, designs: Designs, rates: Throughput, best: Plane, real: list[Comparison], cases: list[Comparison]
) -> None:
    """The five figures."""
    marks = {case.kind.split(",")[0]: (case.iact_density, case.weight_density) for case in real}
    save(sparse_plane(best, marks), folder / "plane")
    iact, weight = (np.mean([getattr(case, name) for case in real]) for name in ("iact_density", "weight_density"))
    row, column = (int(np.abs(best.iact - value).argmin()) for value in (iact, weight))
    where = f"iact density {percent(best.iact[row])}, weight density {percent(best.weight[column])}"
    figure = sparse_designs(designs.spad_pairs, designs.lanes, rates.compressed[:, row, column], where)
    save(figure, folder / "designs")
    ran = f"M0 = {_TRACED.M0}, C0 = {_TRACED.C0}, {where}"
    save(pe_pipeline(_trace(float(iact), float(weight)), _TRACED_CYCLES, ran), folder / "pipeline")
    loads, parts = {}, {}
    for case in real:
        per_pe = case.work.macs.reshape(_passes(case), -1, *case.work.macs.shape[1:]).sum(1).reshape(_passes(case), -1)
        loads[case.kind] = (per_pe / per_pe.mean(1, keepdims=True)).ravel()
        parts[case.kind] = {part: float(getattr(case.run, part)) for part, _ in PARTS}
    save(sparse_array(loads, parts), folder / "array")
    errors: dict[str, list[float]] = {}
    for case in cases:
        model = "channels" if case in real else "uniform"
        errors.setdefault(f"{case.kind} ({model})", []).append(case.error(model))
    save(sparse_errors(errors), folder / "errors")


def _trace(iact: float, weight: float) -> PeTrace:
    """One PE on random operands of these densities."""
    random, tile = np.random.default_rng(0), _TRACED
    iacts = np.where(random.random((tile.C0, tile.width)) < iact, 1, 0).astype(np.int8)
    weights = np.where(random.random((tile.M0, tile.C0, tile.S)) < weight, 1, 0).astype(np.int8)
    streams = pe_streams(tile, jnp.asarray(iacts), jnp.asarray(weights))
    return trace_pe(tile, streams, jnp.zeros((tile.P, tile.M0), jnp.int32))


def _passes(case: Comparison) -> int:
    """Passes of a case: each begins with a load of weights."""
    return int(case.work.loads.any((1, 2)).sum())


def errors_table(summary: dict[str, Any]) -> Table:
    """One row per kind of layer: how far each closed form is from the simulated cycles."""
    kinds = summary["closed_form_errors"]

    def column(model: str, key: str, header: str) -> Column:
        values = [models[model][key] if model in models else None for models in kinds.values()]
        return Column.of(f"{model}_{key}", f"{model}\n{header}", values, _percents, priority=1)

    columns = [
        Column.of("layer", "layer", kinds, numeric=False, priority=0),
        Column.of("cases", "cases", [models["uniform"]["cases"] for models in kinds.values()], priority=2),
    ]
    for model in MODELS:
        columns += [column(model, "mean_absolute", "mean |error|"), column(model, "worst", "worst")]
    return Table(
        name="errors",
        title="Error in cycles: each closed form of densities against the simulated array",
        columns=tuple(columns),
    )


def _percents(error: float | None) -> str:
    return "-" if error is None else f"{100 * error:.1f} %"


def _notes(summary: dict[str, Any], rate: float, folder: Path) -> list[str]:
    """The plane in three lines, and what was written."""
    notes = [f"{summary['designs_times_densities']:,} design points, {rate / 1e6:.1f} M per second with compiling"]
    for key, what in (
        ("compressed_over_raw_speedup", "compressed over raw"),
        ("compressed_over_raw_speedup_one_use_per_weight", "the same where every weight is used once"),
        ("third_lane_speedup", "a third lane"),
    ):
        span = summary[key]
        notes.append(
            f"{what}: {span['least']:.2f}× to {span['most']:.2f}×, slower on {percent(span['share_below_1'])} of the "
            "plane"
        )
    return [*notes, f"wrote {folder}/: summary.json, and plane, designs, array, errors and pipeline as .png, .svg"]


if __name__ == "__main__":
    _EXPERIMENT.run(main)
