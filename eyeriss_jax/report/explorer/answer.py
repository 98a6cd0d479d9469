"""Everything that a page shows of one design, as plain data: the numbers, and what they mean in words.

Nothing is computed here that the laws or the other reports know: totals, steps, layers and reasons are theirs.
"""

import math
from typing import Any, NamedTuple

from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.area import Area, area_of
from eyeriss_jax.model.records import ENERGY_PARTS
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.comparison import LayerChange, why
from eyeriss_jax.report.comparison.totals import change_text, ratio
from eyeriss_jax.report.explorer.floorplan import floorplan
from eyeriss_jax.report.explorer.parts import glowing
from eyeriss_jax.report.figures.layer_bars import ENERGY_NAMES
from eyeriss_jax.report.figures.roofline import intensity
from eyeriss_jax.report.losses import layer_losses, network_bounds
from eyeriss_jax.report.page.layers import layer_row
from eyeriss_jax.report.page.nest import nest_table
from eyeriss_jax.report.page.overview import step_table
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.traffic import array_bandwidth, array_words, dram_bits_by_type
from eyeriss_jax.report.units import duration, percent, scaled, significant
from eyeriss_jax.report.units import energy as shown_energy
from eyeriss_jax.report.words import largest_loss, losses_in_words, speed
from eyeriss_jax.search.objectives import dram_words
from eyeriss_jax.search.space import JOULES, Totals

_STEPS_IN_WORDS = [f"{step.bound}, given {step.constraint}" for step in STEPS]

_WIDEST = 1e9
"""Bits per cycle of a link that nothing limits, for its picture."""


class Figure(NamedTuple):
    """One figure of a design: its name, its value, how people read it, and whether more is better (1), less (-1)."""

    key: str
    name: str
    value: float
    text: str
    better: int


def metrics_of(result: NetworkResult, found: Area | None = None) -> dict[str, float]:
    """:data:`~eyeriss_jax.search.space.metrics.METRICS` of a design; ``found``: its area, where that is known."""
    machine = result.accelerator
    layers = [(layer.layer.repeat, layer.evaluation) for layer in result.layers]
    totals = Totals(
        cycles=result.cycles,
        energy=result.energy,
        dram_words=sum(repeat * dram_words(evaluation) for repeat, evaluation in layers),
        work=result.work,
        inferences=result.inferences,
    )
    joules, mm2 = JOULES.get(machine.energy.unit, 1.0), (found or area_of(machine)).mm2
    return totals.metrics(machine.clock_hz, joules, mm2, machine.macs_per_cycle, lambda x: x)


def figures(result: NetworkResult, found: dict[str, float]) -> tuple[Figure, ...]:
    """The figures at the head of the page; ``found``: the metrics."""
    unit = result.accelerator.energy.unit
    seconds, joules = result.cycles / result.accelerator.clock_hz, unit in JOULES
    per_inference = result.energy / result.inferences
    return (
        Figure("inferences_per_s", "inferences/s", found["inferences_per_s"],
               significant(found["inferences_per_s"]), 1),
        Figure("inferences_per_energy", "inferences/J" if joules else "inferences per unit of energy",
               found["inferences_per_energy"], significant(found["inferences_per_energy"]), 1),
        Figure("latency", "latency", seconds, duration(seconds), -1),
        Figure("energy", "energy per inference", per_inference, shown_energy(per_inference, unit), -1),
        Figure("area_mm2", "area", found["area_mm2"], f"{significant(found['area_mm2'])} mm²", -1),
        Figure("utilization", "MAC utilization", found["utilization"], percent(found["utilization"]), 1),
        Figure("dram_words", "DRAM words", found["dram_words"], scaled(found["dram_words"]), -1),
    )  # fmt: skip


def answer(result: NetworkResult, chosen: int, pinned: NetworkResult | None = None) -> dict[str, Any]:
    """What the page shows of ``result``.

    Args:
        result: the design.
        chosen: the number of the layer that is looked at.
        pinned: the design that changes are told against, of the same network; none: nothing changed.
    """
    found = area_of(result.accelerator)
    metrics = metrics_of(result, found)
    before = {} if pinned is None else {each.key: each.value for each in figures(pinned, metrics_of(pinned))}
    comparable = pinned is not None and pinned.accelerator.energy.unit == result.accelerator.energy.unit
    tiles = [
        [each.key, each.name, each.text, _change(each, before, comparable), _verdict(each, before, comparable)]
        for each in figures(result, metrics)
    ]
    return {
        "headline": f"{speed(result)} {largest_loss(result)}",
        "tiles": tiles,
        "metrics": metrics,
        "peak": result.accelerator.macs_per_cycle,
        "network": {
            "name": result.network,
            "bounds_macs_per_cycle": network_bounds(result),
            "reasons": _STEPS_IN_WORDS,
        },
        "bandwidth": _bandwidths(result.accelerator),
        "steps": step_table(result),
        "energy": _energy(result),
        "area": _area(found),
        "layers": [_row(number, result, pinned) for number in range(len(result.layers))],
        "chosen": _chosen(result, chosen, found),
    }


def _change(figure: Figure, before: dict[str, float], comparable: bool) -> str:
    if figure.key not in before or (not comparable and figure.key in ("energy", "inferences_per_energy")):
        return ""
    return change_text(ratio(before[figure.key], figure.value))


def _verdict(figure: Figure, before: dict[str, float], comparable: bool) -> str:
    """``better``, ``worse`` or neither."""
    text = _change(figure, before, comparable)
    if text in ("", "=", "–"):
        return ""
    return "better" if (figure.value > before[figure.key]) == (figure.better > 0) else "worse"


def _energy(result: NetworkResult) -> list[tuple[str, str, float, str]]:
    """Component, its name, its share, and its energy per inference in words."""
    sums = {
        part: sum(getattr(layer.evaluation.energy, part) * layer.layer.repeat for layer in result.layers)
        for part in ENERGY_PARTS
    }
    unit, whole = result.accelerator.energy.unit, sum(sums.values()) or 1.0
    return [
        (part, ENERGY_NAMES[part], value / whole, shown_energy(value / result.inferences, unit))
        for part, value in sums.items()
    ]


def _area(found: Area) -> list[tuple[str, str, float, str]]:
    """Component, its name, its share, and its area in words."""
    parts = (("mac", "MACs", found.macs), ("spad", "SPads", found.spads), ("static", "PE control", found.pe_control),
             ("noc", "NoC", found.noc), ("glb", "GLB", found.glb))  # fmt: skip
    return [
        (key, name, gates / found.total, f"{significant(gates / found.total * found.mm2)} mm²")
        for key, name, gates in parts
    ]


def _row(number: int, result: NetworkResult, pinned: NetworkResult | None) -> dict[str, Any]:
    """A layer in the table, and in words what became of it against the pinned design."""
    layer = result.layers[number]
    changed, reason = "", ""
    if pinned is not None:
        was = pinned.layers[number]
        times = was.cycles / pinned.accelerator.clock_hz, layer.cycles / result.accelerator.clock_hz
        changed = change_text(ratio(*times))
        reason = why(_as_change(was, pinned.accelerator, layer, result.accelerator))
    return {
        **layer_row(layer, result),
        "time": layer.cycles / result.cycles,
        "points": [[intensity(layer, t, result), t] for t in TYPES],
        "rate": layer.bounds[-1],
        "changed": "" if changed == "=" else changed,
        "why": reason,
    }


def _as_change(was: LayerResult, before: Accelerator, now: LayerResult, after: Accelerator) -> LayerChange:
    """Two runs of a layer, as a comparison of runs takes them; each on its own array."""
    first, other = layer_losses(was, before), layer_losses(now, after)
    return LayerChange(
        name=now.layer.name,
        before=_summary(was),
        after=_summary(now),
        useful=other.useful - first.useful,
        steps=tuple(b - a for a, b in zip(first.steps, other.steps, strict=True)),
    )


def _summary(layer: LayerResult) -> dict[str, Any]:
    return {
        "cycles": layer.evaluation.cycles.total, "repeat": layer.layer.repeat, "macs": layer.layer.macs,
        "reasons": layer.reasons,
    }  # fmt: skip


def _bandwidths(machine: Accelerator) -> dict[str, float]:
    """Words per cycle that the NoC can bring of each data type, where they are limited."""
    return {t: words for t in TYPES if math.isfinite(words := array_bandwidth(t, machine))}


def _chosen(result: NetworkResult, number: int, found: Area) -> dict[str, Any]:
    """The layer that is looked at: its staircase, its words, its loop nest, and what moves over every link."""
    layer, machine = result.layers[number], result.accelerator
    return {
        "name": layer.layer.name,
        "shape": layer.layer.shape,
        "bounds_macs_per_cycle": layer.bounds,
        "reasons": layer.reasons,
        "words": losses_in_words(layer, result),
        "limiter": layer.limiter,
        "glow": glowing(layer.limiter, machine.overlap),
        "nest": nest_table(layer, machine.glb_keeps),
        "plan": floorplan(machine, layer.mapping, found),
        "active": f"{layer.evaluation.active_pes:,.0f} of {machine.pes:,} PEs have work in a full pass",
        "links": _links(layer, machine),
    }


def _links(layer: LayerResult, machine: Accelerator) -> list[dict[str, Any]]:
    """Every link: what it moves per cycle, what it could, and the share of the time that its busiest port works."""
    cycles = layer.evaluation.cycles
    dram = dram_bits_by_type(layer, machine)
    found = []
    for t in TYPES:
        moved, most = array_words(layer, t, machine) / cycles.total, array_bandwidth(t, machine)
        port, busy = machine.noc_words_per_cycle[t] * machine.word_bits[t], cycles.delivery[t] / cycles.total
        tip = f"{significant(moved)} of {significant(most)} words per cycle; busiest port {percent(busy)} of the time"
        found.append(_link(f"link-{t}", port, f"{significant(moved)} words/cycle", f"{t}: {tip}"))
        bits = f"{significant(dram[t] / cycles.total)}"
        told = f"{t} to or from DRAM: {bits} bits per cycle"
        found.append(_link(f"dram-{t}", dram[t] / cycles.total, f"{bits} b/cycle", told))
    return found


def _link(mark: str, bits: float, text: str, tip: str) -> dict[str, Any]:
    """``bits`` per cycle make its width; JSON knows no infinity."""
    return {"mark": mark, "bits": min(bits, _WIDEST), "text": text, "tip": tip}
