"""The scoreboard in a terminal: one table per topic, columns leave as the width shrinks."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from eyeriss_jax.published import TOPICS, Entry
from eyeriss_jax.report.scoreboard import words
from eyeriss_jax.report.scoreboard.markdown import by_topic
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table


def terminal_scoreboard(entries: Sequence[Entry], width: int) -> Group:
    """All entries for a terminal ``width`` characters wide."""
    parts: list[RenderableType] = []
    for name, of_topic in by_topic(entries).items():
        styles = ["" if entry.holds else "bold" for entry in of_topic]
        parts += [
            Text(TOPICS[name].title, style="bold"),
            terminal_table(scoreboard_table(of_topic), width, styles),
            Text(),
        ]
    return Group(*parts, Text(words.tally(entries), style="bold"))


def scoreboard_table(entries: Sequence[Entry]) -> Table:
    """One row per entry."""

    def column(key: str, header: str, priority: int, *cells: str, numeric: bool = True, least: int = 12) -> Column:
        return Column(key=key, header=header, cells=cells, priority=priority, numeric=numeric, least=least)

    def data(key: str, *values: Any) -> Column:
        return Column(key=key, values=values)

    claims = [entry.claim for entry in entries]
    columns = (
        data("id", *(claim.id for claim in claims)),
        data("topic", *(entry.topic for entry in entries)),
        column("figure", "figure", 0, *(claim.statement for claim in claims), numeric=False, least=24),
        column("source", "source", 6, *(claim.source for claim in claims), numeric=False),
        column("tag", "tag", 5, *(claim.tag for claim in claims), numeric=False),
        column("", "published", 2, *(words.published(claim) for claim in claims)),
        data("published_from", *(claim.range[0] for claim in claims)),
        data("published_to", *(claim.range[1] for claim in claims)),
        data("unit", *(claim.unit for claim in claims)),
        column("", "ours", 3, *(words.ours(entry) for entry in entries)),
        data("ours", *(entry.ours for entry in entries)),
        column("", "error", 4, *(words.error(entry) for entry in entries)),
        data("error", *(entry.error for entry in entries)),
        column("", "tolerance", 5, *(words.tolerance(claim) for claim in claims)),
        data("tolerance", *(claim.tolerance for claim in claims)),
        column("verdict", "verdict", 1, *(entry.verdict for entry in entries), numeric=False),
        column("fitted", "fitted", 7, *(claim.fitted or "-" for claim in claims), numeric=False, least=6),
    )
    return Table(name="scoreboard", title="The model against the literature", columns=columns)
