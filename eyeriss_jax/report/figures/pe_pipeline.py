"""The pipeline of one sparse PE while it fills, runs and hands on its psums: a row a stage, a column a cycle."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from eyeriss_jax.functional.sparse import DRAIN, NOTHING, SKIPPED, WORK, PeTrace
from eyeriss_jax.report.figures.style import PAGE_WIDTH, PAPER, RULE, TYPE_COLORS, styled

STAGES = (
    "1 iact address", "2 iact pair", "3 weight address", "4 weight word", "5 weight word", "6 multiply", "7 add, write",
)  # fmt: skip

_PALE = "#9ccbe8"
_COLORS = {NOTHING: PAPER, SKIPPED: "#bdbdbe", WORK: TYPE_COLORS["iact"], DRAIN: TYPE_COLORS["psum"]}
_PALE_WORK = 4


@styled
def pe_pipeline(trace: PeTrace, cycles: int, what: str) -> Figure:
    """The first ``cycles`` of a run of ``what``; iacts that follow each other are darker and paler in turn."""
    holds, iacts = trace.holds[:, :cycles], trace.iacts[:, :cycles]
    shown = np.where((holds == WORK) & (iacts % 2 == 1), _PALE_WORK, holds)
    colors = ListedColormap([*(_COLORS[each] for each in (NOTHING, SKIPPED, WORK, DRAIN)), _PALE])
    figure = Figure(figsize=(PAGE_WIDTH, 3.4), layout="constrained")
    axes, queue = figure.subplots(2, 1, sharex=True, height_ratios=(len(STAGES), 1.4))
    across = np.arange(holds.shape[1] + 1)
    axes.pcolormesh(
        across, np.arange(len(STAGES) + 1), shown, cmap=colors, vmin=0, vmax=_PALE_WORK, edgecolors=RULE, linewidth=0.3
    )
    axes.set_yticks(np.arange(len(STAGES)) + 0.5, STAGES)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    queue.stairs(trace.waiting[:cycles], across, fill=True, color=TYPE_COLORS["weight"])
    queue.set_ylabel("queue")
    queue.set_ylim(0, max(2, int(trace.waiting.max())) + 0.2)
    queue.set_xlabel(f"cycle (of {trace.cycles:,})")
    queue.set_xlim(0, holds.shape[1])
    handles = [
        Patch(facecolor=_COLORS[WORK], label="iacts, in turn"),
        Patch(facecolor=_COLORS[SKIPPED], label="iact discarded"),
        Patch(facecolor=_COLORS[DRAIN], label="psums to the chain"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    figure.suptitle(f"Pipeline of one sparse PE: {what}", x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure
