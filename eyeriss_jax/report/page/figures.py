"""The figures of the page, as SVG with a tooltip on every mark."""

from functools import partial

from markupsafe import Markup

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.figures import dram, energy, roofline, staircase, timeline
from eyeriss_jax.report.figures.layer_bars import ENERGY_NAMES
from eyeriss_jax.report.figures.roofline import intensity
from eyeriss_jax.report.losses import network_bounds
from eyeriss_jax.report.page.svg import inline_svg
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.traffic import dram_bits_by_type
from eyeriss_jax.report.units import data, percent, scaled, significant
from eyeriss_jax.report.units import energy as shown_energy
from eyeriss_jax.report.words import losses_in_words


def inline_figures(result: NetworkResult) -> dict[str, Markup]:
    """The figures as SVG elements, by the names that the template uses; the staircase once more for narrow screens."""
    name = f"{result.network} on {result.accelerator.name}"
    drawings = {
        "staircase": (staircase, f"Eyexam bounds of {name}", _step_tips),
        "staircase-column": (partial(staircase, column=True), f"Eyexam bounds of {name}", _step_tips),
        "timeline": (timeline, f"Array-cycles of {name} per layer", _part_tips),
        "roofline": (roofline, f"Roofline of {name}", _dot_tips),
        "energy": (energy, f"Energy of {name} per layer", _energy_tips),
        "dram": (dram, f"DRAM traffic of {name} per layer", _dram_tips),
    }
    return {
        key: inline_svg(draw(result, title=False), key, label, tips(result))
        for key, (draw, label, tips) in drawings.items()
    }


def _step_tips(result: NetworkResult) -> dict[str, str]:
    """Tooltips of the staircase."""
    tips = {}
    for step, bound in zip(STEPS, network_bounds(result), strict=True):
        tips[f"step-{step.number}"] = f"{step.bound}: {scaled(bound)} MAC/cycle, given {step.constraint}"
        tips[f"loss-{step.number}"] = f"lost here: {step.loss}"
    return tips


def _part_tips(result: NetworkResult) -> dict[str, str]:
    """Tooltips of the timeline: one text per layer."""
    tips = {}
    for index, layer in enumerate(result.layers):
        share = percent(layer.cycles / result.cycles)
        text = f"{layer.layer.name}, {share} of the time\n{losses_in_words(layer, result)}"
        tips |= {f"part-{index}-{part}": text for part in range(len(STEPS) + 1)}
    return tips


def _dot_tips(result: NetworkResult) -> dict[str, str]:
    """Tooltips of the roofline."""
    return {
        f"dot-{index}-{data_type}": f"{layer.layer.name}, {data_type}: "
        f"{scaled(intensity(layer, data_type, result))} MAC/word, "
        f"{significant(layer.bounds[-1])} MAC/cycle\nlimited by {layer.limiter}"
        for index, layer in enumerate(result.layers)
        for data_type in TYPES
    }


def _energy_tips(result: NetworkResult) -> dict[str, str]:
    """Tooltips of the energy bars."""
    tips, unit = {}, result.accelerator.energy.unit
    for index, layer in enumerate(result.layers):
        of = layer.evaluation.energy
        for part, name in ENERGY_NAMES.items():
            value = getattr(of, part) * layer.layer.repeat
            share = percent(getattr(of, part) / of.total) if of.total else "none"
            tips[f"bar-{index}-{name}"] = (
                f"{layer.layer.name}, {name}: {shown_energy(value, unit)}\n{share} of the layer's energy"
            )
    return tips


def _dram_tips(result: NetworkResult) -> dict[str, str]:
    """Tooltips of the DRAM bars."""
    tips = {}
    for index, layer in enumerate(result.layers):
        for data_type, bits in dram_bits_by_type(layer, result.accelerator).items():
            text = f"{layer.layer.name}, {data_type}: {data(bits * layer.layer.repeat)}"
            tips[f"bar-{index}-{data_type}"] = text
    return tips
