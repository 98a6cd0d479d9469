"""The layers in the page: one row each in a table that sorts and filters, and one article with everything else."""

import html

from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.losses import Losses, layer_losses
from eyeriss_jax.report.page.detail import detail
from eyeriss_jax.report.page.markup import sortable_table, value_cell
from eyeriss_jax.report.traffic import dram_bits
from eyeriss_jax.report.units import percent, scaled, significant
from eyeriss_jax.report.words import losses_in_words

_HEADINGS: tuple[tuple[str, str], ...] = (
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


def layer_table(result: NetworkResult) -> str:
    """One row per layer."""
    rows = (_row(index, layer, result) for index, layer in enumerate(result.layers))
    return sortable_table("layers", _HEADINGS, rows, "layers")


def _row(index: int, layer: LayerResult, result: NetworkResult) -> str:
    """A layer in one line."""
    losses = layer_losses(layer, result.accelerator)
    evaluation = layer.evaluation
    rate = layer.bounds[-1]
    kilobytes = dram_bits(layer, result.accelerator) * layer.layer.repeat / 8e3
    energy = layer.energy / result.energy if result.energy else 0.0
    row = "".join(
        (
            f'<td class="name"><a href="#layer-{index}">{html.escape(layer.layer.name)}</a></td>',
            f'<td class="shape optional">{html.escape(layer.layer.shape)}</td>',
            value_cell(layer.macs, scaled(layer.macs), "optional"),
            value_cell(layer.cycles, f"{layer.cycles:,.0f}"),
            value_cell(layer.cycles, percent(layer.cycles / result.cycles)),
            value_cell(evaluation.active_pes, f"{evaluation.active_pes:.0f}", "optional"),
            value_cell(rate, significant(rate)),
            value_cell(losses.useful_share, percent(losses.useful_share)),
            value_cell(kilobytes, significant(kilobytes), "optional"),
            value_cell(energy, percent(energy), "optional"),
            f'<td data-value="{losses.useful_share}" data-tip="{html.escape(losses_in_words(layer, result))}">'
            f"{_parts(losses)}</td>",
            f'<td class="limiter">{html.escape(layer.limiter)}</td>',
        )
    )
    return f'<tr class="row" data-layer="{index}">{row}</tr>\n'


def _parts(losses: Losses) -> str:
    """Useful work and losses as a small stacked bar."""
    shares = [("useful", losses.useful_share), *((f"s{index}", share) for index, share in enumerate(losses.shares, 1))]
    bars = "".join(f'<i class="{kind}" style="width:{100 * share:.2f}%"></i>' for kind, share in shares if share > 0)
    return f'<div class="parts">{bars}</div>'


def layer_articles(result: NetworkResult) -> str:
    """Everything about each layer; a script shows the chosen one, without scripts all are there."""
    options = "".join(
        f'<option value="{index}">{html.escape(layer.layer.name)}</option>' for index, layer in enumerate(result.layers)
    )
    articles = "\n".join(_article(index, layer, result) for index, layer in enumerate(result.layers))
    return (
        f'<div class="controls" id="choice"><button type="button" id="previous" aria-label="Previous layer">◀</button>'
        f'<select id="layer" aria-label="Chosen layer">{options}</select>'
        f'<button type="button" id="next" aria-label="Next layer">▶</button><span id="chosen-words"></span>'
        f'<button type="button" id="show-all">Show all layers</button></div>\n{articles}'
    )


def _article(index: int, layer: LayerResult, result: NetworkResult) -> str:
    """One layer: its name, place for the pictures that the script draws, and its numbers."""
    title = f"{html.escape(layer.layer.name)} <small>{html.escape(layer.layer.shape)}</small>"
    words = html.escape(losses_in_words(layer, result)).replace("\n", "<br>")
    return (
        f'<article id="layer-{index}" data-layer="{index}"><h3 class="title">{title}</h3>'
        f'<p class="words">{words}</p><div class="pictures"></div>{detail(layer, result)}</article>'
    )
