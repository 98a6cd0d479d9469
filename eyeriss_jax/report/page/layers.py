"""The layers in the page: one row each in a table that sorts and filters, and one article with everything else."""

from typing import Any

from markupsafe import Markup

from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.losses import layer_losses
from eyeriss_jax.report.page.detail import detail
from eyeriss_jax.report.page.templating import rendered
from eyeriss_jax.report.traffic import dram_bits
from eyeriss_jax.report.units import percent, scaled, significant
from eyeriss_jax.report.words import losses_in_words

HEADINGS: tuple[tuple[str, str], ...] = (
    ("Layer", ""),
    ("Shape", "optional"),
    ("MACs", "number optional"),
    ("Cycles", "number"),
    ("Time (share)", "number"),
    ("Active PEs", "number optional"),
    ("MAC/cycle", "number"),
    ("Of peak", "number"),
    ("DRAM kB", "number optional"),
    ("Energy (share)", "number optional"),
    ("Where the cycles go", ""),
    ("Limiter", ""),
)


def layer_table(result: NetworkResult) -> Markup:
    """One row per layer."""
    rows = [layer_row(layer, result) for layer in result.layers]
    return rendered("page/templates/layers.html", headings=HEADINGS, rows=rows)


def layer_row(layer: LayerResult, result: NetworkResult) -> dict[str, Any]:
    """A layer in one line; ``numbers`` are (value, text, kind), ``parts`` shares of the array's cycles by style."""
    losses = layer_losses(layer, result.accelerator)
    rate = layer.bounds[-1]
    kilobytes = dram_bits(layer, result.accelerator) * layer.layer.repeat / 8e3
    energy = layer.energy / result.energy if result.energy else 0.0
    active = layer.evaluation.active_pes
    return {
        "name": layer.layer.name,
        "shape": layer.layer.shape,
        "numbers": (
            (layer.macs, scaled(layer.macs), "optional"),
            (layer.cycles, f"{layer.cycles:,.0f}", ""),
            (layer.cycles, percent(layer.cycles / result.cycles), ""),
            (active, f"{active:.0f}", "optional"),
            (rate, significant(rate), ""),
            (losses.useful_share, percent(losses.useful_share), ""),
            (kilobytes, significant(kilobytes), "optional"),
            (energy, percent(energy), "optional"),
        ),
        "parts": {"useful": losses.useful_share} | {f"s{step}": each for step, each in enumerate(losses.shares, 1)},
        "words": losses_in_words(layer, result),
        "limiter": layer.limiter,
    }


def layer_articles(result: NetworkResult) -> Markup:
    """Everything about each layer; a script shows the chosen one, without scripts all are there."""
    articles = [
        {
            "name": layer.layer.name,
            "shape": layer.layer.shape,
            "words": losses_in_words(layer, result).split("\n"),
            "detail": detail(layer, result),
        }
        for layer in result.layers
    ]
    return rendered("page/templates/articles.html", articles=articles)
