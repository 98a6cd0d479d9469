"""The tables of a result: its layers, the seven steps of the network, and its totals."""

from collections.abc import Callable
from typing import Any, NamedTuple

from eyeriss_jax.model.records import records
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.figures.style import STEP_COLORS, USEFUL_COLOR
from eyeriss_jax.report.losses import network_bounds, network_losses
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.traffic import network_dram_bits
from eyeriss_jax.report.units import compact, data, duration, energy, percent, scaled, significant

_BAR_LENGTH = 24
_BOUND_HEADERS = (*(f"b{step.number}\n{step.short}" for step in STEPS[:-1]), "MAC/\ncycle")
_BOUND_PRIORITIES = (11, 10, 6, 6, 6, 7, 2)


def network_tables(result: NetworkResult) -> tuple[Table, Table, Table]:
    """Everything there is to print of a result."""
    return layer_table(result), eyexam_table(result), totals_table(result)


def layer_table(result: NetworkResult) -> Table:
    """One row per layer; for scripts every field of :func:`eyeriss_jax.model.records.layer_record`."""
    whole = result.cycles
    rows = [{**row, "time_share": row["cycles"] / whole} for row in records(result)]
    values = {key: tuple(row[key] for row in rows) for key in rows[0]}

    def column(key: str, header: str, show: Callable[[Any], str], priority: int, **options: Any) -> Column:
        return Column.of(key, header, values[key], show, priority=priority, **options)

    bounds = [
        column(f"b{step.number}_macs_per_cycle", header, compact, priority, room=5)
        for step, header, priority in zip(STEPS, _BOUND_HEADERS, _BOUND_PRIORITIES, strict=True)
    ]
    nonzero = tuple(map(_densities, result.layers))
    shown = (
        column("layer", "layer", str, 0, numeric=False, least=12, room=12),
        column("shape", "shape", str, 8, numeric=False, least=24, room=24),
        column("mapping", "mapping", str, 9, numeric=False, least=32, room=32),
        Column(header="nonzero\niact/weight", cells=nonzero, priority=5, room=len("100/100 % raw")),
        *bounds,
        column("active_pes", "active\nPEs", "{:.0f}".format, 4, room=6),
        column("cycles", "cycles", "{:,.0f}".format, 1, room=13),
        column("time_share", "time", percent, 4, room=5),
        column("limiter", "limiter", str, 3, numeric=False, least=16, room=16),
    )
    silent = (Column(key=key, values=values[key]) for key in values if key not in {each.key for each in shown})
    return Table(name="layers", title="Layers", columns=(*shown, *silent))


def _densities(layer: LayerResult) -> str:
    """Densities of iacts and weights in per cent, and whether the layer runs raw all the same; – for a dense one."""
    density = layer.layer.sparsity
    if density.is_dense:
        return "–"
    raw = "" if layer.evaluation.compressed else " raw"
    return f"{100 * density.iact:.0f}/{100 * density.weight:.0f} %{raw}"


def eyexam_table(result: NetworkResult) -> Table:
    """The seven bounds of the network and the share of the array's cycles lost at each."""
    losses = network_losses(result)
    names = (*(f"{step.number} {step.label}" for step in STEPS), "useful work")
    bounds = network_bounds(result)
    bounds, shares = (*bounds, bounds[-1]), (*losses.shares, losses.useful_share)
    columns = (
        Column.of("step", "Eyexam step", names, numeric=False, priority=0, least=14),
        Column.of("bound_macs_per_cycle", "MAC/cycle", bounds, scaled, priority=1),
        Column.of("array_cycles_share", "of the cycles", shares, percent, priority=2),
        Column(
            cells=tuple(map(_bar, shares)),
            numeric=False,
            priority=3,
            least=_BAR_LENGTH,
            styles=(*STEP_COLORS, USEFUL_COLOR),
        ),
    )
    return Table(name="eyexam", title="Eyexam", columns=columns)


def _bar(share: float) -> str:
    """A share of one as a bar of eighths of characters."""
    eighths = round(share * _BAR_LENGTH * 8)
    return "█" * (eighths // 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]


def totals_table(result: NetworkResult) -> Table:
    """The totals of the network, one per row."""
    keys, values, names, texts, units = zip(*totals(result), strict=True)
    columns = (
        Column(key="quantity", cells=names, values=keys, numeric=False, priority=0, least=16),
        Column(key="value", cells=texts, values=values, priority=1),
        Column(key="unit", values=units),
    )
    return Table(name="totals", title="Totals", columns=columns)


class Total(NamedTuple):
    """One total: its name for scripts and its value, its name for people and its value with a unit, and the unit."""

    key: str
    value: float
    name: str
    text: str
    unit: str


def totals(result: NetworkResult) -> list[Total]:
    """The totals of the network."""
    batch, seconds, bits = result.inferences, result.cycles / result.accelerator.clock_hz, network_dram_bits(result)
    name = "latency" if batch == 1 else f"latency of a batch of {batch}"
    unit = result.accelerator.energy.unit
    return [
        Total("inferences_per_s", result.inferences_per_s, "inferences/s", significant(result.inferences_per_s), "1/s"),
        Total("latency_s", seconds, name, duration(seconds), "s"),
        Total("cycles", result.cycles, "cycles", scaled(result.cycles), "cycles"),
        Total("macs", result.macs, "MACs", scaled(result.macs), "MACs"),
        Total("macs_not_skipped", result.work, "MACs not skipped", scaled(result.work), "MACs"),
        Total("utilization", result.utilization, "MAC utilization", percent(result.utilization), "share"),
        Total("dram_bytes", bits / 8, "DRAM traffic", data(bits), "bytes"),
        Total("energy", result.energy, "energy", energy(result.energy, unit), unit),
    ]
