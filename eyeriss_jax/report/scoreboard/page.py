"""The scoreboard as one HTML file that opens offline: tables by topic, an error bar per figure, its own data."""

import html
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from importlib import resources
from typing import Any

from eyeriss_jax.published import TAGS, TOPICS, Entry
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.markup import cells, sortable_table, value_cell
from eyeriss_jax.report.scoreboard import words
from eyeriss_jax.report.scoreboard.markdown import by_topic

# The error bar shows up to this many tolerances to either side.
_BAR_TOLERANCES = 2.0

_READING = """Every figure is computed by the model when this page is made. The bar shows the error; its shaded band is
the tolerance, and a bar that reaches the edge is off by two tolerances or more. <i>Fitted</i> names the constants of
the model that were chosen with the figure in sight."""

_HEADINGS = (
    ("Figure", ""),
    ("Source", "optional"),
    ("Tag", "optional"),
    ("Published", "number"),
    ("Ours", "number"),
    ("Error", "number"),
    ("In tolerances", ""),
    ("Tolerance", "number"),
    ("Verdict", ""),
    ("Fitted", "optional"),
)


def scoreboard_page(entries: Sequence[Entry], summary: Dictionary[str, Any]) -> str:
    """The whole page; ``summary`` is embedded in it."""
    held = sum(entry.holds for entry in entries)
    tiles = (
        ("figures compared", f"{len(entries)}"),
        ("within tolerance", f"{held}"),
        ("missed", f"{len(entries) - held}"),
        ("median error", words.median_error(entries)),
    )
    return render_frame(
        title="The model against the literature",
        kicker="eyeriss_jax scoreboard",
        headline=f"{words.tally(entries)}.",
        tiles=tiles,
        sections=[_reading(), *(_topic(name, of_topic) for name, of_topic in by_topic(entries).items())],
        data=summary,
        styles=(_template("scoreboard.css"),),
    )


def _template(name: str) -> str:
    return resources.files("eyeriss_jax.report.scoreboard").joinpath("templates", name).read_text(encoding="utf-8")


def _reading() -> Section:
    """What the columns mean."""
    tags = "".join(f"<li><b>{tag}</b> {html.escape(meaning)}</li>" for tag, meaning in TAGS.items())
    return Section(title="How to read it", intro=_READING, body=f'<ul class="tags">{tags}</ul>')


def _topic(name: str, entries: Sequence[Entry]) -> Section:
    rows = "".join(_row(entry) for entry in entries)
    table = sortable_table(f"table-{name}", _HEADINGS, rows, "figures")
    return Section(title=TOPICS[name].title, id=name, intro=f"{words.tally(entries)}.", body=table)


def _row(entry: Entry) -> str:
    claim = entry.claim
    kind = ("hold" if entry.holds else "miss") + (" soft" if claim.soft else "")
    reason = "" if entry.holds else f'<p class="reason">{html.escape(claim.explanation or "No reason known.")}</p>'
    return (
        f'<tr class="{kind}" id="{html.escape(claim.id)}"><td>{html.escape(claim.statement)}'
        f"<code>{html.escape(claim.id)}</code>{reason}</td>{_optional(claim.source, claim.tag)}"
        f"{value_cell(claim.range[0], words.published(claim))}{value_cell(entry.ours, words.ours(entry))}"
        f"{value_cell(entry.error, words.error(entry))}"
        f'<td data-value="{_in_tolerances(entry)}">{_bar(entry)}</td>'
        f"{cells(words.tolerance(claim), number=True)}"
        f'<td class="verdict">{entry.verdict}</td>{_optional(claim.fitted or "-")}</tr>'
    )


def _optional(*texts: str) -> str:
    """Cells that narrow screens leave out, so that figure, error and verdict stand side by side."""
    return "".join(f'<td class="optional">{html.escape(text)}</td>' for text in texts)


def _bar(entry: Entry) -> str:
    """The error against its tolerance, which the grey band shows."""
    reach = max(-1.0, min(1.0, _in_tolerances(entry) / _BAR_TOLERANCES))
    left, width = 50 * (1 + min(reach, 0)), 50 * abs(reach)
    return f'<div class="bar"><i style="left:{left:.1f}%;width:{max(width, 1):.1f}%"></i></div>'


def _in_tolerances(entry: Entry) -> float:
    """The error as a multiple of the tolerance; where that is zero, the error itself."""
    return entry.error / entry.claim.tolerance if entry.claim.tolerance else (0.0 if entry.holds else entry.error)
