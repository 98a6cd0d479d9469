"""Pruned networks: the density that tuning gives each layer, and what a budget of loss buys in energy."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from eyeriss_jax.report.figures.style import INK, STEP_COLORS, USEFUL_COLOR, styled
from eyeriss_jax.report.pruning import PrunedNetwork
from eyeriss_jax.report.units import ticks

_METHODS = {
    "uniform": (STEP_COLORS[5], "s", "one density for all"),
    "hidden": (STEP_COLORS[2], "^", "one, but ends dense"),
    "tuned": (USEFUL_COLOR, "o", "tuned per layer"),
}


_AROUND = 1.3
"""How far the axis of budgets reaches beyond the smallest and the largest, as a ratio."""


@styled
def pruning(networks: Sequence[PrunedNetwork], title: str) -> Figure:
    """Density per layer; energy against the proxy's loss; accuracy on the array against energy.

    Args:
        networks: the dense one first.
        title: what was pruned, and where it runs.
    """
    figure = Figure(figsize=(9.2, 3.6), layout="constrained")
    layers, budget, accuracy = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
    _layers(layers, [each for each in networks if each.method == "tuned"])
    _against(budget, networks, "proxy_loss", "energy_share", ("loss of the proxy (nats)", "energy of dense"))
    budget.legend(fontsize=7)
    _against(accuracy, networks, "energy_share", "accelerator_accuracy", ("energy of dense", "accuracy on the array"))
    accuracy.axhline(networks[0].accelerator_accuracy, color=INK, linewidth=0.8, linestyle=(0, (5, 3)))
    for axis in (budget.yaxis, accuracy.xaxis, accuracy.yaxis, layers.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    budget.set_ylim(bottom=0)
    accuracy.set_xlim(0, 1.02)
    accuracy.set_ylim(top=1)
    spent = sorted({each.budget for each in networks if each.budget is not None})
    budget.set_xscale("log")
    budget.set_xticks(spent, ticks(spent), fontsize=7)
    budget.minorticks_off()
    spread = [*spent, *(each.proxy_loss for each in networks if each.budget is not None)]
    if spread and min(spread) > 0:
        budget.set_xlim(min(spread) / _AROUND, max(spread) * _AROUND)
    accuracy.annotate("dense", (0.02, networks[0].accelerator_accuracy), (0, 2), textcoords="offset points", fontsize=7)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure


def _layers(axes: Axes, tuned: Sequence[PrunedNetwork]) -> None:
    """Bars side by side, one per budget, the smallest first and palest, in shades of the colour of tuning."""
    tuned = sorted(tuned, key=lambda each: each.budget or 0.0)
    width = 0.8 / max(len(tuned), 1)
    for index, each in enumerate(tuned):
        places = [x + width * (index - (len(tuned) - 1) / 2) for x in range(len(each.densities))]
        color = _shade(index, len(tuned))
        axes.bar(places, list(each.densities.values()), 0.9 * width, color=color, label=f"{each.budget:g}")
    names = list(tuned[0].densities) if tuned else []
    axes.set_xticks(range(len(names)), names, fontsize=7)
    axes.set_ylabel("density of weights, tuned")
    axes.set_ylim(0, 1)
    axes.legend(title="budget (nats)", fontsize=7, title_fontsize=7, ncols=6, loc="lower left", bbox_to_anchor=(0, 1),
                borderaxespad=0.2, columnspacing=1, handlelength=1)  # fmt: skip


def _shade(index: int, count: int) -> tuple[float, ...]:
    """The colour of tuning, paler for the first of ``count``."""
    strength = 1.0 if count < 2 else 0.3 + 0.7 * index / (count - 1)
    return tuple(1 - strength * (1 - part) for part in to_rgb(USEFUL_COLOR))


def _against(axes: Axes, networks: Sequence[PrunedNetwork], x: str, y: str, labels: tuple[str, str]) -> None:
    """One line per method."""
    dense = networks[0]

    def value(each: PrunedNetwork, name: str) -> float:
        return each.measured_energy / dense.measured_energy if name == "energy_share" else getattr(each, name)

    for method, (color, marker, label) in _METHODS.items():
        points = sorted((value(each, x), value(each, y)) for each in networks if each.method == method)
        if points:
            axes.plot(*zip(*points, strict=True), color=color, marker=marker, markersize=4, linewidth=1, label=label)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
