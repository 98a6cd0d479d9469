"""Everything that a page shows of one design, as plain data: the numbers, and what they mean in words.

Nothing is computed here that the laws or the other reports know: totals, steps, layers and reasons are theirs.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.area import area_of
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
from eyeriss_jax.search.space import JOULES, METRICS, Totals


class Figure(NamedTuple):
    """One figure of a design: its name, its value, how people read it, and whether more is better (1), less (-1)."""

    key: str
    name: str
    value: float
    text: str
    better: int


def metrics_of(result: NetworkResult) -> dict[str, float]:
    """:data:`~eyeriss_jax.search.space.METRICS` of a design."""
    machine = result.accelerator
    layers = [(layer.layer.repeat, layer.evaluation) for layer in result.layers]
    totals = Totals(
        cycles=result.cycles,
        energy=result.energy,
        dram_words=sum(repeat * dram_words(evaluation) for repeat, evaluation in layers),
        work=result.work,
        inferences=result.inferences,
    )
    joules, mm2 = JOULES.get(machine.energy.unit, 1.0), area_of(machine).mm2
    return totals.metrics(machine.clock_hz, joules, mm2, machine.macs_per_cycle, lambda x: x)


def figures(result: NetworkResult) -> tuple[Figure, ...]:
    """The figures at the head of the page."""
    found, unit = metrics_of(result), result.accelerator.energy.unit
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
        Figure("dram_words", "DRAM words per inference", found["dram_words"], scaled(found["dram_words"]), -1),
    )  # fmt: skip


def answer(result: NetworkResult, chosen: int, pinned: NetworkResult | None = None) -> dict[str, Any]:
    """What the page shows of ``result``.

    Args:
        result: the design.
        chosen: the number of the layer that is looked at.
        pinned: the design that changes are told against, of the same network; none: nothing changed.
    """
    before = {} if pinned is None else {each.key: each.value for each in figures(pinned)}
    comparable = pinned is not None and pinned.accelerator.energy.unit == result.accelerator.energy.unit
    tiles = [
        [each.key, each.name, each.text, _change(each, before, comparable), _verdict(each, before, comparable)]
        for each in figures(result)
    ]
    return {
        "headline": f"{speed(result)} {largest_loss(result)}",
        "tiles": tiles,
        "metrics": {name: value for name, value in metrics_of(result).items() if value == value},
        "peak": result.accelerator.macs_per_cycle,
        "network": {"name": result.network, "bounds_macs_per_cycle": network_bounds(result), "reasons": _whys(result)},
        "bandwidth": _bandwidths(result.accelerator),
        "steps": step_table(result),
        "energy": _energy(result),
        "area": _area(result.accelerator),
        "layers": [_row(layer, result, was) for layer, was in zip(result.layers, _layers(pinned, result), strict=True)],
        "chosen": _chosen(result, chosen),
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


def _layers(pinned: NetworkResult | None, result: NetworkResult) -> Sequence[LayerResult | None]:
    return pinned.layers if pinned is not None else (None,) * len(result.layers)


def _whys(result: NetworkResult) -> list[str]:
    """For each step of the network what it means."""
    return [f"{step.bound}, given {step.constraint}" for step in STEPS]


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


def _area(machine: Accelerator) -> list[tuple[str, str, float, str]]:
    """Component, its name, its share, and its area in words."""
    found = area_of(machine)
    parts = (("mac", "MACs", found.macs), ("spad", "SPads", found.spads), ("static", "PE control", found.pe_control),
             ("noc", "NoC", found.noc), ("glb", "GLB", found.glb))  # fmt: skip
    return [
        (key, name, gates / found.total, f"{significant(gates / found.total * found.mm2)} mm²")
        for key, name, gates in parts
    ]


def _row(layer: LayerResult, result: NetworkResult, was: LayerResult | None) -> dict[str, Any]:
    row = layer_row(layer, result)
    points = [[intensity(layer, t, result), t] for t in TYPES]
    changed = "" if was is None else change_text(ratio(was.cycles, layer.cycles))
    return {
        **row,
        "time": layer.cycles / result.cycles,
        "points": points,
        "rate": layer.bounds[-1],
        "changed": "" if changed == "=" else changed,
        "why": "" if was is None else why(_as_change(was, layer, result)),
    }


def _as_change(was: LayerResult, now: LayerResult, result: NetworkResult) -> LayerChange:
    """Two runs of a layer, as a comparison of runs takes them; each on its own array."""
    units = was.evaluation.work / (was.evaluation.utilization * was.evaluation.cycles.total)
    before = layer_losses(was, result.accelerator.replace(lanes=1, cluster_rows=1, cluster_cols=1, pe_rows=1,
                                                           pe_cols=max(1, round(units))))  # fmt: skip
    after = layer_losses(now, result.accelerator)
    return LayerChange(
        name=now.layer.name,
        before=_summary(was),
        after=_summary(now),
        useful=after.useful - before.useful,
        steps=tuple(b - a for a, b in zip(before.steps, after.steps, strict=True)),
    )


def _summary(layer: LayerResult) -> dict[str, Any]:
    return {
        "cycles": layer.evaluation.cycles.total, "repeat": layer.layer.repeat, "macs": layer.layer.macs,
        "reasons": layer.reasons,
    }  # fmt: skip


def _bandwidths(machine: Accelerator) -> dict[str, float]:
    """Words per cycle that the NoC can bring of each data type, where they are limited."""
    return {t: words for t in TYPES if math.isfinite(words := array_bandwidth(t, machine))}


def _chosen(result: NetworkResult, number: int) -> dict[str, Any]:
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
        "plan": floorplan(machine, layer.mapping),
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
        busy = cycles.delivery[t] / cycles.total
        found.append(
            {
                "mark": f"link-{t}", "bits": machine.noc_words_per_cycle[t] * machine.word_bits[t], "busy": min(busy, 1.0),
                "text": f"{significant(moved)} words/cycle",
                "tip": f"{t}: {significant(moved)} of {significant(most)} words per cycle; busiest port {percent(busy)} "
                f"of the time",
            }
        )  # fmt: skip
        found.append(
            {
                "mark": f"dram-{t}", "bits": dram[t] / cycles.total, "busy": min(cycles.dram / cycles.total, 1.0),
                "text": f"{significant(dram[t] / cycles.total)} b/cycle",
                "tip": f"{t} to or from DRAM: {significant(dram[t] / cycles.total)} bits per cycle",
            }
        )  # fmt: skip
    for link in found:
        link["bits"] = min(link["bits"], 1e9)  # JSON knows no infinity
    return found
