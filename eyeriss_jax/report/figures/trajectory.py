"""The way of a tuning through its design space: what every scored design costs, and its value on each axis."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from eyeriss_jax.report.figures.style import INK, STEP_COLORS, USEFUL_COLOR, styled


@styled
def trajectory(fields: Sequence[str], values: np.ndarray, costs: np.ndarray, word: str) -> Figure:
    """A panel for the cost and a small one per axis, each with the best design so far as a line.

    Args:
        fields: names of the axes.
        values: ``[designs, axes]`` of every design, in the order in which they were scored.
        costs: ``[designs]``, as a multiple of the base design's; infinite where a design has no mapping.
        word: what the cost is.
    """
    best = np.array([int(np.argmin(costs[: i + 1])) for i in range(len(costs))])
    columns = min(4, 1 + len(fields))
    rows = -(-(1 + len(fields)) // columns)
    figure = Figure(figsize=(2.5 * columns, 1.6 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    finite = np.where(np.isfinite(costs), costs, np.nan)
    panels[0].axhline(1.0, color=INK, linewidth=0.8, linestyle=(0, (5, 3)), label="base design")
    for axes, name, column in zip(panels, (word, *fields), (finite, *values.T), strict=False):
        _panel(axes, name, column, column[best])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), fontsize=8)
    for axes in panels[1 + len(fields) :]:
        axes.set_visible(False)
    figure.supxlabel("designs scored", fontsize=9)
    return figure


def _panel(axes: Axes, name: str, scored: np.ndarray, best: np.ndarray) -> None:
    axes.plot(scored, ".", color=STEP_COLORS[2], markersize=3, label="scored")
    axes.plot(best, color=USEFUL_COLOR, linewidth=1.5, drawstyle="steps-post", label="best so far")
    axes.set_title(name, fontsize=8)
    if np.nanmin(scored) > 0 and np.nanmax(scored) >= 4 * np.nanmin(scored):
        axes.set_yscale("log", base=2)
        axes.yaxis.set_major_formatter("{x:,.4g}")
    elif not np.any(scored % 1):
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
