"""The columns of the per-layer table in a terminal, and which of them matter most."""

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.fit import Column
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import compact, percent

_BOUND_PRIORITIES = (11, 10, 6, 6, 6, 7, 2)


def layer_columns(result: NetworkResult) -> list[Column]:
    """Every column, in the order of the table."""
    layers = result.layers
    cycles = [layer.cycles for layer in layers]
    names, shapes, mappings, limiters = (
        tuple(cells)
        for cells in zip(
            *((item.layer.name, item.layer.shape, item.mapping.short(), item.limiter) for item in layers), strict=True
        )
    )
    columns = [
        Column(header="layer", cells=names, priority=0, numeric=False, least=14),
        Column(header="shape", cells=shapes, priority=8, numeric=False, least=20),
        Column(header="mapping", cells=mappings, priority=9, numeric=False, least=16),
    ]
    for step, priority in zip(STEPS, _BOUND_PRIORITIES, strict=True):
        cells = tuple(compact(layer.bounds[step.number - 1]) for layer in layers)
        header = f"b{step.number}\n{step.short}" if step.number < len(STEPS) else "MAC/\ncycle"
        columns.append(Column(header=header, cells=cells, priority=priority))
    return [
        *columns,
        Column(header="active\nPEs", cells=tuple(f"{layer.evaluation.active_pes:.0f}" for layer in layers), priority=4),
        Column(header="cycles", cells=tuple(f"{count:,.0f}" for count in cycles), priority=1),
        Column(header="time", cells=tuple(percent(count / result.cycles) for count in cycles), priority=5),
        Column(header="limiter", cells=limiters, priority=3, numeric=False, least=18),
    ]
