"""Heat maps over the cluster grid of one layer: MACs of the PEs, and words through the router ports."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.array_map import ArrayMap
from eyeriss_jax.report.figures.style import RULE, sized, styled
from eyeriss_jax.report.units import scaled

HEAT = LinearSegmentedColormap.from_list("heat", ("#dcebf5", "#56a4d8", "#00457c"))
"""From little to much, in one hue."""

_GAP = 0.35


@styled
def array_map(
    layer: LayerResult, found: ArrayMap, accelerator: Accelerator, title: bool = True, *, column: bool = False
) -> Figure:
    """Four maps of one run of a layer: each cell is a PE or a router port, idle ones are empty frames.

    ``found`` is what :func:`eyeriss_jax.report.array_map.array_map` counts of the layer.
    """
    figure = Figure(figsize=sized(column, 4.2, 2.6), layout="constrained")
    axes = figure.add_subplot()
    axes.set_aspect("equal")
    axes.axis("off")
    grids = {"MACs per PE": found.macs} | {f"{name} words\nper port": found.ports[name] for name in TYPES}
    taller = max(_extent(grid)[0] for grid in grids.values())
    left, apart = 0.0, taller * (0.2 if column else 0.16)
    for name, grid in grids.items():
        _draw(axes, grid, left)
        axes.text(left, -0.03 * taller, f"{name}\n≤ {scaled(float(grid.max()))}", va="bottom", fontsize="small")
        left += max(_extent(grid)[1], 0.22 * taller) + apart
    axes.set_xlim(-_GAP, left - apart + _GAP)
    axes.set_ylim(taller, -0.2 * taller)
    if title:
        where = f"{layer.layer.name} ({layer.layer.shape}) on {accelerator.name}"
        figure.suptitle(where, x=0.01, ha="left", fontsize="medium", fontweight="bold")
    return figure


def _extent(grid: Ints) -> tuple[float, float]:
    """Height and width of a grid [cluster_rows, cluster_cols, rows, cols] in cells, with the gaps between clusters."""
    return grid.shape[0] * (grid.shape[2] + _GAP), grid.shape[1] * (grid.shape[3] + _GAP)


def _draw(axes: Axes, grid: Ints, left: float) -> None:
    """One map; the colour runs from none to its largest value."""
    cluster_rows, cluster_cols, rows, cols = grid.shape
    largest = max(int(grid.max()), 1)
    for row in range(cluster_rows):
        for col in range(cluster_cols):
            x, y = left + col * (cols + _GAP), row * (rows + _GAP)
            cells = np.where(grid[row, col] > 0, grid[row, col], np.nan)
            edges = x + np.arange(cols + 1), y + np.arange(rows + 1)
            axes.pcolormesh(*edges, cells, cmap=HEAT, vmin=0, vmax=largest, edgecolors=RULE, linewidth=0.2)
