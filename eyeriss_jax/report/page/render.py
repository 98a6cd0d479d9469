"""The Eyexam report as one page: the network, its layers, the chosen layer, the search and the accelerator."""

from collections.abc import Mapping as Dictionary
from typing import Any

from markupsafe import Markup

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.columns import totals
from eyeriss_jax.report.escape import visible
from eyeriss_jax.report.page.figures import inline_figures
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.layers import layer_articles, layer_table
from eyeriss_jax.report.page.overview import hardware_table, step_table
from eyeriss_jax.report.page.pictures import picture_data
from eyeriss_jax.report.page.templating import text_of
from eyeriss_jax.report.words import (
    choice_in_words,
    largest_loss,
    notes_in_words,
    others_in_words,
    search_in_words,
    speed,
)

_STAIRCASE = """Each step adds one constraint and lowers the bound on performance. The first two bounds usually lie
above the array's peak; the hatched part above a bar is what its step costs."""
_TIMELINE = """One column per layer, as wide as the layer takes time. Every area is a number of array-cycles: green is
useful work, the rest is lost at a step of Eyexam. Hover for the reason, click to choose the layer: it is then marked
in every picture and shown below. With the picture in focus, the arrow keys step through the layers and Enter shows
one."""
_ROOFLINE = """One dot per layer, as large as the layer takes time and coloured by the step that costs it most. The
slope is what the network on chip could bring if every port sent different words: a dot below it shares its words
unevenly over the ports, or waits for something else."""

_BARS = """One bar per layer in the order of the network. Energy is split by the component that spends it, DRAM traffic
by data type; psums are finished outputs, and unfinished ones that go to DRAM and come back."""


def render_page(result: NetworkResult, summary: Dictionary[str, Any]) -> Markup:
    """The whole page; ``summary`` (:func:`eyeriss_jax.report.summary.summary`) is embedded in it."""
    figures = inline_figures(result)

    def figure(name: str) -> Markup:
        return Markup('<figure tabindex="0">{}</figure>').format(figures[name])

    sections = (
        Section(
            title="What the network falls through",
            id="staircase",
            intro=_STAIRCASE,
            body=Markup('<figure class="wide">{}</figure>\n<figure class="narrow">{}</figure>\n{}').format(
                figures["staircase"], figures["staircase-column"], step_table(result)
            ),
        ),
        Section(title="Where the array's cycles go", id="timeline", intro=_TIMELINE, body=figure("timeline")),
        Section(title="Roofline by data type", id="roofline", intro=_ROOFLINE, body=figure("roofline")),
        Section(
            title="Energy and DRAM traffic",
            id="energy",
            intro=_BARS,
            body=figure("energy") + Markup("\n") + figure("dram"),
        ),
        Section(title="All layers", intro=choice_in_words(result), body=layer_table(result)),
        Section(title="The chosen layer", body=layer_articles(result)),
        Section(title="How the mappings were found", id="search", body=_search(result)),
        Section(
            title="The accelerator",
            intro=result.accelerator.description,
            body=hardware_table(result.accelerator),
        ),
    )
    return render_frame(
        title=f"{result.network} on {result.accelerator.name}",
        kicker="Eyexam report",
        headline=f"{speed(result)} {largest_loss(result)}",
        tiles=[(total.name, total.text) for total in totals(result)],
        sections=sections,
        data=summary,
        extras={"pictures": picture_data(result)},
        styles=(text_of("page/templates/eyexam.css"),),
        scripts=tuple(text_of(f"page/templates/{name}.js") for name in ("staircase", "pictures", "choose")),
    )


def _search(result: NetworkResult) -> Markup:
    """How the mappings were found, what was not mapped, and how the network was read."""
    sentences = (search_in_words(result), others_in_words(result), notes_in_words(result))
    return Markup("\n").join(Markup("<p>{}</p>").format(visible(sentence)) for sentence in sentences if sentence)
