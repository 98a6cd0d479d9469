"""Scaling curves: what a larger array is worth, one panel per network, v2 against v1."""

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from eyeriss_jax.report.figures.style import INK, PAGE_WIDTH, STEP_COLORS, styled

Curves = Mapping[str, Mapping[int, float]]
"""Network -> PEs -> cycles."""

_COLUMNS = 6
_STYLES = ((STEP_COLORS[1], "s"), (STEP_COLORS[3], "o"))
"""Colour and mark of each version, in the order given."""


@styled
def scaling(cycles: Mapping[str, Curves]) -> Figure:
    """Speed over that of the first version's smallest array against PEs, log-log, the same axes in every panel.

    The dashed line continues the last version's smallest array in proportion to the PEs.

    Args:
        cycles: version (``v1``, ``v2``) -> network -> PEs -> cycles.
    """
    networks = list(next(iter(cycles.values())))
    columns = min(_COLUMNS, len(networks))
    rows = math.ceil(len(networks) / columns)
    width = PAGE_WIDTH if columns > 2 else 1 + 3 * columns
    figure = Figure(figsize=(width, 1.1 + rows * (1.75 if columns > 3 else 3)), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    for panel, network in zip(panels, networks, strict=False):
        _panel(panel, network, {version: curves[network] for version, curves in cycles.items()})
    for panel in panels[len(networks) :]:
        panel.set_axis_off()
    for panel in panels[max(0, len(networks) - columns) : len(networks)]:
        panel.tick_params(labelbottom=True)
    first = next(iter(cycles))
    figure.supxlabel("PEs", fontsize=8)
    figure.supylabel(f"speed over {first} on its smallest array", fontsize=8)
    styles = zip(cycles, _STYLES, strict=False)
    handles = [Line2D([], [], color=c, marker=m, markersize=3.5, label=f"Eyeriss {v}") for v, (c, m) in styles]
    ideal = f"{list(cycles)[-1]} in proportion to the PEs"
    handles.append(Line2D([], [], color=INK, linewidth=0.8, linestyle=(0, (5, 3)), label=ideal))
    figure.legend(handles=handles, loc="outside upper center", ncols=3, fontsize=8, frameon=False, labelcolor=INK)
    return figure


def _panel(axes: Axes, network: str, curves: Curves) -> None:
    sizes = sorted({pes for curve in curves.values() for pes in curve})
    one = next(iter(curves.values()))[sizes[0]]
    speeds: list[float] = []
    for curve, (color, mark) in zip(curves.values(), _STYLES, strict=False):
        speeds = [one / curve[pes] for pes in sizes]
        axes.plot(sizes, speeds, color=color, marker=mark, linewidth=1.2, markersize=2.5)
    ideal = [speeds[0] * pes / sizes[0] for pes in sizes]
    axes.plot(sizes, ideal, color=INK, linewidth=0.6, linestyle=(0, (5, 3)))
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=10)
    ticks = sizes if len(sizes) <= 3 else sizes[::2] if len(sizes) <= 6 else sizes[::4]
    axes.set_xticks(ticks, [f"{pes:,}" for pes in ticks], fontsize=7)
    axes.set_xticks(sizes, ["" for _ in sizes], minor=True)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_title(network, fontsize=7.5)
