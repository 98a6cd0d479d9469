"""The scoreboard in a terminal: one table per topic, columns leave as the width shrinks."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from eyeriss_jax.published import TOPICS, Entry
from eyeriss_jax.report.fit import Column, fit
from eyeriss_jax.report.scoreboard import words
from eyeriss_jax.report.scoreboard.markdown import by_topic


def terminal_scoreboard(entries: Sequence[Entry], width: int) -> Group:
    """All entries for a terminal ``width`` characters wide."""
    parts: list[RenderableType] = []
    for name, of_topic in by_topic(entries).items():
        parts += [Text(TOPICS[name].title, style="bold"), _table(of_topic, width), Text()]
    return Group(*parts, Text(words.tally(entries), style="bold"))


def _table(entries: Sequence[Entry], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    columns = fit(_columns(entries), width)
    for column in columns:
        table.add_column(
            column.header, justify="right" if column.numeric else "left", width=column.width, no_wrap=True,
            overflow="ellipsis",
        )  # fmt: skip
    for entry, row in zip(entries, zip(*(column.cells for column in columns), strict=True), strict=True):
        table.add_row(*(Text(cell) for cell in row), style="" if entry.holds else "bold")
    return table


def _columns(entries: Sequence[Entry]) -> list[Column]:
    def column(header: str, priority: int, *cells: str, numeric: bool = True, least: int = 12) -> Column:
        return Column(header=header, cells=cells, priority=priority, numeric=numeric, least=least)

    return [
        column("figure", 0, *(entry.claim.statement for entry in entries), numeric=False, least=24),
        column("source", 6, *(entry.claim.source for entry in entries), numeric=False),
        column("tag", 5, *(entry.claim.tag for entry in entries), numeric=False),
        column("published", 2, *(words.published(entry.claim) for entry in entries)),
        column("ours", 3, *(words.ours(entry) for entry in entries)),
        column("error", 4, *(words.error(entry) for entry in entries)),
        column("tolerance", 5, *(words.tolerance(entry.claim) for entry in entries)),
        column("verdict", 1, *(entry.verdict for entry in entries), numeric=False),
        column("fitted", 7, *(entry.claim.fitted or "-" for entry in entries), numeric=False, least=6),
    ]
