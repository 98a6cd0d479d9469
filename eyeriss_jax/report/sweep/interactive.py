"""The interactive picture of a Pareto front: one Bokeh figure whose script and style go into the page."""

from typing import Any

from bokeh.embed import components
from bokeh.models import ColumnDataSource, HoverTool, InlineStyleSheet, NumeralTickFormatter
from bokeh.plotting import figure
from bokeh.resources import Resources
from markupsafe import Markup

from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.report.figures.style import INK
from eyeriss_jax.report.page.templating import rendered, text_of
from eyeriss_jax.report.sweep.answers import Answers, Found, shown
from eyeriss_jax.report.sweep.figures import BASE_COLOR, LOSS_COLORS, _pairs
from eyeriss_jax.report.sweep.headers import axis_labels, units
from eyeriss_jax.report.units import percent, significant
from eyeriss_jax.search.space import METRICS

_NOT_ON_PAPER = "@media print { :host { display: none; } }"
_THOUSAND = 1000
"""From here on numbers have separators, as in the tables."""


def interactive_front(answers: Answers) -> tuple[Markup, list[str]]:
    """The HTML of the picture and the scripts it needs; selecting designs in one panel marks them in all."""
    source = ColumnDataSource(dict(_columns(answers)))
    fields = list(answers.front[0].fields) if answers.front else []
    tips = [("design", "@design"), *((f, f"@{{{f}}}") for f in fields)]
    called = units(answers.energy_unit)
    tips += [(called[m], f"@{{{m} text}}") for m in called]
    tips += [("cycles", "@cycles")]
    panels, labels = [], axis_labels(answers.energy_unit)
    for x, y in _pairs(answers.objectives):
        panel = figure(
            height=420, width=500, sizing_mode="stretch_width", x_axis_label=labels[x], y_axis_label=labels[y],
            tools="pan,wheel_zoom,box_zoom,lasso_select,tap,reset,save", active_drag="box_zoom",
            background_fill_alpha=0, border_fill_alpha=0,
        )  # fmt: skip
        dots = panel.scatter(
            x, y, source=source, size=9, fill_color="color", line_color=INK, line_width=0.5,
            nonselection_alpha=0.15,
        )  # fmt: skip
        panel.add_tools(HoverTool(tooltips=tips, renderers=[dots]))
        if answers.knee:
            row = answers.knee.design.row
            panel.scatter([row[x]], [row[y]], size=16, fill_color=None, line_color=INK, line_width=1.5)
        if answers.base and answers.base.row:
            row = answers.base.row
            star = panel.scatter([row[x]], [row[y]], size=18, marker="star", fill_color=BASE_COLOR, line_color=INK)
            panel.add_tools(HoverTool(tooltips=f"{answers.base.name}, the base design", renderers=[star]))
        panel.axis.axis_label_text_font_style = "normal"
        panel.toolbar.stylesheets = [InlineStyleSheet(css=_NOT_ON_PAPER)]
        for axis, metric in ((panel.xaxis, x), (panel.yaxis, y)):
            if max((f.row[metric] for f in answers.front), default=0.0) >= _THOUSAND:
                axis.formatter = NumeralTickFormatter(format="0,0")
        panels.append(panel)
    script, divs = components(panels, wrap_script=False)
    binds = [(loss, LOSS_COLORS[loss]) for loss in LOSSES if any(found.binds == loss for found in answers.front)]
    return rendered("sweep/templates/front.html", binds=binds, panels=list(map(Markup, divs))), [
        *Resources(mode="inline", components=["bokeh"]).js_raw,
        script,
        text_of("page/templates/canvas.js"),
    ]


def _columns(answers: Answers) -> dict[str, Any]:
    front = answers.front
    columns: dict[str, Any] = {
        "design": [f.index for f in front],
        "binds": [f.binds for f in front],
        "color": [LOSS_COLORS[f.binds] for f in front],
        "cycles": [_losses(f) for f in front],
    }
    for metric in METRICS:
        columns[metric] = [f.row[metric] for f in front]
        columns[f"{metric} text"] = [significant(f.row[metric]) for f in front]
    for field in front[0].fields if front else ():
        columns[field] = [shown(f.fields[field]) for f in front]
    return columns


def _losses(found: Found) -> str:
    """Where the cycles go, the largest parts first."""
    parts = {"useful": found.row["useful share"], **found.losses}
    largest = sorted(parts.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {percent(share)}" for name, share in largest if share >= 0.005)
