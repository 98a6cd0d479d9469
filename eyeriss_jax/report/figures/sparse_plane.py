"""Pictures of the density plane: throughput, utilisation, where compression pays and what a third lane buys."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from eyeriss_jax.report.figures.style import INK, PAPER, STEP_COLORS, styled
from eyeriss_jax.report.units import ticks


class Plane(NamedTuple):
    """Best tiles over the plane, [iact, weight] each, for one SPad; rates in nominal MACs per cycle and PE.

    ``compressed``, ``raw``, ``utilization``: with ``lanes`` lanes. ``more_lanes``: compressed, with one lane more.
    ``once_compressed``, ``once_raw``: where every weight is used once, as in a fully connected layer.
    ``tile``: nominal weights of the best compressed tile.
    """

    iact: np.ndarray
    weight: np.ndarray
    compressed: np.ndarray
    raw: np.ndarray
    utilization: np.ndarray
    more_lanes: np.ndarray
    once_compressed: np.ndarray
    once_raw: np.ndarray
    tile: np.ndarray
    lanes: int
    spad_pairs: int
    positions: int


_MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Of layers: a shape each, as names on the maps would cover each other."""

_RATIO_LEVELS = (1, 1.25, 1.5, 2, 3, 4, 6, 8, 12)
_CLEAR = 0.06
"""Share of a map's width or height that a label keeps from borders, marks and other labels."""


@styled
def sparse_plane(plane: Plane, marks: dict[str, tuple[float, float]]) -> Figure:
    """Six maps over iact and weight density; ``marks`` are layers to show, name -> (iact, weight)."""
    figure = Figure(figsize=(11.0, 6.6), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    best = np.maximum(plane.compressed, plane.raw)
    maps = (
        ("throughput (nominal MAC/cycle per PE)", best, (1, 2, 3, 4, 6, 8, 12, 16, 24)),
        ("MACs busy with nonzeros (%)", 100 * plane.utilization, (10, 20, 30, 40, 50, 60, 70, 80, 90)),
        (f"speed-up of lane {plane.lanes + 1}", plane.more_lanes / plane.compressed, (1.3, 1.35, 1.4, 1.45, 1.5)),
        (f"compressed over raw, {plane.positions} uses per weight", plane.compressed / plane.raw, _RATIO_LEVELS),
        ("compressed over raw, one use per weight", plane.once_compressed / plane.once_raw, _RATIO_LEVELS),
        ("weights in the best tile (zeros too)", plane.tile, (128, 192, 256, 384, 512)),
    )
    for axes, (title, values, levels) in zip(panels.flat, maps, strict=True):
        _map(axes, plane, title, values, levels, marks)
        _mark(axes, marks)
    handles = [
        Line2D([], [], linestyle="none", marker=mark, markersize=6, color=STEP_COLORS[5], label=name)
        for name, mark in zip(marks, _MARKS, strict=False)
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), labelcolor=INK)
    for axes in panels[-1]:
        axes.set_xlabel("iact density (%)")
    for axes in panels[:, 0]:
        axes.set_ylabel("weight density (%)")
    figure.suptitle(
        f"PE with {plane.lanes} lanes and {plane.spad_pairs} weight slots, best M0 and C0 at every point",
        x=0.01, ha="left", fontsize=10, fontweight="bold",
    )  # fmt: skip
    return figure


def _map(
    axes: Axes,
    plane: Plane,
    title: str,
    values: np.ndarray,
    levels: Sequence[float],
    marks: dict[str, tuple[float, float]],
) -> None:
    """One map on a logarithmic scale with contour lines; where a ratio is below 1 it is hatched."""
    iact, weight = 100 * plane.iact, 100 * plane.weight
    least, most = float(np.nanmin(values)), float(np.nanmax(values))
    norm = LogNorm(least, most)
    image = axes.pcolormesh(iact, weight, values.T, cmap="viridis", norm=norm, shading="gouraud", rasterized=True)
    lines = axes.contour(iact, weight, values.T, levels=list(levels), colors=PAPER, linewidths=0.8)
    numbers = dict(zip(levels, ticks(levels), strict=True))
    axes.clabel(lines, fontsize=7, fmt=numbers, manual=_free_places(lines, axes, marks.values()))
    if "over raw" in title:
        axes.contourf(iact, weight, values.T, levels=[0, 1], colors="none", hatches=["////"])
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02)
    shown = [level for level in levels if least <= level <= most]
    bar.set_ticks(shown, labels=ticks(shown), fontsize=7)
    bar.minorticks_off()
    axes.set_title(title, fontsize=9)


def _free_places(lines: ContourSet, axes: Axes, marks: Iterable[tuple[float, float]]) -> list[np.ndarray]:
    """For each line that has one, a place where no border cuts its label and no mark or other label covers it."""
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    taken, places = [(100 * np.asarray(mark) - low) / (high - low) for mark in marks], []
    for path in lines.get_paths():
        vertices = np.asarray(path.vertices)
        points = (vertices - low) / (high - low)
        if not len(points):
            continue
        border = np.minimum(points, 1 - points).min(1)
        clear = np.min([border, *(np.hypot(*(points - each).T) for each in taken)], axis=0)
        best = int(np.argmax(clear))
        if clear[best] > _CLEAR:
            taken.append(points[best])
            places.append(vertices[best])
    return places


def _mark(axes: Axes, marks: dict[str, tuple[float, float]]) -> None:
    """Layers of known density."""
    for (iact, weight), mark in zip(marks.values(), _MARKS, strict=False):
        axes.plot(100 * iact, 100 * weight, marker=mark, markersize=6, color=STEP_COLORS[5], markeredgecolor=PAPER)


@styled
def sparse_designs(spad_pairs: np.ndarray, lanes: np.ndarray, rates: np.ndarray, where: str) -> Figure:
    """Every PE design as a dot, throughput over SPad size, with the best of each number of lanes as a line.

    Args:
        spad_pairs: [D] pair slots of the weight SPad.
        lanes: [D].
        rates: [D] nominal MACs per cycle and PE; 0 where the tile does not fit.
        where: the densities in words.
    """
    figure = Figure(figsize=(9.2, 4.0), layout="constrained")
    axes = figure.add_subplot()
    sizes = np.unique(spad_pairs)
    for index, count in enumerate(np.unique(lanes)):
        color = STEP_COLORS[(1, 3, 4, 5)[index % 4]]
        of = (lanes == count) & (rates > 0)
        shift = 1 + 0.03 * (index - 1.5)
        axes.plot(spad_pairs[of] * shift, rates[of], ".", color=color, markersize=3, alpha=0.5)
        best = [rates[(lanes == count) & (spad_pairs == size)].max(initial=0) for size in sizes]
        axes.plot(sizes * shift, best, color=color, linewidth=1.4, label=f"{count:g} lane{'s' if count > 1 else ''}")
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, ticks(sizes.tolist()))
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("weight SPad (pair slots)")
    axes.set_ylabel("nominal MAC/cycle per PE")
    axes.legend(title="best of")
    axes.set_title(f"{len(rates):,} PE designs at {where}", fontsize=9)
    return figure
