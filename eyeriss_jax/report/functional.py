"""Predicted against measured: the words of the laws beside those that an execution of the mapping moved."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jax
import numpy as np

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.counting import Counts, reuse_factors
from eyeriss_jax.functional.execute import FunctionalResult
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.table import Column, Table

REUSE_LEVELS: dict[str, str] = {"dram": "DRAM", "glb": "GLB", "array": "array", "rf": "SPad"}
"""The levels of reuse and their headers."""

Row = tuple[str, str, str, int, int]
"""(level, data type, kind of access, predicted words, measured words)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The counts of one executed layer beside their prediction.

    ``reuse``: reuse factors per data type and level, ISCA'16. ``delivered``: words per cluster ``[rows, cols]`` and
    data type; psums: words collected. ``busiest``: words of the busiest SPad (arriving), router port and GLB bank.
    """

    layer: LayerResult
    rows: tuple[Row, ...]
    reuse: dict[str, dict[str, float]]
    delivered: dict[str, np.ndarray]
    busiest: dict[str, dict[str, int]]

    @property
    def equal(self) -> bool:
        """Whether every count is exactly as predicted."""
        return all(predicted == measured for *_, predicted, measured in self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutedLayer:
    """One layer executed on given tensors. ``output_error``: largest absolute difference from the reference."""

    comparison: Comparison
    output_error: float
    overflowed: bool
    seconds: float


def executed_layer(
    layer: LayerResult, executed: FunctionalResult, accelerator: Accelerator, reference: jax.Array, seconds: float
) -> ExecutedLayer:
    """Sets the execution of a layer beside its evaluation; ``reference`` is [G, N, M, E, F]."""
    error = np.abs(np.asarray(executed.oacts, np.float64) - np.asarray(reference, np.float64)).max()
    return ExecutedLayer(
        comparison=compare(layer, executed.counts, accelerator),
        output_error=float(error),
        overflowed=executed.overflowed,
        seconds=seconds,
    )


def compare(layer: LayerResult, counts: Counts, accelerator: Accelerator) -> Comparison:
    """Sets what an execution of a layer counted beside its evaluation."""
    reuse, where = reuse_factors(layer.layer, counts), counts.instances
    return Comparison(
        layer=layer,
        rows=tuple(_rows(layer, counts, accelerator)),
        reuse={t: {name: getattr(reuse[t], name) for name in REUSE_LEVELS} for t in TYPES},
        delivered={t: np.asarray(where.cluster_words[t]) for t in TYPES},
        busiest={
            t: {
                "spad": int(where.arrivals[t].max()),
                "port": int(where.ports[t].max()),
                "bank": int((where.banks[t].reads + where.banks[t].fills + where.banks[t].updates).max()),
            }
            for t in TYPES
        },
    )


def _rows(layer: LayerResult, counts: Counts, accelerator: Accelerator) -> Iterator[Row]:
    """Every count that both models have."""
    predicted = layer.evaluation
    yield "array", "", "MACs", int(predicted.macs), counts.macs
    yield "array", "", "compute cycles", int(predicted.cycles.compute), counts.compute_cycles
    yield "array", "", "active PEs", int(predicted.active_pes), counts.active_pes
    for level in ("dram", "glb", "spad"):
        for data_type in TYPES:
            ours, measured = getattr(predicted, level)[data_type], getattr(counts, level)[data_type]
            for kind in ("reads", "fills", "updates"):
                pair = int(getattr(ours, kind)), getattr(measured, kind)
                if any(pair):
                    yield level, data_type, kind, *pair
    for data_type in TYPES:
        yield "noc", data_type, "arrive", int(predicted.noc[data_type]), counts.noc[data_type]
        hops = int(predicted.hops[data_type]), counts.hops[data_type]
        if any(hops):
            yield "noc", data_type, "hop between clusters", *hops
        words_per_cycle = accelerator.noc_words_per_cycle[data_type]
        if math.isfinite(words_per_cycle):
            busiest = round(predicted.cycles.delivery[data_type] * words_per_cycle)
            yield "noc", data_type, "busiest port", busiest, counts.port[data_type]
    if counts.returns and math.isfinite(words_per_cycle := accelerator.noc_words_per_cycle.psum):
        yield "noc", "psum", "back into it", round(predicted.cycles.returning * words_per_cycle), counts.returns


def words_table(comparison: Comparison) -> Table:
    """Predicted and measured words, one row a count."""
    levels, types, kinds, predicted, measured = zip(*comparison.rows, strict=True)
    equal = [ours == theirs for ours, theirs in zip(predicted, measured, strict=True)]
    columns = (
        Column.of("level", "level", levels, numeric=False, priority=2),
        Column.of("type", "data", types, numeric=False, priority=1),
        Column.of("count", "count", kinds, numeric=False, priority=0),
        Column.of("predicted", "predicted", predicted, "{:,}".format, priority=3),
        Column.of("measured", "measured", measured, "{:,}".format, priority=4),
        Column.of("equal", "", equal, {True: "=", False: "DIFFERS"}.__getitem__, numeric=False),
    )
    return Table(name="words", title=f"{comparison.layer.layer.name}: predicted and measured", columns=columns)


def reuse_table(comparison: Comparison) -> Table:
    """Reuse factors per data type as ISCA'16 defines them, and the words of the busiest instances."""
    columns = [Column.of("type", "data", comparison.reuse, numeric=False, priority=0)]
    for name, header in REUSE_LEVELS.items():
        factors = [factors[name] for factors in comparison.reuse.values()]
        columns.append(Column.of(name, header, factors, "{:.2f}".format))
    for name, header in (("spad", "busiest\nSPad"), ("port", "router\nport"), ("bank", "GLB\nbank")):
        words = [words[name] for words in comparison.busiest.values()]
        columns.append(Column.of(f"busiest_{name}_words", header, words, "{:,}".format, priority=6))
    return Table(name="reuse", title="Reuse factors and busiest instances (measured)", columns=tuple(columns))


def equal_columns(comparisons: Sequence[Comparison]) -> tuple[Column, Column, Column]:
    """Whether and how many counts are as predicted, and (for scripts) of how many."""
    equal = [sum(ours == theirs for *_, ours, theirs in each.rows) for each in comparisons]
    counts = [len(each.rows) for each in comparisons]
    verdicts = tuple("all equal" if each.equal else "DIFFER" for each in comparisons)
    shares = tuple(f"{n}/{of}" for n, of in zip(equal, counts, strict=True))
    return (
        Column(header="counts", cells=verdicts, numeric=False, priority=1),
        Column(key="equal_counts", header="equal", cells=shares, values=tuple(equal), priority=2),
        Column(key="counts", values=tuple(counts)),
    )


def layers_table(layers: Sequence[ExecutedLayer]) -> Table:
    """One row a layer: are the counts equal, is the output exact, how long it took."""
    comparisons = [each.comparison for each in layers]
    columns = (
        Column.of("layer", "layer", (each.layer.layer.name for each in comparisons), numeric=False, priority=0),
        *equal_columns(comparisons),
        Column.of("output_error", "output error", (each.output_error for each in layers), "{:g}".format),
        Column.of("execution_s", "time (s)", (each.seconds for each in layers), "{:.2f}".format),
    )
    return Table(name="layers", title="Executed layers", columns=columns)
