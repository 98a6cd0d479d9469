"""The per-layer table of the page: for each layer one row, and a detail below it."""

import html

from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.losses import Losses, layer_losses
from eyeriss_jax.report.page.detail import detail
from eyeriss_jax.report.units import percent, scaled, significant
from eyeriss_jax.report.words import losses_in_words

_HEADERS: tuple[tuple[str, str], ...] = (
    ("Layer", ""),
    ("Shape", "optional"),
    ("MACs", "number optional"),
    ("Cycles", "number"),
    ("Time", "number"),
    ("Active PEs", "number optional"),
    ("MAC/cycle", "number"),
    ("Of peak", "number"),
    ("Where the cycles go", ""),
    ("Limiter", ""),
)
LAYER_HEADERS = "".join(
    f'<th class="{kind}" scope="col"><button type="button">{name}</button></th>' for name, kind in _HEADERS
)


def layer_rows(result: NetworkResult) -> list[str]:
    """One ``<tbody>`` per layer, so that sorting keeps a row and its detail together."""
    return [_layer(index, layer, result) for index, layer in enumerate(result.layers)]


def _layer(index: int, layer: LayerResult, result: NetworkResult) -> str:
    """A layer's row and its hidden detail."""
    losses = layer_losses(layer, result.accelerator)
    evaluation = layer.evaluation
    name, rate = html.escape(layer.layer.name), layer.bounds[-1]
    row = "".join(
        (
            f'<td class="name"><button type="button" aria-expanded="false">{name}</button></td>',
            f'<td class="shape optional">{html.escape(layer.layer.shape)}</td>',
            _sortable(layer.macs, scaled(layer.macs), "optional"),
            _sortable(layer.cycles, f"{layer.cycles:,.0f}"),
            _sortable(layer.cycles, percent(layer.cycles / result.cycles)),
            _sortable(evaluation.active_pes, f"{evaluation.active_pes:.0f}", "optional"),
            _sortable(rate, significant(rate)),
            _sortable(losses.useful_share, percent(losses.useful_share)),
            f'<td data-value="{losses.useful_share}" data-tip="{html.escape(losses_in_words(layer, result))}">'
            f"{_parts(losses)}</td>",
            f'<td class="limiter">{html.escape(layer.limiter)}</td>',
        )
    )
    return (
        f'<tbody id="layer-{index}"><tr class="row">{row}</tr>'
        f'<tr class="detail" hidden><td colspan="{len(_HEADERS)}">{detail(layer, result)}</td></tr></tbody>'
    )


def _sortable(value: float, text: str, kind: str = "") -> str:
    """A numeric cell that sorts by its value, not by its text."""
    return f'<td class="number {kind}" data-value="{value}">{html.escape(text)}</td>'


def _parts(losses: Losses) -> str:
    """Useful work and losses as a small stacked bar."""
    shares = [("useful", losses.useful_share), *((f"s{index}", share) for index, share in enumerate(losses.shares, 1))]
    bars = "".join(f'<i class="{kind}" style="width:{100 * share:.2f}%"></i>' for kind, share in shares if share > 0)
    return f'<div class="parts">{bars}</div>'
