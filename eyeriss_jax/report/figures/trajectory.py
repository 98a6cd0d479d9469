"""The way of a tuning through its design space: what every scored design costs, and its value on each axis."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from eyeriss_jax.report.figures.style import INK, PAPER, STEP_COLORS, USEFUL_COLOR, styled
from eyeriss_jax.report.units import ticks

_MOST_GAPS = 6.5
"""Gaps between ticks that a small panel has room for: seven evenly spaced ticks can be read, eight cannot."""

_KEPT_PERCENT, _HEADROOM = 85, 1.15
"""The scale of the costs reaches this percentile of them, or the base design, and a little more."""


@styled
def trajectory(
    fields: Sequence[str],
    values: np.ndarray,
    costs: np.ndarray,
    word: str,
    base: Sequence[float],
    meets: np.ndarray | None = None,
    base_cost: float = 1.0,
) -> Figure:
    """A panel for the cost and a small one per axis, each with the best design so far as a line.

    The line begins at the first design that meets all constraints, and those that do not are rings. The base design is
    a dashed line in every panel and, where it is one of the scored, a star.

    Args:
        fields: names of the axes.
        values: ``[designs, axes]`` of every design, in the order in which they were scored.
        costs: ``[designs]``, as a multiple of one design's, mostly the base's; infinite where a design has no mapping.
        word: what the cost is.
        base: the base design's value on each axis, whether or not the axis has it.
        meets: ``[designs]`` whether each meets all constraints; None if all do.
        base_cost: that of the base design; NaN where it has no mapping.
    """
    meets = np.ones(len(costs), bool) if meets is None else meets
    allowed = np.where(meets, costs, np.inf)
    best = np.array([int(np.argmin(allowed[: i + 1])) for i in range(len(costs))])
    known = np.isfinite(allowed[best])
    count = 1 + len(fields)
    columns = min(4, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(2.5 * columns, 1.6 * rows + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    finite = np.where(np.isfinite(costs), costs, np.nan)
    at_base = np.flatnonzero((values == np.asarray(base)).all(1))
    for axes, name, column, of_base in zip(
        panels, (word, *fields), (finite, *values.T), (base_cost, *base), strict=False
    ):
        _panel(axes, name, column, np.where(known, column[best], np.nan), meets)
        _mark_base(axes, of_base, at_base)
    _keep_scale(panels[0], costs)
    for axes, column in zip(panels[1:], values.T, strict=False):
        _mark_values(axes, np.unique(column))
    panels[0].set_xlim(0.5, len(costs) + 0.5)
    panels[0].xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), fontsize=8)
    for axes in panels[count - columns : count]:
        axes.tick_params(labelbottom=True)
    for axes in panels[count:]:
        axes.set_visible(False)
    figure.supxlabel("designs scored", fontsize=9)
    return figure


def _panel(axes: Axes, name: str, scored: np.ndarray, best: np.ndarray, meets: np.ndarray) -> None:
    numbers, color = np.arange(1, len(scored) + 1), STEP_COLORS[2]
    if meets.any():
        axes.plot(numbers, np.where(meets, scored, np.nan), ".", color=color, markersize=3, label="scored")
        words = "best so far" if meets.all() else "best so far that meets all constraints"
        axes.plot(numbers, best, color=USEFUL_COLOR, linewidth=1.5, drawstyle="steps-post", label=words)
    if not meets.all():
        axes.plot(numbers[~meets], scored[~meets], "o", color=color, markersize=3, markerfacecolor="none",
                  markeredgewidth=0.6, label="scored, misses a constraint")  # fmt: skip
    axes.set_title(name, fontsize=8)
    known = scored[np.isfinite(scored)]
    if known.size and known.min() > 0 and known.max() >= 4 * known.min():
        axes.set_yscale("log", base=2)


def _mark_base(axes: Axes, value: float, at: np.ndarray) -> None:
    """The base design: a dashed line below all marks, and a star where it was scored."""
    if not np.isfinite(value):
        return
    axes.axhline(value, color=INK, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1, label="base design")
    axes.scatter(at + 1, np.full(len(at), value), s=60, marker="*", color=PAPER, edgecolor=INK, linewidth=0.7, zorder=3)


def _keep_scale(axes: Axes, costs: np.ndarray) -> None:
    """Keeps a few costly designs from squeezing the panel: they, and those without a mapping, are marks at its top."""
    finite = costs[np.isfinite(costs)]
    top = max(1.0, float(np.percentile(finite, _KEPT_PERCENT)) if finite.size else 0.0) * _HEADROOM
    above = ~(costs <= top)
    if above.any():
        axes.set_ylim(top=top)
        at = np.flatnonzero(above) + 1
        axes.plot(at, np.full(len(at), top), "^", color=STEP_COLORS[5], markersize=4, clip_on=False,
                  label="off the scale, or no mapping")  # fmt: skip


def _mark_values(axes: Axes, values: np.ndarray) -> None:
    """Ticks at the axis's own ``values``, as many as can be read: from the smallest, each well above the last."""
    places = np.log(values) if axes.get_yscale() == "log" else values
    least = (places[-1] - places[0]) / _MOST_GAPS
    kept = [0]
    for i, place in enumerate(places):
        if place - places[kept[-1]] > least:
            kept.append(i)
    axes.set_yticks(values[kept], ticks(values[kept].tolist()))
    axes.minorticks_off()
