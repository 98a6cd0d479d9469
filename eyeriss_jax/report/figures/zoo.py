"""How busy one accelerator is on several networks: useful work and the losses of the seven steps, as shares of time."""

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from eyeriss_jax.report.figures.style import INK, STEP_COLORS, USEFUL_COLOR, styled
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.units import percent, significant
from eyeriss_jax.report.zoo import ZooLine

_LEAST_LABELLED = 0.05
_LEAST_LISTED = 0.002
"""The least share of a step that can be seen; smaller ones have no place in the legend."""


@styled
def zoo(lines: list[ZooLine], accelerator: str) -> Figure:
    """One bar per network, in the order given; what is lost most is said behind it.

    Args:
        lines: the networks.
        accelerator: what they run on, for the title.
    """
    figure = Figure(figsize=(9.2, 1.5 + 0.36 * len(lines)), layout="constrained")
    axes = figure.add_subplot()
    for row, line in enumerate(lines):
        left = 0.0
        parts = [(line.utilization, USEFUL_COLOR), *zip(line.lost_shares, STEP_COLORS, strict=True)]
        for share, color in parts:
            axes.barh(row, share, 0.72, left=left, color=color)
            left += share
        if line.utilization > _LEAST_LABELLED:
            axes.text(line.utilization - 0.008, row, percent(line.utilization), ha="right", va="center",
                      color="#ffffff", fontweight="bold")  # fmt: skip
        axes.text(1.01, row, line.cause, ha="left", va="center", fontsize=8)
    axes.set_yticks(range(len(lines)), [f"{line.network}\n{_rate(line)}" for line in lines], fontsize=8)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.set_xlabel("share of the array's cycles")
    axes.tick_params(axis="y", length=0)
    axes.grid(False)
    handles = [Patch(color=USEFUL_COLOR, label="useful work")]
    handles += [
        Patch(color=color, label=step.label)
        for index, (step, color) in enumerate(zip(STEPS, STEP_COLORS, strict=True))
        if any(line.lost_shares[index] >= _LEAST_LISTED for line in lines)
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles) if len(handles) <= 5 else 4,
        fontsize=8,
        frameon=False,
        labelcolor=INK,
    )
    figure.suptitle(f"How busy is {accelerator}, and what keeps it from being busier", x=0.01, ha="left", fontsize=10,
                    fontweight="bold")  # fmt: skip
    return figure


def _rate(line: ZooLine) -> str:
    return f"{significant(line.inferences_per_s)} inferences/s"
