"""Results in a terminal: tables that fit its width, right-aligned numbers, no colour codes in a pipe."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.columns import layer_columns
from eyeriss_jax.report.figures.style import STEP_COLORS, USEFUL_COLOR
from eyeriss_jax.report.fit import fit
from eyeriss_jax.report.losses import network_bounds, network_losses
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.traffic import network_dram_bits
from eyeriss_jax.report.units import megabytes, percent, scaled, significant
from eyeriss_jax.report.words import headline, latency, others_in_words, search_in_words

_BAR_LENGTH = 24


def terminal_report(result: NetworkResult, width: int) -> Group:
    """The whole result for a terminal ``width`` characters wide: layers, Eyexam of the network, totals."""
    parts: list[RenderableType] = [
        layer_table(result, width),
        eyexam_table(result),
        totals_table(result),
        Text(headline(result), style="bold"),
        Text(search_in_words(result), style="dim"),
    ]
    if result.others:
        parts.append(Text(others_in_words(result), style="dim"))
    spaced = [piece for part in parts for piece in (part, Text())]
    return Group(*spaced[:-1])


def layer_table(result: NetworkResult, width: int) -> Table:
    """One row per layer. Columns leave, least important first, until the rest fits ``width``."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", collapse_padding=True)
    columns = fit(layer_columns(result), width)
    for column in columns:
        table.add_column(
            column.header,
            justify="right" if column.numeric else "left",
            width=column.width,
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(cell) for cell in row))
    return table


def eyexam_table(result: NetworkResult) -> Table:
    """The seven bounds of the network and the share of the array's cycles lost at each."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", collapse_padding=True)
    table.add_column("Eyexam step", no_wrap=True)
    table.add_column("MAC/cycle", justify="right", no_wrap=True)
    table.add_column("cycles lost", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    losses = network_losses(result)
    for step, bound, share in zip(STEPS, network_bounds(result), losses.shares, strict=True):
        bar = Text(_bar(share), style=STEP_COLORS[step.number - 1])
        table.add_row(f"{step.number} {step.label}", scaled(bound), percent(share), bar)
    useful = Text(_bar(losses.useful_share), style=USEFUL_COLOR)
    table.add_row("useful work", scaled(result.accelerator.macs_per_cycle), percent(losses.useful_share), useful)
    return table


def _bar(share: float) -> str:
    """A share of one as a bar of eighths of characters."""
    eighths = round(share * _BAR_LENGTH * 8)
    return "█" * (eighths // 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]


def totals_table(result: NetworkResult) -> Table:
    """The totals of the network, two columns."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for name, value in totals(result):
        table.add_row(name, value)
    return table


def totals(result: NetworkResult) -> list[tuple[str, str]]:
    """The totals of the network as (name, number with unit)."""
    batch = result.inferences
    return [
        ("inferences/s", significant(result.inferences_per_s)),
        ("latency" if batch == 1 else f"latency of a batch of {batch}", latency(result)),
        ("cycles", scaled(result.cycles)),
        ("MACs", scaled(result.macs)),
        ("MAC utilization", percent(result.utilization)),
        ("DRAM traffic", megabytes(network_dram_bits(result))),
        (f"energy ({result.accelerator.energy.unit})", scaled(result.energy)),
    ]
