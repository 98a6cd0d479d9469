"""Machines by networks: in each cell a bar of useful work and the losses of the seven steps, as shares of time."""

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch

from eyeriss_jax.report.field.cell import FieldCell
from eyeriss_jax.report.field.matrix import FieldMatrix
from eyeriss_jax.report.figures.style import INK, PAPER, RULE, STEP_COLORS, USEFUL_COLOR, sized, styled
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import percent

_BAR = 0.44
_GAP = 0.06
_MARGIN = 0.015
"""Beside the names of the machines, which are a little wider than the layout takes them for."""

_LEAST_LISTED = 0.002
"""The least share of a step that can be seen; smaller ones have no place in the legend."""


@styled
def field(matrix: FieldMatrix, *, title: bool = True, column: bool = False) -> Figure:
    """One row per machine, one column per network; the utilisation stands above its bar.

    Args:
        matrix: what to draw.
        title: whether the figure says what it is.
        column: whether it is for one column of a paper.
    """
    rows, cols = len(matrix.chips), len(matrix.networks)
    layout = ConstrainedLayoutEngine(rect=(_MARGIN, 0, 1 - _MARGIN, 1))
    figure = Figure(figsize=sized(column, 1.3 + 0.36 * rows, 1.0 + 0.22 * rows), layout=layout)
    axes = figure.add_subplot()
    small = 5 if column else 8
    seen: set[int] = set()
    for row, chip in enumerate(matrix.chips):
        for col, network in enumerate(matrix.networks):
            cell = matrix.cells[chip.name, network]
            if not isinstance(cell, FieldCell):
                axes.text(col + 0.5, row, "does not run", ha="center", va="center", fontsize=small - 1, alpha=0.7)
                continue
            left = col + _GAP
            for index, share in enumerate((cell.utilization, *cell.lost_shares)):
                color = STEP_COLORS[index - 1] if index else USEFUL_COLOR
                width = share * (1 - 2 * _GAP)
                axes.barh(row + 0.17, width, _BAR, left=left, color=color, linewidth=0)
                left += width
                if share >= _LEAST_LISTED and index:
                    seen.add(index - 1)
            axes.text(col + _GAP, row - 0.24, percent(cell.utilization), ha="left", va="center", fontsize=small - 0.5)
        axes.axhline(row + 0.5, color=RULE, linewidth=0.5)
    names = [chip.name + ("" if chip.memory else " *") for chip in matrix.chips]
    if not column:
        names = [f"{name}\n{chip.multipliers:,} MACs" for name, chip in zip(names, matrix.chips, strict=True)]
    axes.set_yticks(range(rows), names, fontsize=small - (0 if column else 0.5))
    networks = [_short(name, 9 if column else 12) for name in matrix.networks]
    axes.set_xticks([col + _GAP for col in range(cols)], networks, fontsize=small, ha="left")
    axes.xaxis.tick_top()
    axes.set_xlim(0, cols)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.grid(False)
    axes.set_facecolor(PAPER)
    for spine in axes.spines.values():
        spine.set_visible(False)
    handles = [Patch(color=USEFUL_COLOR, label="useful work")]
    handles += [Patch(color=STEP_COLORS[index], label=f"{index + 1} {STEPS[index].label}") for index in sorted(seen)]
    note = "* no memory's rate in its law"
    handles.append(Patch(facecolor="none", label=note))
    figure.legend(handles=handles, loc="outside lower center", ncols=3 if column else 5, fontsize=small, frameon=False,
                  labelcolor=INK)  # fmt: skip
    if title:
        figure.suptitle("What share of the multipliers' time is useful, and which step of Eyexam takes the rest",
                        x=0.01, ha="left", fontsize=10, fontweight="bold")  # fmt: skip
    return figure


def _short(name: str, longest: int) -> str:
    """A name of more than ``longest`` letters over two lines."""
    if len(name) <= longest or "_" not in name:
        return name
    cuts = [at for at, letter in enumerate(name) if letter == "_"]
    at = min(cuts, key=lambda cut: abs(cut - len(name) / 2))
    return f"{name[:at]}\n{name[at + 1 :]}"
