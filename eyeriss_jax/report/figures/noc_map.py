"""The words of one pass on their way: over the links of the mesh from cluster to cluster, or to the PEs of a bus."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from eyeriss_jax.dims import TYPES
from eyeriss_jax.functional.noc import STEP, BusDelivery, Collection, Delivery, FirstPass, Port
from eyeriss_jax.report.figures.array_map import HEAT
from eyeriss_jax.report.figures.style import INK, PAGE_WIDTH, PAPER, RULE, TYPE_COLORS, styled
from eyeriss_jax.report.noc import clusters_words, network_use
from eyeriss_jax.report.units import counted, scaled

LARGEST_GRID = 256
"""Clusters, or PEs on a bus, beyond which nothing could be told apart."""

_PANEL = 2.7
"""Inches across that a panel has."""

_SIZE = 0.56
"""Of a box, where neighbours are 1 apart."""

_LABELLED = 64


def is_drawable(one_pass: FirstPass) -> bool:
    """Whether its boxes can be told apart: at most :data:`LARGEST_GRID` of them."""
    return all(clusters_words(found).size <= LARGEST_GRID for found in one_pass.over.values())


@styled
def noc_map(one_pass: FirstPass, accelerator_name: str) -> Figure:
    """One panel a data type: boxes are clusters (PEs on a bus), arrows links, as wide as the words that passed them."""
    words = {data_type: clusters_words(found) for data_type, found in one_pass.over.items()}
    rows, cols = (max((grid.shape[axis] for grid in words.values()), default=1) for axis in (0, 1))
    cell = min(0.5, _PANEL / cols)
    figure = Figure(figsize=(PAGE_WIDTH, 1.8 + cell * rows), layout="constrained")
    for axes, data_type in zip(figure.subplots(1, len(TYPES)), TYPES, strict=True):
        axes.axis("off")
        axes.set_aspect("equal")
        if data_type not in one_pass.over:
            axes.text(0.5, 0.5, "not simulated", transform=axes.transAxes, ha="center", va="center", color=INK)
            axes.set_title(data_type)
            continue
        found = one_pass.over[data_type]
        psums = data_type == "psum"
        _boxes(axes, words[data_type])
        for start, end, share in _flows(found):
            _arrow(axes, start, end, share, TYPE_COLORS[data_type])
        for row, col in _sources(found):
            axes.add_patch(Circle((col - 0.4, row - 0.4), 0.11, facecolor=INK, edgecolor=PAPER, zorder=4))
        axes.set_title(f"{data_type}: {_words(found, psums=psums)}", fontsize="medium")
    layer = one_pass.layer
    title = f"First pass of {layer.name} ({layer.shape}) on {accelerator_name}, simulated"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")
    figure.supxlabel(_legend(one_pass), x=0.01, ha="left", fontsize="small", color=INK)
    return figure


def _words(found: Delivery | Collection | BusDelivery, *, psums: bool) -> str:
    """Mode, words and cycles of one network, in two lines."""
    use = network_use(found)
    if psums:
        moved = f"{scaled(use.arrived)} words collected"
    else:
        moved = f"{scaled(use.sent)} words sent, each to {use.arrived / use.sent:.3g} PEs"
    return f"{use.mode}\n{moved}\n{counted(use.cycles, 'cycle')} ({use.law_cycles:,} by law)"


def _legend(one_pass: FirstPass) -> str:
    if any(isinstance(found, BusDelivery) for found in one_pass.over.values()):
        return "box: PE that takes words from the bus or, psums, hands them to it, darker the more; empty: no words"
    return (
        "box: cluster, labelled by the words that it receives or, psums, writes to its GLB; arrow: link, as wide as "
        "the words over it;\ndot: words enter here from the GLB or from off chip"
    )


def _boxes(axes: Axes, words: np.ndarray) -> None:
    """The grid; idle clusters are empty frames."""
    largest, small = max(int(words.max()), 1), words.size <= _LABELLED
    alike = len(np.unique(words[words > 0])) == 1  # one colour says nothing, so it is a light one
    for (row, col), value in np.ndenumerate(words):
        share = 0.1 if alike else float(value) / largest
        face = HEAT(share) if value else PAPER
        corner = (col - _SIZE / 2, row - _SIZE / 2)
        axes.add_patch(Rectangle(corner, _SIZE, _SIZE, facecolor=face, edgecolor=RULE, linewidth=0.6, zorder=2))
        if small and value:
            color = PAPER if share > 0.5 else INK
            axes.text(col, row, scaled(float(value)), ha="center", va="center", color=color, fontsize=6.5, zorder=5)
    rows, cols = words.shape
    axes.set_xlim(-0.75, cols - 0.25)
    axes.set_ylim(rows - 0.25, -0.75)


def _flows(found: Delivery | Collection | BusDelivery) -> list[tuple[tuple[int, int], tuple[int, int], float]]:
    """(from, to, share of the busiest link) of every link that carried words; clusters as (row, column)."""
    if isinstance(found, BusDelivery):
        return []
    if isinstance(found, Collection):
        sides = {Port.SOUTH: found.words_per_link}
    else:
        sides = {port: found.words_per_link[port - 1] for port in STEP}
    busiest = max(int(words.max()) for words in sides.values())
    return [
        ((row, col), (row + STEP[side][0], col + STEP[side][1]), float(words[row, col]) / busiest)
        for side, words in sides.items()
        for row, col in np.argwhere(words > 0).tolist()
    ]


def _arrow(axes: Axes, start: tuple[int, int], end: tuple[int, int], share: float, color: str) -> None:
    """One link; the two directions of a pair of neighbours lie beside each other."""
    step = np.array([end[1] - start[1], end[0] - start[0]], float)
    beside = 0.09 * np.array([-step[1], step[0]])
    middle = (np.array(start[::-1], float) + np.array(end[::-1], float)) / 2 + beside
    reach = step * (1 - _SIZE) / 2
    axes.add_patch(
        FancyArrowPatch(
            tuple(middle - reach), tuple(middle + reach), arrowstyle="-|>", mutation_scale=5 + 4 * share, color=color,
            linewidth=0.6 + 2.4 * share, shrinkA=0, shrinkB=0, zorder=3,
        )
    )  # fmt: skip


def _sources(found: Delivery | Collection | BusDelivery) -> list[tuple[int, int]]:
    """Clusters at which words enter, as (row, column)."""
    if isinstance(found, BusDelivery):
        return []
    words = found.refills.sum(axis=0) if isinstance(found, Collection) else found.words_per_source
    return [(row, col) for row, col in np.argwhere(words > 0).tolist()]
