"""The scoreboard as one HTML file that opens offline: tables by topic, an error bar per figure, its own data."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from eyeriss_jax.published import TAGS, TOPICS, Entry
from eyeriss_jax.report.page.frame import Section, render_frame
from eyeriss_jax.report.page.templating import rendered, text_of
from eyeriss_jax.report.scoreboard import words
from eyeriss_jax.report.scoreboard.markdown import by_topic

# The error bar shows up to this many tolerances to either side.
_BAR_TOLERANCES = 2.0

_READING = Markup(
    "Every figure is computed by the model when this page is made. The bar shows the error; its shaded band is the "
    "tolerance, and a bar that reaches the edge is off by two tolerances or more. <i>Fitted</i> names the constants of "
    "the model that were chosen with the figure in sight."
)

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


def scoreboard_page(entries: Sequence[Entry], summary: Dictionary[str, Any]) -> Markup:
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
        styles=(text_of("scoreboard/templates/scoreboard.css"),),
    )


def _reading() -> Section:
    """What the columns mean."""
    tags = rendered("scoreboard/templates/tags.html", tags=TAGS)
    return Section(title="How to read it", intro=_READING, body=tags)


def _topic(name: str, entries: Sequence[Entry]) -> Section:
    rows = [_row(entry) for entry in entries]
    table = rendered("scoreboard/templates/topic.html", name=f"table-{name}", headings=_HEADINGS, rows=rows)
    return Section(title=TOPICS[name].title, id=name, intro=f"{words.tally(entries)}.", body=table)


def _row(entry: Entry) -> dict[str, Any]:
    """A figure in one line; ``left`` and ``width`` are those of the bar, in per cent of its cell."""
    claim = entry.claim
    reach = max(-1.0, min(1.0, _in_tolerances(entry) / _BAR_TOLERANCES))
    return {
        "claim": claim,
        "kind": ("hold" if entry.holds else "miss") + (" soft" if claim.soft else ""),
        "reason": "" if entry.holds else claim.explanation or "No reason known.",
        "numbers": (
            (claim.range[0], words.published(claim)),
            (entry.ours, words.ours(entry)),
            (entry.error, words.error(entry)),
        ),
        "in_tolerances": _in_tolerances(entry),
        "left": 50 * (1 + min(reach, 0)),
        "width": max(50 * abs(reach), 1),
        "tolerance": words.tolerance(claim),
        "verdict": entry.verdict,
    }


def _in_tolerances(entry: Entry) -> float:
    """The error as a multiple of the tolerance; where that is zero, the error itself."""
    return entry.error / entry.claim.tolerance if entry.claim.tolerance else (0.0 if entry.holds else entry.error)
