"""Heat maps over the cluster grid: words that each cluster was sent or (psums) handed on, per data type."""

import numpy as np
from matplotlib.figure import Figure

from eyeriss_jax.dims import TYPES
from eyeriss_jax.report.figures.array_map import HEAT
from eyeriss_jax.report.figures.style import INK, PAPER, styled
from eyeriss_jax.report.functional import Comparison
from eyeriss_jax.report.units import scaled

_LARGEST_LABELLED_GRID = 128


@styled
def cluster_map(comparison: Comparison) -> Figure:
    """One panel per data type; a cell is a PE cluster and its colour the words delivered to it or, psums, by it."""
    figure = Figure(figsize=(9.2, 4.2), layout="constrained")
    for axes, data_type in zip(figure.subplots(1, len(TYPES)), TYPES, strict=True):
        words = comparison.delivered[data_type]
        image = axes.imshow(words, cmap=HEAT, aspect="auto", vmin=0)
        collected = data_type == "psum"
        title = f"{data_type}{' collected' if collected else ''}: {scaled(float(words.sum()))} words"
        axes.set_xlabel("cluster column")
        axes.set_xticks(range(words.shape[1]))
        axes.set_yticks(range(words.shape[0]))
        axes.set_xticks(np.arange(words.shape[1] + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(words.shape[0] + 1) - 0.5, minor=True)
        axes.grid(visible=True, which="minor", color=PAPER, linewidth=1.5)
        axes.tick_params(which="minor", length=0)
        least, most = scaled(float(words.min())), scaled(float(words.max()))
        if words.min() == words.max():  # one colour says nothing, the number does
            image.set_alpha(0.35)
            axes.set_title(f"{title},\n{most} {'from' if collected else 'to'} every cluster")
            continue
        axes.set_title(f"{title},\n{least} to {most} per cluster")
        bar = figure.colorbar(image, ax=axes, shrink=0.8)
        bar.set_label("words per cluster")
        if words.size <= _LARGEST_LABELLED_GRID:
            for (row, column), value in np.ndenumerate(words):
                color = PAPER if value > 0.5 * int(words.max()) else INK
                axes.text(column, row, scaled(float(value)), ha="center", va="center", color=color, fontsize=7)
    figure.axes[0].set_ylabel("cluster row")
    layer = comparison.layer.layer
    figure.suptitle(f"Words delivered: {layer.name} ({layer.shape})", x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure
