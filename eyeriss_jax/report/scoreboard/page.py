"""The scoreboard as one HTML file that opens offline: tables by topic, an error bar per figure, its own data."""

import html
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Any

from eyeriss_jax.published import TAGS, TOPICS, Entry
from eyeriss_jax.report.page.markup import cells
from eyeriss_jax.report.page.render import embedded_json
from eyeriss_jax.report.scoreboard import words
from eyeriss_jax.report.scoreboard.markdown import by_topic

# The error bar shows up to this many tolerances to either side.
_BAR_TOLERANCES = 2.0

_HEADERS = (
    '<th>Figure</th><th>Source</th><th>Tag</th><th class="number">Published</th><th class="number">Ours</th>'
    '<th class="number">Error</th><th>In tolerances</th><th class="number">Tolerance</th><th>Verdict</th>'
    "<th>Fitted</th>"
)


def scoreboard_page(entries: Sequence[Entry], summary: Dictionary[str, Any]) -> str:
    """The whole page; ``summary`` is embedded in it."""
    held = sum(entry.holds for entry in entries)
    tiles = {
        "figures compared": f"{len(entries)}",
        "within tolerance": f"{held}",
        "missed": f"{len(entries) - held}",
        "median error": words.median_error(entries),
    }
    return Template(_template("scoreboard.html")).substitute(
        tiles="".join(f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>" for name, value in tiles.items()),
        tags="".join(f"<li><b>{tag}</b> {html.escape(meaning)}</li>" for tag, meaning in TAGS.items()),
        topics="\n".join(_topic(name, of_topic) for name, of_topic in by_topic(entries).items()),
        style=_template("scoreboard.css"),
        summary=embedded_json(summary),
        provenance=html.escape(f"Revision {summary['git_revision'] or 'unknown'}."),
    )


def _template(name: str) -> str:
    return resources.files("eyeriss_jax.report.scoreboard").joinpath("templates", name).read_text(encoding="utf-8")


def _topic(name: str, entries: Sequence[Entry]) -> str:
    rows = "".join(_row(entry) for entry in entries)
    return (
        f'<section><h2 id="{name}">{html.escape(TOPICS[name].title)}</h2><p>{words.tally(entries)}.</p>'
        f'<div class="scroll"><table><thead><tr>{_HEADERS}</tr></thead><tbody>{rows}</tbody></table></div></section>'
    )


def _row(entry: Entry) -> str:
    claim = entry.claim
    kind = ("hold" if entry.holds else "miss") + (" soft" if claim.soft else "")
    reason = "" if entry.holds else f'<p class="reason">{html.escape(claim.explanation or "No reason known.")}</p>'
    return (
        f'<tr class="{kind}" id="{html.escape(claim.id)}"><td>{html.escape(claim.statement)}'
        f"<code>{html.escape(claim.id)}</code>{reason}</td>{cells(claim.source, claim.tag)}"
        f"{cells(words.published(claim), words.ours(entry), words.error(entry), number=True)}"
        f"<td>{_bar(entry)}</td>{cells(words.tolerance(claim), number=True)}"
        f'<td class="verdict">{entry.verdict}</td>{cells(claim.fitted or "-")}</tr>'
    )


def _bar(entry: Entry) -> str:
    """The error against its tolerance, which the grey band shows."""
    share = entry.error / entry.claim.tolerance if entry.claim.tolerance else (0.0 if entry.holds else entry.error)
    reach = max(-1.0, min(1.0, share / _BAR_TOLERANCES))
    left, width = 50 * (1 + min(reach, 0)), 50 * abs(reach)
    return f'<div class="bar"><i style="left:{left:.1f}%;width:{max(width, 1):.1f}%"></i></div>'
