"""A result in a few lines: the short table that ``print`` and notebooks show."""

import html
from collections.abc import Sequence

from eyeriss_jax.model.outcomes import LayerOutcome, NetworkOutcome

_MOST_LAYERS = 24
_LONGEST_NAME = 32
_HEADERS = ("layer", "MACs", "cycles", "MAC/cycle", "of peak", "limiter")
_STEPS = ("layer size", "dataflow", "PE count", "array shape", "storage", "bandwidth", "burstiness")


def network_line(result: NetworkOutcome) -> str:
    """The network in one line: where it runs, how fast, and how near the array's peak."""
    return (
        f"{result.network} on {result.accelerator.name}: {result.inferences_per_s:,.4g} inferences/s, "
        f"{100 * result.utilization:.0f} % of the peak of {result.accelerator.macs_per_cycle:,} MAC/cycle"
    )


def network_text(result: NetworkOutcome) -> str:
    """One row per layer; of many layers those that take the most time, in the order of the network."""
    slowest = sorted(result.layers, key=lambda layer: -layer.cycles)[:_MOST_LAYERS]
    kept = {id(layer) for layer in slowest}
    rows = [_cells(layer) for layer in result.layers if id(layer) in kept]
    lines = [network_line(result), *_aligned([_HEADERS, *rows], text=(0, 5))]
    if left := len(result.layers) - len(rows):
        lines.append(f"... and {left} layers that take less time; to_pandas() has them all")
    return "\n".join(lines)


def layer_line(layer: LayerOutcome) -> str:
    """The layer in one line."""
    return (
        f"{layer.layer.name} ({layer.layer.shape}): {layer.cycles:,.0f} cycles, {layer.bounds[-1]:,.4g} MAC/cycle, "
        f"limited by {layer.limiter}"
    )


def layer_text(layer: LayerOutcome) -> str:
    """The seven bounds of a layer, and why performance is lost at each."""
    head = ("Eyexam step", "MAC/cycle", "why")
    rows = [
        (f"{number} {name}", f"{bound:,.4g}", reason)
        for number, (name, bound, reason) in enumerate(zip(_STEPS, layer.bounds, layer.reasons, strict=True), 1)
    ]
    return "\n".join([layer_line(layer), *_aligned([head, *rows], text=(0, 2))])


def network_html(result: NetworkOutcome) -> str:
    """The layers as an HTML table with the network's totals as caption."""
    head = "".join(f"<th>{name}</th>" for name in _HEADERS)
    rows = []
    for layer in result.layers:
        _, *cells = _cells(layer)
        body = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        title = html.escape(layer.layer.shape)
        rows.append(f'<tr><th title="{title}">{html.escape(layer.layer.name)}</th>{body}</tr>')
    return (
        f'<table><caption style="text-align:left">{html.escape(network_line(result))}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cells(layer: LayerOutcome) -> tuple[str, ...]:
    """A layer as the texts under :data:`_HEADERS`."""
    name = layer.layer.name
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2 - 1]}…{name[-_LONGEST_NAME // 2 :]}"
    return (
        short,
        f"{layer.macs:,}",
        f"{layer.cycles:,.0f}",
        f"{layer.bounds[-1]:.1f}",
        f"{100 * layer.evaluation.utilization:.0f} %",
        layer.limiter,
    )


def _aligned(rows: Sequence[Sequence[str]], text: tuple[int, ...]) -> list[str]:
    """``rows`` as lines of equal columns; the columns ``text`` are left-aligned, all others right-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if at in text else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
