"""The scoreboard as Markdown: in full, and as the short tables that README shows."""

from collections.abc import Iterable, Sequence

from eyeriss_jax.published import TAGS, TOPICS, Entry
from eyeriss_jax.report.scoreboard import words

BEGIN = "<!-- scoreboard: python -m experiments.reproduce --update_docs -->"
END = "<!-- end of scoreboard -->"


def markdown_scoreboard(entries: Sequence[Entry]) -> str:
    """Every figure by topic, then why the missed ones are missed."""
    parts = ["# The model against the literature", _total(entries) + ".", _legend()]
    for name, of_topic in by_topic(entries).items():
        parts += [f"## {TOPICS[name].title}", words.tally(of_topic) + ".", _full_table(of_topic)]
        misses = [entry for entry in of_topic if not entry.holds]
        if misses:
            parts.append("\n".join(_reason(entry) for entry in misses))
    return "\n\n".join(parts) + "\n"


def markdown_headlines(entries: Sequence[Entry]) -> str:
    """One row per topic, and the headline figures."""
    topics = [
        (TOPICS[name].title, str(len(of)), str(sum(e.holds for e in of)), words.median_error(of))
        for name, of in by_topic(entries).items()
    ]
    headlines = [_row(entry) for entry in entries if entry.claim.headline]
    return "\n\n".join(
        (
            _total(entries) + "; all of them with sources and reasons: [docs/scoreboard.md](docs/scoreboard.md).",
            _table(("topic", "figures", "within tolerance", "median error"), topics),
            _table(("figure", "published", "tag", "ours", "error", "tolerance", "verdict"), headlines),
        )
    )


def by_topic(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries by topic, in their order."""
    grouped: dict[str, list[Entry]] = {}
    for entry in entries:
        grouped.setdefault(entry.topic, []).append(entry)
    return grouped


def _total(entries: Sequence[Entry]) -> str:
    """The tally of all entries, and of each kind of machine where there are several."""
    held: dict[str, list[bool]] = {}
    for entry in entries:
        held.setdefault(TOPICS[entry.topic].about, []).append(entry.holds)
    parts = [f"{about}: {sum(holds)} of {len(holds)}" for about, holds in held.items()]
    return words.tally(entries) + (f"; {', '.join(parts)}" if len(parts) > 1 else "")


def _reason(entry: Entry) -> str:
    return f"* `{entry.claim.id}`: {entry.claim.explanation or 'no reason known'}"


def _legend() -> str:
    tags = "; ".join(f"{tag} {meaning}" for tag, meaning in TAGS.items())
    return (
        f"Tags: {tags}. Error and tolerance are shares of the published figure unless they carry a unit; the error of "
        "a range is the distance to its nearest end. *Fitted* names the constants of ours that were chosen with the "
        "figure in sight."
    )


def _full_table(entries: Sequence[Entry]) -> str:
    rows = [(f"`{e.claim.id}`", *_row(e)[:1], e.claim.source, *_row(e)[1:], e.claim.fitted or "-") for e in entries]
    headers = ("id", "figure", "source", "published", "tag", "ours", "error", "tolerance", "verdict", "fitted")
    return _table(headers, rows)


def _row(entry: Entry) -> tuple[str, ...]:
    verdict = entry.verdict if entry.holds else f"**{entry.verdict}**"
    return (
        entry.claim.statement,
        words.published(entry.claim),
        entry.claim.tag,
        words.ours(entry),
        words.error(entry),
        words.tolerance(entry.claim),
        verdict,
    )


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
