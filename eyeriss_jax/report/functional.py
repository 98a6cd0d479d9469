"""Predicted against measured: the words of the laws beside those that an execution of the mapping moved."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.conv import FunctionalResult
from eyeriss_jax.functional.counts import reuse_factors
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.table import Column, Table

LEVELS: tuple[str, ...] = ("dram", "glb", "noc", "spad")


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One executed layer beside its prediction.

    ``rows``: (level, data type, kind of access, predicted words, measured words). ``output_error``: largest absolute
    difference from the reference convolution. ``delivered``: words per cluster ``[rows, cols]`` and data type.
    """

    layer: LayerResult
    rows: tuple[tuple[str, str, str, int, int], ...]
    reuse: dict[str, dict[str, float]]
    output_error: float
    overflowed: bool
    seconds: float
    delivered: dict[str, np.ndarray]

    @property
    def equal(self) -> bool:
        """Whether every count is exactly as predicted."""
        return all(predicted == measured for *_, predicted, measured in self.rows)


def compare(layer: LayerResult, executed: FunctionalResult, reference: jax.Array, seconds: float) -> Comparison:
    """Sets the execution of a layer beside its evaluation; ``reference`` is [G, N, M, E, F]."""
    counts = executed.counts
    reuse = reuse_factors(layer.layer, counts)
    error = np.abs(np.asarray(executed.oacts, np.float64) - np.asarray(reference, np.float64)).max()
    return Comparison(
        layer=layer,
        rows=tuple(_rows(layer.evaluation, executed)),
        reuse={t: {name: getattr(reuse[t], name) for name in ("dram", "glb", "array", "rf")} for t in TYPES},
        output_error=float(error),
        overflowed=executed.overflowed,
        seconds=seconds,
        delivered={t: np.asarray(counts.instances.cluster_words[t]) for t in TYPES},
    )


def _rows(predicted: Evaluation, executed: FunctionalResult) -> list[tuple[str, str, str, int, int]]:
    """Every count that both models have."""
    counts = executed.counts
    rows = [
        ("array", "", "MACs", int(predicted.macs), counts.macs),
        ("array", "", "compute cycles", int(predicted.cycles.compute), counts.compute_cycles),
        ("array", "", "active PEs", int(predicted.active_pes), counts.active_pes),
    ]
    for level in LEVELS:
        for data_type in TYPES:
            ours, measured = getattr(predicted, level)[data_type], getattr(counts, level)[data_type]
            if level == "noc":
                rows.append((level, data_type, "arrive", int(ours), measured))
                continue
            for kind in ("reads", "fills", "updates"):
                pair = int(getattr(ours, kind)), getattr(measured, kind)
                if any(pair):
                    rows.append((level, data_type, kind, *pair))
    return rows


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
    """Reuse factors per data type as ISCA'16 defines them."""
    columns = [Column.of("type", "data", comparison.reuse, numeric=False, priority=0)]
    for name, header in (("dram", "DRAM"), ("glb", "GLB"), ("array", "array"), ("rf", "SPad")):
        factors = [factors[name] for factors in comparison.reuse.values()]
        columns.append(Column.of(name, header, factors, "{:.2f}".format))
    return Table(name="reuse", title="Reuse factors (measured)", columns=tuple(columns))


def layers_table(comparisons: Sequence[Comparison]) -> Table:
    """One row a layer: are the counts equal, is the output exact, how long it took."""
    equal = [sum(ours == theirs for *_, ours, theirs in each.rows) for each in comparisons]
    counts = [len(each.rows) for each in comparisons]
    columns = (
        Column.of("layer", "layer", (each.layer.layer.name for each in comparisons), numeric=False, priority=0),
        Column(
            header="counts",
            cells=tuple("all equal" if each.equal else "DIFFER" for each in comparisons),
            numeric=False,
            priority=1,
        ),
        Column(
            key="equal_counts",
            header="equal",
            cells=tuple(f"{n}/{of}" for n, of in zip(equal, counts, strict=True)),
            values=tuple(equal),
            priority=2,
        ),
        Column(key="counts", values=tuple(counts)),
        Column.of("output_error", "output error", (each.output_error for each in comparisons), "{:g}".format),
        Column.of("execution_s", "time (s)", (each.seconds for each in comparisons), "{:.2f}".format),
    )
    return Table(name="layers", title="Executed layers", columns=columns)
