"""Pictures of the array: how unequal the work of its PEs is, what they wait for, and how well the closed form knows."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from eyeriss_jax.report.figures.style import INK, RULE, STEP_COLORS, USEFUL_COLOR, styled, text_color

PARTS: tuple[tuple[str, str], ...] = (
    ("macs", USEFUL_COLOR),
    ("drains", STEP_COLORS[2]),
    ("chain_waits", STEP_COLORS[5]),
    ("iact_waits", STEP_COLORS[1]),
    ("weight_waits", STEP_COLORS[4]),
    ("end_waits", STEP_COLORS[6]),
)
"""The parts of the array's cycles, in the order of their bars, and their colours."""


@styled
def sparse_array(loads: Mapping[str, np.ndarray], parts: Mapping[str, Mapping[str, float]]) -> Figure:
    """The imbalance histogram of each layer, and how its PEs spend their cycles.

    Args:
        loads: layer -> work of each PE in each pass over the mean of its pass.
        parts: layer -> cycles by part of :data:`PARTS`, averaged over the PEs.
    """
    figure = Figure(figsize=(9.2, 1.6 + 0.95 * len(loads)), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.15), squeeze=False)[0]
    _histograms(left.subplots(len(loads), 1, sharex=True, squeeze=False)[:, 0], loads)
    _bars(right.subplots(), parts)
    return figure


def _histograms(panels: Sequence[Axes], loads: Mapping[str, np.ndarray]) -> None:
    """One below the other, so that none hides another."""
    edges = np.linspace(0, max(2.0, *(values.max() for values in loads.values())), 41)
    for axes, (name, values) in zip(panels, loads.items(), strict=True):
        shares = 100 * np.histogram(values, edges)[0] / len(values)
        axes.bar(edges[:-1], shares, np.diff(edges), align="edge", color=STEP_COLORS[3])
        axes.axvline(1, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
        axes.text(0.99, 0.92, name, transform=axes.transAxes, ha="right", va="top", fontsize=8)
        axes.tick_params(labelsize=7)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10), integer=True))
        axes.yaxis.set_major_formatter("{x:.0f} %")
    panels[0].set_title("imbalance: share of the PEs", fontsize=9)
    panels[-1].set_xlabel("MAC cycles of a PE in a pass / mean of the pass")


def _bars(axes: Axes, parts: Mapping[str, Mapping[str, float]]) -> None:
    names = list(parts)
    bottoms = np.zeros(len(names))
    for part, color in PARTS:
        values = np.asarray([100 * parts[name][part] / sum(parts[name].values()) for name in names])
        axes.barh(
            names, values, left=bottoms, color=color, label=part.replace("_", " ").replace("macs", "MACs"), height=0.62
        )
        for index, value in enumerate(values):
            if value > 6:
                middle = bottoms[index] + value / 2
                ink = text_color(color)
                axes.text(middle, index, f"{value:.0f}", ha="center", va="center", fontsize=7, color=ink)
        bottoms += values
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("cycles of the average PE (%)")
    axes.set_title("where they go", fontsize=9)
    axes.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=3, fontsize=7)


@styled
def sparse_errors(errors: Mapping[str, Sequence[float]]) -> Figure:
    """Relative error of the closed form against the simulation, one strip of dots per case name."""
    figure = Figure(figsize=(9.2, 0.5 + 0.36 * len(errors)), layout="constrained")
    axes = figure.add_subplot()
    for row, values in enumerate(errors.values()):
        axes.plot(
            100 * np.asarray(values), np.full(len(values), row), "o", color=STEP_COLORS[3], alpha=0.55, markersize=5
        )
    for percent in (-10, -5, 0, 5, 10):
        axes.axvline(percent, color=INK if percent == 0 else RULE, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(errors)), list(errors))
    axes.invert_yaxis()
    axes.set_xlabel("closed form against simulated cycles (%)")
    return figure
