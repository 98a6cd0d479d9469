"""The scoreboard of published figures for people: a terminal table, Markdown, a page, and data for scripts."""

from eyeriss_jax.report.scoreboard.bundle import write_scoreboard
from eyeriss_jax.report.scoreboard.markdown import markdown_headlines, markdown_scoreboard
from eyeriss_jax.report.scoreboard.speedups import markdown_speedups, speedup_table
from eyeriss_jax.report.scoreboard.terminal import scoreboard_table, terminal_scoreboard

__all__ = [
    "markdown_headlines",
    "markdown_scoreboard",
    "markdown_speedups",
    "scoreboard_table",
    "speedup_table",
    "terminal_scoreboard",
    "write_scoreboard",
]
