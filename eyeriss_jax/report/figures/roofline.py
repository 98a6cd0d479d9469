"""The roofline: each layer's performance over its operational intensity, one panel per data type."""

import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.figures.style import INK, PAPER, RULE, STEP_COLORS, add_legend, set_title, sized, styled
from eyeriss_jax.report.figures.ticks import Ticks
from eyeriss_jax.report.losses import layer_losses
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.traffic import array_bandwidth, array_words
from eyeriss_jax.report.units import number

_SMALLEST_DOT = 4.0
_LARGEST_DOT = 14.0


def intensity(layer: LayerResult, data_type: str, result: NetworkResult) -> float:
    """MACs per word delivered to the array; infinite where no word is."""
    words = array_words(layer, data_type, result.accelerator)
    return layer.evaluation.work / words if words else math.inf


@styled
def roofline(result: NetworkResult, title: bool = True, *, column: bool = False) -> Figure:
    """One dot per layer, as large as the layer takes time and coloured by the step that costs it most.

    The flat roof is the array's peak, the slope the most that the NoC can bring of one data type when every
    port sends different words.
    """
    figure = Figure(figsize=sized(column, 4.0, 5.2), layout="constrained")
    panels = figure.subplots(*((len(TYPES), 1) if column else (1, len(TYPES))), sharey=True)
    for axes, data_type in zip(panels, TYPES, strict=True):
        _draw_panel(axes, data_type, result)
    rates = [layer.bounds[-1] for layer in result.layers]
    panels[0].set_ylim(min(rates) / 1.7, result.accelerator.macs_per_cycle * 1.5)
    panels[len(TYPES) // 2 if column else 0].set_ylabel("performance (MAC/cycle)")
    label = "operational intensity (MAC per word delivered to the array)"
    if column:
        panels[-1].set_xlabel(label)
    else:
        figure.supxlabel(label, fontsize=matplotlib.rcParams["axes.labelsize"])
    _add_legend(figure, result, column)
    if title:
        set_title(figure, result, "Roofline by data type")
    return figure


def _draw_panel(axes: Axes, data_type: str, result: NetworkResult) -> None:
    """Roof, slope and dots of one data type."""
    values = [intensity(layer, data_type, result) for layer in result.layers]
    axes.set_xscale("log")
    axes.set_yscale("log")
    _draw_roof(axes, data_type, result, [value for value in values if math.isfinite(value)])
    longest = max(layer.cycles for layer in result.layers)
    for index, (layer, value) in enumerate(zip(result.layers, values, strict=True)):
        size = math.sqrt(layer.cycles / longest)
        axes.plot(
            [value],
            [layer.bounds[-1]],
            linestyle="none",
            marker="o",
            markersize=_SMALLEST_DOT + (_LARGEST_DOT - _SMALLEST_DOT) * size,
            markerfacecolor=_color(layer, result),
            markeredgecolor=PAPER,
            markeredgewidth=0.6,
            alpha=0.85,
            gid=f"dot-{index}-{data_type}",
        )
    for axis, subs in ((axes.xaxis, (1.0,)), (axes.yaxis, (1.0, 2.0, 5.0))):
        axis.set_major_locator(LogLocator(subs=subs))
        axis.set_major_formatter(Ticks())
        axis.set_minor_formatter(NullFormatter())
    axes.grid(which="major", color=RULE)


def _draw_roof(axes: Axes, data_type: str, result: NetworkResult, values: list[float]) -> None:
    """The limits of the x axis, the flat roof, and the slope up to it where bandwidth is finite."""
    peak = result.accelerator.macs_per_cycle
    bandwidth = array_bandwidth(data_type, result.accelerator)
    ridge = peak / bandwidth
    inside = [*values, *([ridge] if ridge else [])]
    left, right = min(inside, default=1.0) / 2.5, max(inside, default=1.0) * 2.5
    axes.set_xlim(left, right)
    axes.plot([ridge or left, right], [peak, peak], color=INK, linewidth=1.1)
    if ridge:
        axes.plot([left, ridge], [left * bandwidth, peak], color=INK, linewidth=1.1)
    limit = f"{number(bandwidth)} words/cycle" if ridge else "no limit"
    axes.set_title(f"{data_type}: {limit}", fontsize="medium")


def _color(layer: LayerResult, result: NetworkResult) -> str:
    """The colour of the step that costs the layer most."""
    return STEP_COLORS[layer_losses(layer, result.accelerator).largest.number - 1]


def _add_legend(figure: Figure, result: NetworkResult, column: bool) -> None:
    """The colours that occur."""
    used = {_color(layer, result) for layer in result.layers}
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=8, color=color, label=f"{step.number} {step.label}")
        for step, color in zip(STEPS, STEP_COLORS, strict=True)
        if color in used
    ]
    handles.append(Line2D([], [], color=INK, linewidth=1.1, label="peak, bandwidth"))
    add_legend(figure, handles, "largest loss", column)
