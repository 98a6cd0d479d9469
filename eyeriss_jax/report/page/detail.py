"""The detail of one layer in the page: loop nest, bounds with reasons, time, traffic, energy, certificate."""

import html
from itertools import starmap

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.figures.layer_bars import ENERGY_NAMES
from eyeriss_jax.report.losses import layer_losses
from eyeriss_jax.report.page.markup import cells, number_table, table_row
from eyeriss_jax.report.page.nest import nest_table
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.traffic import traffic_rows
from eyeriss_jax.report.units import energy_unit, percent, scaled

_TRAFFIC = """Reads leave a level, fills come from the level above, updates are psums from below. Over the NoC, arrivals
are words that reach PEs (psums: that leave one), and hops those that a cluster has from another one over a link of the
mesh (psums: hands on to another)."""
_TIME = """What is above the total adds up to it. Deliveries, GLB and DRAM work at the same time, and cost only the
delivery that nothing hides."""

_LEVEL_NAMES = {"dram": "DRAM", "glb": "GLB", "noc": "NoC", "spad": "SPad"}


def detail(layer: LayerResult, result: NetworkResult) -> str:
    """Everything about one layer, as cards."""
    factor, unit = energy_unit(layer.evaluation.energy.total, result.accelerator.energy.unit)
    cards = (
        _card("Seven bounds", _bounds(layer, result), wide=True),
        _card("Loop nest, and where each tensor stays", nest_table(layer, result.accelerator.glb_keeps), wide=True),
        _card("Traffic (words)", _traffic(layer), _TRAFFIC),
        _card("Time (cycles)", _cycles(layer), _TIME),
        _card(f"Energy ({html.escape(unit)})", _energy(layer, factor)),
        _card("Mapping search", _certificate(layer, result)),
    )
    return f'<div class="cards">{"".join(cards)}</div>'


def _card(title: str, body: str, caption: str = "", wide: bool = False) -> str:
    """A titled block; the title and body are HTML."""
    below = f'<p class="caption">{html.escape(caption)}</p>' if caption else ""
    return f"<div{' class=wide' if wide else ''}><h3>{title}</h3>{body}{below}</div>"


def _bounds(layer: LayerResult, result: NetworkResult) -> str:
    """The seven bounds, what each step costs and why."""
    losses = layer_losses(layer, result.accelerator)
    rows = []
    for step, bound, share, reason in zip(STEPS, layer.bounds, losses.shares, layer.reasons, strict=True):
        rows.append(
            f'<tr><th><span class="key s{step.number}"></span>{step.number} {html.escape(step.label)}</th>'
            f"{cells(scaled(bound), percent(share), number=True)}{cells(reason)}</tr>"
        )
    head = '<th>step</th><th class="number">MAC/cycle</th><th class="number">array-cycles lost</th><th>reason</th>'
    return f"<table class=bounds><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _traffic(layer: LayerResult) -> str:
    """Words per level and data type."""
    rows = [
        table_row(
            f"{_LEVEL_NAMES[row.level]} {row.data_type}",
            *(scaled(words) if words else "–" for words in (row.reads, row.fills, row.updates, row.arrivals, row.hops)),
            number=True,
        )
        for row in traffic_rows(layer)
        if row.reads or row.fills or row.updates or row.arrivals or row.hops
    ]
    return number_table(("", "reads", "fills", "updates", "arrivals", "hops"), rows)


def _cycles(layer: LayerResult) -> str:
    """The terms of the time law: those that add up to the total, then the ports, which work meanwhile."""
    cycles = layer.evaluation.cycles
    terms = [("compute, busiest PE", cycles.compute), ("psum accumulation between PEs", cycles.chain)]
    terms += [("waiting for the slowest PE", cycles.waiting)] if cycles.waiting else []
    terms += [("delivery that nothing hides", cycles.exposed), ("ramp-up and drain", cycles.ramp)]
    ports = [(f"delivery of {name}", cycles.delivery[name]) for name in TYPES]
    ports += [("GLB ports", cycles.glb), ("DRAM", cycles.dram)]

    def row(name: str, value: float) -> str:
        return table_row(name, scaled(value), percent(value / cycles.total), number=True)

    group = '<tr><th class="group" colspan="3">at the same time</th></tr>'
    rows = (*starmap(row, terms), row("total", cycles.total), group, *starmap(row, ports))
    return number_table(("", "cycles", "of total"), rows)


def _energy(layer: LayerResult, factor: float) -> str:
    """Energy by component, times ``factor``."""
    energy = layer.evaluation.energy
    rows = []
    for part, name in (*ENERGY_NAMES.items(), ("total", "total")):
        value = getattr(energy, part)
        rows.append(
            table_row(name, scaled(value * factor), percent(value / energy.total) if energy.total else "–", number=True)
        )
    return number_table(("", "energy", "of total"), rows)


def _certificate(layer: LayerResult, result: NetworkResult) -> str:
    """What the mapper searched, and how sure it is."""
    rows = [
        table_row("dataflow", result.dataflow),
        table_row("objective", result.objective),
        table_row("mappings that exist", scaled(layer.mapspace_size)),
        table_row("evaluated", scaled(layer.evaluated)),
        table_row("certified optimal", "yes" if layer.certified else "no"),
        table_row("because", layer.certificate),
        f'<tr><th>mapping</th><td class="mapping">{html.escape(layer.mapping.short())}</td></tr>',
    ]
    if product := layer.layer.product:
        groups = "each of {groups:,} groups (heads): " if product["groups"] > 1 else ""
        text = groups + "M = {M:,}, K = {K:,}, N = {N:,}; the ({M} x {K}) operand is in the weight's place"
        rows.append(table_row(layer.layer.operation, text.format(**product)))
    if bits := layer.layer.bits:
        rows.append(table_row("widths in the source", str(bits)))
    if layer.layer.repeat > 1:
        rows.append(table_row("runs", f"{layer.layer.repeat:,}; traffic, time and energy here are those of one"))
    return f"<table><tbody>{''.join(rows)}</tbody></table>"
