"""Static figures of a sweep: the Pareto front, and what each field does."""

import math

from matplotlib.figure import Figure

from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.report.figures.style import INK, STEP_COLORS, USEFUL_COLOR, styled
from eyeriss_jax.report.sweep.answers import Answers, shown
from eyeriss_jax.report.sweep.headers import axis_labels

PALETTE: tuple[str, ...] = (
    *STEP_COLORS[:5], "#222222", "#d55e00", "#1a00cc", "#660066", "#804d4d", "#9966ff", "#c3ffb4", "#4dffff", "#b3ccb3",
)  # fmt: skip
BASE_COLOR = "#ffffff"
"""The base design's star: no loss has it."""

LOSS_COLORS: dict[str, str] = dict(zip(LOSSES, PALETTE, strict=True))
"""A colour per loss, those of Eyexam's steps where a step has one cause; all can be told apart when colour-blind."""


@styled
def front_figure(answers: Answers) -> Figure:
    """The front, two objectives at a time: a dot per design in the colour of what binds it."""
    pairs, called = _pairs(answers.objectives), axis_labels(answers.energy_unit)
    figure = Figure(figsize=(4.6 * len(pairs), 4.2), layout="constrained")
    panels = figure.subplots(1, len(pairs), squeeze=False)[0]
    for axes, (x, y) in zip(panels, pairs, strict=True):
        for loss in dict.fromkeys(f.binds for f in answers.front):
            dots = [f for f in answers.front if f.binds == loss]
            axes.scatter(
                [f.row[x] for f in dots],
                [f.row[y] for f in dots],
                s=22,
                color=LOSS_COLORS[loss],
                edgecolor=INK,
                linewidth=0.4,
                label=loss,
            )
        if answers.knee:
            row = answers.knee.design.row
            axes.scatter(row[x], row[y], s=90, facecolor="none", edgecolor=INK, linewidth=1.2, label="knee")
        if answers.base and answers.base.row:
            row = answers.base.row
            axes.scatter(row[x], row[y], s=110, marker="*", color=BASE_COLOR, edgecolor=INK, linewidth=0.6,
                         label=answers.base.name, zorder=3)  # fmt: skip
        axes.set_xlabel(called[x])
        axes.set_ylabel(called[y])
    if answers.front:
        panels[0].legend(title="binds", fontsize=7, title_fontsize=7)
    figure.suptitle(f"Pareto front: {', '.join(answers.networks)}", x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure


@styled
def fields_figure(answers: Answers) -> Figure:
    """For each field the best and the mean of the first objective at each of its values."""
    objective = answers.objectives[0]
    fields = list(dict.fromkeys(m.field for m in answers.marginals))
    columns = min(4, len(fields))
    rows = math.ceil(len(fields) / columns)
    figure = Figure(figsize=(2.9 * columns, 2.3 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axes, field in zip(panels, fields, strict=False):
        axes.set_title(field, fontsize=8)
        known = [m for m in answers.marginals if m.field == field and m.designs]
        if not known:
            continue
        places = range(len(known))
        axes.plot(
            places, [m.best[objective] for m in known], "o-", color=USEFUL_COLOR, label="best design", clip_on=False
        )
        axes.plot(
            places, [m.mean[objective] for m in known], "o-", color=STEP_COLORS[1], label="mean of all", clip_on=False
        )
        axes.set_xticks(list(places), [shown(m.value) for m in known], rotation=45, ha="right", fontsize=7)
    for axes in panels[len(fields) :]:
        axes.set_axis_off()
    panels[0].set_ylabel(axis_labels(answers.energy_unit)[objective])
    panels[0].set_ylim(bottom=0, top=1.08 * panels[0].get_ylim()[1])
    if answers.feasible:
        panels[0].legend(fontsize=7)
    return figure


def _pairs(objectives: tuple[str, ...]) -> list[tuple[str, str]]:
    """The first objective against each other one; alone, against area."""
    others = objectives[1:] or tuple(m for m in ("area_mm2", "inferences_per_s") if m != objectives[0])[:1]
    return [(other, objectives[0]) for other in others]
