"""The comparison as a page: totals, the picture of the changes, the layers, and what differs beside the numbers."""

from collections.abc import Sequence

from eyeriss_jax.report.comparison.changes import changes
from eyeriss_jax.report.comparison.read import Run
from eyeriss_jax.report.comparison.tables import (
    TOTALS,
    change_text,
    differences_table,
    layer_table,
    ratio,
    totals_table,
)
from eyeriss_jax.report.comparison.words import verdict
from eyeriss_jax.report.figures.change import change_figure, tips
from eyeriss_jax.report.files import strict
from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.svg import inline_svg
from eyeriss_jax.report.provenance import git_revision, versions

_PICTURE = """One bar per layer: cycles that a step of Eyexam costs more (above zero) or less (below) than in the first
run; the dot is the sum."""


def comparison_page(runs: Sequence[Run]) -> str:
    """The whole page; the first run is what the others are compared with."""
    first, others = runs[0], runs[1:]
    sections = [Section(title="Totals", body=data_table(totals_table(runs), "all-totals"))]
    for number, other in enumerate(others, 1):
        found = changes(first, other)
        layers, title = layer_table(first, other, found), f"{other.label} against {first.label}"
        picture = inline_svg(change_figure(found, title=""), f"change{number}", f"Changes of {title}", tips(found))
        sections += [
            Section(title=title, id=f"change-{number}", intro=_PICTURE, body=f"<figure>{picture}</figure>"),
            Section(title="Layers", id=f"layers-{number}", body=data_table(layers, f"layers{number}")),
            Section(
                title="What else differs",
                id=f"differences-{number}",
                body=data_table(differences_table(first, other), f"differences{number}"),
            ),
        ]
    return render_frame(
        title=" · ".join(run.label for run in runs),
        kicker="Comparison",
        headline=" ".join(verdict(first, other) for other in others),
        tiles=[_tile(key, name, first, others[-1]) for key, name, _ in TOTALS if key in first.data],
        sections=sections,
        data=strict(
            {
                "runs": [{"label": run.label, **run.data} for run in runs],
                "git_revision": git_revision(),
                "versions": versions(),
            }
        ),
    )


def _tile(key: str, name: str, first: Run, last: Run) -> tuple[str, str]:
    return name, change_text(ratio(first.data[key], last.data.get(key)))
