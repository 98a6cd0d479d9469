"""The scoreboard in a folder: page, Markdown and data."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eyeriss_jax.published import Entry
from eyeriss_jax.report.files import write_json, write_text
from eyeriss_jax.report.scoreboard.markdown import markdown_scoreboard
from eyeriss_jax.report.scoreboard.page import scoreboard_page
from eyeriss_jax.report.scoreboard.summary import scoreboard_summary


def write_scoreboard(entries: Sequence[Entry], config: Dictionary[str, Any], folder: Path) -> list[Path]:
    """Writes ``scoreboard.html``, ``scoreboard.md`` and ``summary.json`` into ``folder``, which exists."""
    page, text, data = folder / "scoreboard.html", folder / "scoreboard.md", folder / "summary.json"
    content = scoreboard_summary(entries, config)
    write_text(page, scoreboard_page(entries, content))
    write_text(text, markdown_scoreboard(entries))
    write_json(data, content)
    return [page, text, data]
