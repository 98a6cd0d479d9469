"""Scaling curves: what a larger array is worth, one line per network, v2 above and v1 below."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eyeriss_jax.report.figures.style import INK, STEP_COLORS, USEFUL_COLOR, styled

Curves = Mapping[str, Mapping[int, float]]
"""Network -> PEs -> cycles."""

_COLORS = (*STEP_COLORS[1:], USEFUL_COLOR, INK)
_MARKS = ("o", "s", "^")


@styled
def scaling(cycles: Mapping[str, Curves]) -> Figure:
    """Speed over that of the smallest array against PEs, one panel per version (``v1``, ``v2``), log-log.

    Args:
        cycles: version -> network -> PEs -> cycles.
    """
    figure = Figure(figsize=(4.8 * len(cycles), 4.4), layout="constrained")
    panels = figure.subplots(1, len(cycles), sharey=True, squeeze=False)[0]
    for axes, (version, curves) in zip(panels, cycles.items(), strict=True):
        _panel(axes, version, curves)
    panels[0].set_ylabel("speed over the smallest array")
    panels[0].legend(fontsize=7)
    return figure


def _panel(axes: Axes, version: str, curves: Curves) -> None:
    sizes = sorted({pes for curve in curves.values() for pes in curve})
    axes.plot(sizes, [pes / sizes[0] for pes in sizes], color=INK, linewidth=0.8, linestyle=(0, (5, 3)), label="linear")
    for index, (network, curve) in enumerate(curves.items()):
        pes = sorted(curve)
        speeds = [curve[pes[0]] / curve[n] for n in pes]
        color, marker = _COLORS[index % len(_COLORS)], _MARKS[index // len(_COLORS) % len(_MARKS)]
        axes.plot(pes, speeds, label=network, color=color, marker=marker, linewidth=1.2, markersize=3.5)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:,.3g}")
    axes.set_xticks(sizes, [f"{pes:,}" for pes in sizes], rotation=45 if len(sizes) > 5 else 0, fontsize=7)
    axes.set_xlabel("PEs")
    axes.set_title(f"Eyeriss {version}", fontsize=9)
