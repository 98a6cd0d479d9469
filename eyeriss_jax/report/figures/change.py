"""What changed between two runs: per layer the cycles that each step of Eyexam costs more or less."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from eyeriss_jax.report.comparison.changes import LayerChange, why
from eyeriss_jax.report.figures.layer_bars import name_layers
from eyeriss_jax.report.figures.style import INK, PAPER, STEP_COLORS, USEFUL_COLOR, add_legend, sized, styled
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import scaled

_LEAST_LISTED = 0.004
"""The least share of the largest bar that can be seen; smaller parts have no place in the legend."""


@styled
def change_figure(changes: Sequence[LayerChange], title: str, *, column: bool = False) -> Figure:
    """Diverging stacked bars of the layers that both runs have, in the order of the network."""
    shared = [change for change in changes if change.steps]
    figure = Figure(figsize=sized(column, 3.4, 2.4), layout="constrained")
    axes = figure.add_subplot()
    above, below, handles = np.zeros(len(shared)), np.zeros(len(shared)), []
    parts = [("useful work", USEFUL_COLOR, [change.useful for change in shared])]
    parts += [
        (f"{step.number} {step.label}", color, [change.steps[step.number - 1] for change in shared])
        for step, color in zip(STEPS, STEP_COLORS, strict=True)
    ]
    largest = max((abs(moved) for *_, each in parts for moved in each), default=0.0)
    for number, (name, color, moved) in enumerate(parts):
        values = np.asarray(moved)
        if not values.any():
            continue
        bars = axes.bar(
            range(len(values)), values, 0.82, bottom=np.where(values > 0, above, below), color=color, edgecolor=PAPER,
            linewidth=0.3,
        )  # fmt: skip
        for index, bar in enumerate(bars.patches):
            bar.set_gid(f"bar-{index}-{number}")
        above, below = above + values.clip(min=0), below + values.clip(max=0)
        if np.abs(values).max() >= _LEAST_LISTED * largest:
            handles.append(Patch(color=color, label=name))
    axes.plot(
        range(len(shared)), [change.cycles for change in shared], "o", color=INK, markersize=4, markeredgecolor=PAPER,
        markeredgewidth=0.8,
    )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_ylabel("change (cycles)")
    axes.margins(x=0.01)
    name_layers(axes, [change.name for change in shared], column)
    if handles:
        add_legend(figure, handles, "step of Eyexam", column)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize="medium", fontweight="bold")
    return figure


def tips(changes: Sequence[LayerChange]) -> dict[str, str]:
    """Tooltips of the bars: one text per layer."""
    shared = [change for change in changes if change.steps]
    return {
        f"bar-{index}-{part}": f"{change.name}: {scaled(change.cycles)} cycles\n{why(change)}"
        for index, change in enumerate(shared)
        for part in range(len(STEPS) + 1)
    }
