"""The way of a tuning through its design space: every scored design's value on each axis, the best so far in bold."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from eyeriss_jax.report.figures.style import STEP_COLORS, USEFUL_COLOR, styled


@styled
def trajectory(fields: Sequence[str], values: np.ndarray, best: np.ndarray) -> Figure:
    """One small panel per axis.

    Args:
        fields: names of the axes.
        values: ``[designs, axes]`` of every design, in the order in which they were scored.
        best: ``[designs]``, the number of the best design up to each.
    """
    columns = min(4, len(fields))
    rows = -(-len(fields) // columns)
    figure = Figure(figsize=(2.5 * columns, 1.6 * rows + 0.3), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for axes, name, column in zip(panels, fields, values.T, strict=False):
        axes.plot(column, ".", color=STEP_COLORS[2], markersize=3)
        axes.plot(column[best], color=USEFUL_COLOR, linewidth=1.5, drawstyle="steps-post")
        axes.set_title(name, fontsize=8)
        if column.min() > 0 and column.max() >= 4 * column.min():
            axes.set_yscale("log", base=2)
            axes.yaxis.set_major_formatter("{x:,.4g}")
    for axes in panels[len(fields) :]:
        axes.set_visible(False)
    figure.supxlabel("designs scored", fontsize=9)
    return figure
