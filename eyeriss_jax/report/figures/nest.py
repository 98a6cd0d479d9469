"""The mapping of a layer as a loop nest, with a bar per tensor along the loops during which its tile stays."""

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.figures.style import RULE, TYPE_COLORS, sized, styled
from eyeriss_jax.report.nest import INNERMOST, kind_of, nest_lines

_INDENT, _GAP = 4.0, 10.0
"""How far a loop stands inside the one around it, and the least room between columns, in points."""

_MARKS = {"stays": (3.0, "-"), "shared": (3.0, ":")}


@styled
def nest(layer: LayerResult, accelerator: Accelerator, title: bool = True, *, column: bool = False) -> Figure:
    """One line per loop, outermost first.

    A solid bar beside a tensor's state is reuse in time (its tile stays), a dotted one reuse in space (all places have
    the same, or their psums are added up). Type is made smaller until the longest line fits.
    """
    lines = nest_lines(layer, accelerator.glb_keeps)
    loops = [*(line.text for line in lines), INNERMOST]
    texts = [["level", *(line.level for line in lines)], ["loop", *loops]]
    texts += [[data_type, *(line.states[data_type] for line in lines)] for data_type in TYPES]
    height = 0.22 * (len(lines) + 2) + (0.35 if title else 0.1)
    figure = Figure(figsize=sized(column, height, 0.75 * height), layout="constrained")
    axes = figure.add_subplot()
    starts, end, small = _columns(texts, 72 * figure.get_size_inches()[0])
    axes.set(xlim=(-_GAP / 2, end), ylim=(len(lines) + 0.6, -1.6))
    axes.set_axis_off()
    for x, (name, *_) in zip(starts, texts, strict=True):
        axes.text(x, -1, name, va="center", fontsize=small, fontweight="bold")
    axes.axhline(-0.5, color=RULE, linewidth=0.8)
    for depth, text in enumerate(loops):
        bold = depth < len(lines) and lines[depth].parallel
        at = starts[1] + _INDENT * depth
        axes.text(at, depth, text, va="center", fontsize=small, fontweight="bold" if bold else "normal")
    for depth, line in enumerate(lines):
        axes.text(starts[0], depth, line.level, va="center", fontsize=small)
        for x, (data_type, state) in zip(starts[2:], line.states.items(), strict=True):
            axes.text(x, depth, state, va="center", fontsize=small)
            if (mark := _MARKS.get(kind_of(state))) is not None:
                where = [x - _GAP / 3, x - _GAP / 3], [depth - 0.5, depth + 0.5]
                axes.plot(*where, color=TYPE_COLORS[data_type], linewidth=mark[0], linestyle=mark[1])
    if title:
        axes.set_title(f"Mapping of {layer.layer.name} on {accelerator.name}", loc="left")
    return figure


def _columns(texts: list[list[str]], room: float) -> tuple[list[float], float, float]:
    """Where each column starts, where the last one ends (points), and the size of type with which that fits ``room``.

    The second column is indented.
    """
    size = FontProperties(size=matplotlib.rcParams["legend.fontsize"]).get_size_in_points()
    widths = [
        [TextPath((0, 0), text, size=size, prop=FontProperties(weight="bold")).get_extents().width for text in column]
        for column in texts
    ]
    indents = [0.0, *(_INDENT * depth for depth in range(len(texts[1]) - 1))]
    reach = [max(column) for column in widths]
    reach[1] = max(width + indent for width, indent in zip(widths[1], indents, strict=True))
    gap = max(_GAP, (room - sum(reach)) / len(reach))
    starts = [sum(reach[:index]) + gap * index for index in range(len(texts))]
    end = sum(reach) + gap * len(reach)
    return starts, end, size * min(1.0, room / end)
