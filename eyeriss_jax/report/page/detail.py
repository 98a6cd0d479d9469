"""The detail of one layer in the page: loop nest, bounds with reasons, time, traffic, energy, certificate."""

from collections.abc import Iterator

from markupsafe import Markup

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.figures.layer_bars import ENERGY_NAMES
from eyeriss_jax.report.losses import layer_losses
from eyeriss_jax.report.page.nest import nest_table
from eyeriss_jax.report.page.templating import rendered
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.traffic import traffic_rows
from eyeriss_jax.report.units import energy_unit, percent, scaled

_TRAFFIC = """Reads leave a level, fills come from the level above, updates are psums from below. Over the NoC, arrivals
are words that reach PEs (psums: that leave one), and hops those that a cluster has from another one over a link of the
mesh (psums: hands on to another)."""
_TIME = """What is above the total adds up to it. Deliveries, GLB and DRAM work at the same time, and cost only the
delivery that nothing hides."""

_LEVEL_NAMES = {"dram": "DRAM", "glb": "GLB", "noc": "NoC", "spad": "SPad"}


Row = tuple[str, tuple[str, ...]]
"""The heading of a row, and its numbers as text."""


def detail(layer: LayerResult, result: NetworkResult) -> Markup:
    """Everything about one layer, as cards."""
    factor, unit = energy_unit(layer.evaluation.energy.total, result.accelerator.energy.unit)
    terms, ports = _cycles(layer)
    return rendered(
        "page/templates/detail.html",
        bounds=list(_bounds(layer, result)),
        nest=nest_table(layer, result.accelerator.glb_keeps),
        traffic=list(_traffic(layer)),
        traffic_caption=_TRAFFIC,
        terms=terms,
        ports=ports,
        time_caption=_TIME,
        energy=list(_energy(layer, factor)),
        energy_unit=unit,
        search=list(_certificate(layer, result)),
    )


def _bounds(layer: LayerResult, result: NetworkResult) -> Iterator[tuple[int, str, str, str, str]]:
    """The seven bounds, what each step costs and why."""
    losses = layer_losses(layer, result.accelerator)
    for step, bound, share, reason in zip(STEPS, layer.bounds, losses.shares, layer.reasons, strict=True):
        yield step.number, step.label, scaled(bound), percent(share), reason


def _traffic(layer: LayerResult) -> Iterator[Row]:
    """Words per level and data type."""
    for row in traffic_rows(layer):
        counts = row.reads, row.fills, row.updates, row.arrivals, row.hops
        if any(counts):
            yield (
                f"{_LEVEL_NAMES[row.level]} {row.data_type}",
                tuple(scaled(words) if words else "–" for words in counts),
            )


def _cycles(layer: LayerResult) -> tuple[list[Row], list[Row]]:
    """The terms of the time law: those that add up to the total, then the ports, which work meanwhile."""
    cycles = layer.evaluation.cycles
    terms = [("compute, busiest PE", cycles.compute), ("psum accumulation between PEs", cycles.chain)]
    terms += [("waiting for the slowest PE", cycles.waiting)] if cycles.waiting else []
    terms += [("delivery that nothing hides", cycles.exposed), ("ramp-up and drain", cycles.ramp)]
    ports = [(f"delivery of {name}", cycles.delivery[name]) for name in TYPES]
    ports += [("GLB ports", cycles.glb), ("DRAM", cycles.dram)]

    def rows(values: list[tuple[str, float]]) -> list[Row]:
        return [(name, (scaled(value), percent(value / cycles.total))) for name, value in values]

    return rows([*terms, ("total", cycles.total)]), rows(ports)


def _energy(layer: LayerResult, factor: float) -> Iterator[Row]:
    """Energy by component, times ``factor``."""
    energy = layer.evaluation.energy
    for part, name in (*ENERGY_NAMES.items(), ("total", "total")):
        value = getattr(energy, part)
        yield name, (scaled(value * factor), percent(value / energy.total) if energy.total else "–")


def _certificate(layer: LayerResult, result: NetworkResult) -> Iterator[tuple[str, str, str]]:
    """What the mapper searched, and how sure it is: heading, text and style."""
    yield "dataflow", result.dataflow, ""
    yield "objective", result.objective, ""
    yield "mappings that exist", scaled(layer.mapspace_size), ""
    yield "evaluated", scaled(layer.evaluated), ""
    yield "certified optimal", "yes" if layer.certified else "no", ""
    yield "because", layer.certificate, ""
    yield "mapping", layer.mapping.short(), "mapping"
    if product := layer.layer.product:
        groups = "each of {groups:,} groups (heads): " if product["groups"] > 1 else ""
        text = groups + "M = {M:,}, K = {K:,}, N = {N:,}; the ({M} x {K}) operand is in the weight's place"
        yield layer.layer.operation, text.format(**product), ""
    if bits := layer.layer.bits:
        yield "widths in the source", str(bits), ""
    if layer.layer.repeat > 1:
        yield "runs", f"{layer.layer.repeat:,}; traffic, time and energy here are those of one", ""
