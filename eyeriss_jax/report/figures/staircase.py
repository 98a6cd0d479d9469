"""The Eyexam staircase: MAC/cycle of the whole network after each of the seven steps."""

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.figures.style import INK, PAPER, STEP_COLORS, USEFUL_COLOR, set_title, sized, styled
from eyeriss_jax.report.losses import network_bounds
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import compact, scaled

_HEADROOM = 1.22
_BAR = 0.72


@styled
def staircase(result: NetworkResult, title: bool = True, *, column: bool = False) -> Figure:
    """Bars for the seven bounds under the array's peak; the hatched part above a bar is what its step lost.

    Bounds above the peak (the first two, mostly) are drawn off the scale with their value.
    """
    peak = result.accelerator.macs_per_cycle
    bounds = network_bounds(result)
    figure = Figure(figsize=sized(column, 3.9, 2.2), layout="constrained")
    axes = figure.add_subplot()
    before = float("inf")
    for step, bound in zip(STEPS, bounds, strict=True):
        _draw_step(axes, step.number, before, bound, peak, compact if column else scaled)
        before = bound
    axes.axhline(peak, color=INK, linewidth=1, linestyle=(0, (5, 3)))
    lanes = result.accelerator.lanes
    units = f"{result.accelerator.pes} PEs" + (f" × {lanes} lanes" if lanes > 1 else "")
    axes.text(7.46, peak * 1.015, f"peak {peak:,} = {units}", ha="right", va="bottom", fontsize="small")
    axes.set_xlim(0.5, 7.5)
    axes.set_ylim(0, peak * _HEADROOM)
    axes.set_xticks(
        [step.number for step in STEPS], [f"{step.number}\n{step.short if column else step.label}" for step in STEPS]
    )
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("performance bound (MAC/cycle)")
    if title:
        set_title(figure, result, "Eyexam")
    return figure


def _draw_step(
    axes: Axes, position: int, before: float, bound: float, peak: float, show: Callable[[float], str]
) -> None:
    """One bar with its value, and the loss against the bar before where that is within the scale."""
    top = peak * _HEADROOM
    height = min(bound, top)
    axes.bar(position, height, _BAR, color=USEFUL_COLOR, alpha=0.55 if bound > peak else 1.0).patches[0].set_gid(
        f"step-{position}"
    )
    lost = min(before, peak) - min(bound, peak)
    if lost > 0:
        color = STEP_COLORS[position - 1]
        bar = axes.bar(position, lost, _BAR, bottom=bound, facecolor="none", edgecolor=color, hatch="/////")
        bar.patches[0].set_gid(f"loss-{position}")
    if lost > 0.01 * peak:
        middle = bound + lost / 2 if lost > 0.08 * peak else bound + lost + 0.035 * peak
        label = axes.text(position, middle, f"−{_loss(lost)}", ha="center", va="center", fontsize="small")
        label.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1.5})
    inside = height > 0.12 * peak
    value = f"↑{show(bound)}" if bound > top else show(bound)
    axes.text(
        position,
        height - 0.03 * peak if inside else 0.01 * peak,
        value,
        ha="center",
        va="top" if inside else "bottom",
        color="#ffffff" if inside else INK,
        fontsize="small",
        fontweight="bold",
    )


def _loss(lost: float) -> str:
    """A loss in MAC/cycle, whole where it is large."""
    return f"{lost:,.0f}" if lost >= 10 else f"{lost:.2g}"
