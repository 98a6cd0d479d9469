"""A whole Flax network run on the accelerator: what every layer moved, how dense it was, and what 8 bits cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.flax import Execution, relative_error
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.functional import REUSE_LEVELS, Comparison, compare, equal_columns
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import compact, percent


@dataclass(frozen=True, kw_only=True, slots=True)
class FlaxLayer:
    """One layer of a Flax network as it ran. Densities are nonzero shares, errors relative root mean squares.

    ``iact_error``, ``weight_error``: of the quantisation of the operands. ``own_error``: of the output against the
    convolution of the same inputs in float32. ``error_so_far``: of the output against that of the whole network in
    float32, so that the errors of all layers before it count too.
    """

    comparison: Comparison
    iact_density: float
    weight_density: float
    oact_density: float
    iact_error: float
    weight_error: float
    own_error: float
    error_so_far: float
    overflowed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FlaxRun:
    """A Flax network on the accelerator beside the same network in float32.

    ``output_error``: relative root mean square of the logits' difference. ``same_class``: whether the largest logit
    is the same one.
    """

    layers: list[FlaxLayer]
    output_error: float
    same_class: bool
    seconds: float


def flax_layer(
    result: LayerResult, execution: Execution, accelerator: Accelerator, outputs: tuple[jax.Array, jax.Array]
) -> FlaxLayer:
    """The record of one layer beside its evaluation; ``outputs``: of the layer on the accelerator and in float32."""
    record: Any = jax.device_get(execution)
    return FlaxLayer(
        comparison=compare(result, execution.counts, accelerator),
        iact_density=float(record.iact_density),
        weight_density=float(record.weight_density),
        oact_density=float(record.oact_density),
        iact_error=float(record.iact_error),
        weight_error=float(record.weight_error),
        own_error=float(record.output_error),
        error_so_far=float(relative_error(*outputs)),
        overflowed=bool(record.overflowed),
    )


def flax_table(layers: Sequence[FlaxLayer]) -> Table:
    """One row a layer: counts, cycles, nonzero shares, and the errors of 8 bits."""
    results = [each.comparison.layer for each in layers]

    def each_layer(key: str, header: str, show: Callable[[float], str], priority: int) -> Column:
        return Column.of(key, header, (getattr(each, key) for each in layers), show, priority=priority)

    columns = (
        Column.of("layer", "layer", (result.layer.name for result in results), numeric=False, priority=0),
        *equal_columns([each.comparison for each in layers]),
        Column.of("macs", "MACs", (result.layer.macs for result in results), compact, priority=7),
        Column.of("cycles", "cycles", (result.evaluation.cycles.total for result in results), compact, priority=3),
        each_layer("iact_density", "iacts\nnonzero", percent, 4),
        each_layer("weight_density", "weights\nnonzero", percent, 8),
        each_layer("oact_density", "psums\nnonzero", percent, 8),
        Column(key="iact_error", values=tuple(each.iact_error for each in layers)),
        Column(key="weight_error", values=tuple(each.weight_error for each in layers)),
        each_layer("own_error", "8 bits:\nown error", _error, 5),
        each_layer("error_so_far", "error\nso far", _error, 2),
        Column(
            key="overflowed",
            header="",
            cells=tuple("OVERFLOW" if each.overflowed else "" for each in layers),
            values=tuple(each.overflowed for each in layers),
            numeric=False,
        ),
    )
    return Table(name="layers", title="Executed layers", columns=columns)


def flax_reuse_table(layers: Sequence[FlaxLayer]) -> Table:
    """Reuse factors of every layer, DRAM x GLB x array x SPad, as ISCA'16 defines them."""
    names = (each.comparison.layer.layer.name for each in layers)
    columns = [Column.of("layer", "layer", names, numeric=False, priority=0)]
    for data_type in TYPES:
        factors = [each.comparison.reuse[data_type] for each in layers]
        cells = tuple("·".join(compact(each[level]) for level in REUSE_LEVELS) for each in factors)
        columns.append(Column(header=data_type, cells=cells, priority=1))
        columns += [
            Column(key=f"{data_type}_{level}_reuse", values=tuple(each[level] for each in factors))
            for level in REUSE_LEVELS
        ]
    title = f"Reuse factors (measured): {' · '.join(REUSE_LEVELS.values())}"
    return Table(name="reuse", title=title, columns=tuple(columns))


def _error(error: float) -> str:
    return f"{100 * error:.2f} %"
