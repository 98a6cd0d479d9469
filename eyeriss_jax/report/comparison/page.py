"""The comparison as a page: totals, the picture of the changes, the layers, and what differs beside the numbers."""

from collections.abc import Sequence

from markupsafe import Markup

from eyeriss_jax.report.comparison.changes import changes
from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.comparison.tables import (
    differences_table,
    has_shares,
    layer_table,
    shares_table,
    totals_table,
)
from eyeriss_jax.report.comparison.totals import TOTALS, Total, change, shown
from eyeriss_jax.report.comparison.words import verdict
from eyeriss_jax.report.comparison.work import same_network, same_work
from eyeriss_jax.report.figures.change import change_figure, tips
from eyeriss_jax.report.files import strict
from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.svg import inline_svg
from eyeriss_jax.report.provenance import git_revision, versions

_PICTURE = """One bar per layer: cycles that a step of Eyexam costs more (above zero) or less (below) than in the first
run; the dot is the sum."""


def comparison_page(runs: Sequence[Run]) -> Markup:
    """The whole page; the first run is what the others are compared with."""
    first, others = runs[0], runs[1:]
    sections = [Section(title="Totals", body=data_table(totals_table(runs), "all-totals"))]
    if has_shares(runs):
        sections.append(
            Section(title="Where the array's cycles go", id="shares", body=data_table(shares_table(runs), "all-shares"))
        )
    for number, other in enumerate(others, 1):
        title = f"{other.label} against {first.label}"
        sections += _layers(first, other, number, title) if same_network(first, other) else []
        what = Section(
            title=f"What else differs: {title}" if len(others) > 1 else "What else differs",
            id=f"differences-{number}",
            body=data_table(differences_table(first, other), f"differences{number}"),
        )
        sections.append(what)
    return render_frame(
        title=" · ".join(run.label for run in runs),
        kicker="Comparison",
        headline=" ".join(verdict(first, other) for other in others),
        tiles=[(total.named(first), _tile(total, first, others[-1])) for total in TOTALS if total.key in first.data],
        sections=sections,
        data=strict(
            {
                "runs": [{"label": run.label, "per_inference": run.per_inference, **run.data} for run in runs],
                "git_revision": git_revision(),
                "versions": versions(),
            }
        ),
    )


def _layers(first: Run, other: Run, number: int, title: str) -> list[Section]:
    """The picture of the changes and the table of the layers of one network in two runs."""
    found = changes(first, other)
    picture = inline_svg(change_figure(found, title=""), f"change{number}", f"Changes of {title}", tips(found))
    table = layer_table(first, other, found)
    return [
        Section(title=title, id=f"change-{number}", intro=_PICTURE, body=Markup("<figure>{}</figure>").format(picture)),
        Section(title="Layers", id=f"layers-{number}", body=data_table(table, f"layers{number}")),
    ]


def _tile(total: Total, first: Run, last: Run) -> str:
    """The change, or for different work both values."""
    if total.key not in last.data:
        return "–"
    if same_work(first, last) or total.of_any_work:
        return change(total, first, last)[1]
    return f"{shown(total, first)} | {shown(total, last)}"
