"""The timeline: the array's cycles as an area, layer after layer, split by the step that loses them."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.figures.style import PAPER, STEP_COLORS, USEFUL_COLOR, add_legend, set_title, sized, styled
from eyeriss_jax.report.losses import Losses, layer_losses, total_losses
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import percent

_LEAST_NAMED_SHARE = 0.014
_LEAST_NAMED_SHARE_IN_COLUMN = 0.035
_LEAST_HORIZONTAL_SHARE = 0.1
_LEAST_LISTED_SHARE = 0.0005
_LEAST_OUTLINED_SHARE = 0.006


@styled
def timeline(result: NetworkResult, title: bool = True, *, column: bool = False) -> Figure:
    """One column per layer, as wide as the layer takes time; areas are proportional to array-cycles."""
    losses = [layer_losses(layer, result.accelerator) for layer in result.layers]
    whole = total_losses(losses)
    figure = Figure(figsize=sized(column, 4.4, 3.0), layout="constrained")
    axes = figure.add_subplot()
    scale, unit = _cycle_scale(whole.total)
    least_named = _LEAST_NAMED_SHARE_IN_COLUMN if column else _LEAST_NAMED_SHARE
    start = 0.0
    for index, (layer, loss) in enumerate(zip(result.layers, losses, strict=True)):
        width = loss.total / scale
        outlined = loss.total > _LEAST_OUTLINED_SHARE * whole.total
        _draw_layer(axes, index, start, width, loss, 0.4 if outlined else 0.0)
        if loss.total > least_named * whole.total:
            turn = 0 if loss.total > _LEAST_HORIZONTAL_SHARE * whole.total and not column else 90
            name = layer.layer.name
            axes.text(start + width / 2, 101.5, name, rotation=turn, ha="center", va="bottom", fontsize="x-small")
        start += width
    axes.set_xlim(0, start)
    axes.set_ylim(0, 100)
    axes.set_xlabel(f"time ({unit})")
    axes.set_ylabel("share of the array's MAC units (%)")
    _add_legend(figure, whole, column)
    if title:
        set_title(figure, result, "Array-cycles per layer")
    return figure


def _cycle_scale(cycles: float) -> tuple[float, str]:
    """The size and name of the unit that keeps the time axis short."""
    for size, name in ((1e9, "10⁹ cycles"), (1e6, "10⁶ cycles"), (1e3, "10³ cycles")):
        if cycles >= size:
            return size, name
    return 1.0, "cycles"


def _draw_layer(axes: Axes, index: int, start: float, width: float, loss: Losses, outline: float) -> None:
    """One column: useful work at the bottom, then the losses from the last step down to the first."""
    parts = [(0, loss.useful_share, USEFUL_COLOR)]
    parts += [(step.number, loss.shares[step.number - 1], STEP_COLORS[step.number - 1]) for step in reversed(STEPS)]
    bottom = 0.0
    for number, share, color in parts:
        if share <= 0:
            continue
        bar = axes.bar(
            start, 100 * share, width, bottom=bottom, align="edge", color=color, edgecolor=PAPER, linewidth=outline
        )
        bar.patches[0].set_gid(f"part-{index}-{number}")
        bottom += 100 * share


def _add_legend(figure: Figure, whole: Losses, column: bool) -> None:
    """The parts in the order of the column, top first, each with its share of all array-cycles."""
    handles = [
        Patch(color=STEP_COLORS[step.number - 1], label=f"{percent(share)}  {step.number} {step.label}")
        for step, share in zip(STEPS, whole.shares, strict=True)
        if share > _LEAST_LISTED_SHARE
    ]
    handles.append(Patch(color=USEFUL_COLOR, label=f"{percent(whole.useful_share)}  useful work"))
    add_legend(figure, handles, "array-cycles", column)
