"""The scoreboard: README and docs are current, misses are visible in every form, and bad markers are named."""

import io
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from eyeriss_jax.errors import SpecError
from eyeriss_jax.published import TOPICS, Claim, Entry, claims
from eyeriss_jax.report.marked import replace_between_markers
from eyeriss_jax.report.scoreboard import (
    markdown_headlines,
    markdown_scoreboard,
    terminal_scoreboard,
    words,
    write_scoreboard,
)  # fmt: skip
from eyeriss_jax.report.scoreboard.markdown import BEGIN, END
from tests.report.test_page import HOSTILE, Page

REPOSITORY = Path(__file__).resolve().parents[2]
TOPIC = next(iter(TOPICS))


def entry(ours=104.0, **changes):
    fields = {
        "id": "P.x", "statement": "a figure", "source": "a paper", "tag": "P", "published": 100.0, "tolerance": 0.05,
    }  # fmt: skip
    return Entry(topic=TOPIC, claim=Claim(**fields | {"ours": lambda _: ours} | changes), ours=ours)


ENTRIES = (
    entry(),
    entry(id="P.range", published=(1.0, math.inf), unit="x", ours=0.5, explanation="a missing mechanism"),
    entry(id="P.soft", tag="M", ours=200.0, headline=True, explanation="the figure may be wrong"),
    entry(id="P.exact", tolerance=0.0, absolute=True, ours=100.0, unit="PEs", headline=True),
    entry(id="P.hostile", statement=HOSTILE, source=HOSTILE, fitted=HOSTILE),
)


def in_table(text):
    return [[cell.strip() for cell in line.split(" | ")] for line in text.splitlines() if line.startswith("| ")]


def test_docs_list_every_claim_as_it_is_registered():
    rows = in_table((REPOSITORY / "docs" / "scoreboard.md").read_text(encoding="utf-8"))
    listed = {row[0].strip("|` "): row for row in rows}
    registered = [claim for of_topic in claims().values() for claim in of_topic]
    stale = "run python -m experiments.reproduce --update_docs"
    assert {claim.id for claim in registered} == {row for row in listed if "." in row}, stale
    for claim in registered:
        fresh = in_table(markdown_scoreboard([Entry(topic=TOPIC, claim=claim, ours=1.0)]))[-1]
        for column in (1, 2, 3, 4, 7):  # what does not depend on our figure
            assert listed[claim.id][column] == fresh[column], stale


def test_readme_shows_the_headlines_as_docs_do():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    docs = {tuple(row[i] for i in (1, 3, 4, 5, 6, 7, 8)) for row in in_table(
        (REPOSITORY / "docs" / "scoreboard.md").read_text(encoding="utf-8")) if len(row) > 8}  # fmt: skip
    block = readme[readme.index(BEGIN) : readme.index(END)]
    shown = [tuple(cell.strip("| ") for cell in row) for row in in_table(block) if len(row) == 7][2:]
    headlines = [claim.statement for of_topic in claims().values() for claim in of_topic if claim.headline]
    assert [row[0] for row in shown] == headlines, "run python -m experiments.reproduce --update_docs"
    assert set(shown) <= docs


def test_a_miss_is_visible_with_its_reason_in_markdown():
    text = markdown_scoreboard(ENTRIES)
    assert "**misses**" in text
    assert "`P.range`: a missing mechanism" in text
    assert "**misses (soft)**" in text
    assert "3 of 5 figures within their tolerance, 2 missed (1 of them soft)" in text


def test_the_figures_of_eyeriss_are_tallied_apart_from_those_of_other_machines():
    other = Entry(topic="field", claim=entry(id="F.x").claim, ours=1.0)
    tally = "3 of 6 figures within their tolerance, 3 missed (1 of them soft); Eyeriss: 3 of 5, the field: 0 of 1"
    assert tally in markdown_scoreboard([*ENTRIES, other])
    assert "Eyeriss: " not in markdown_scoreboard(ENTRIES)


def test_headlines_are_what_readme_shows():
    rows = in_table(markdown_headlines(ENTRIES))
    assert rows[2][1:3] == ["5", "3"]
    assert [row[1] for row in rows[-2:]] == ["100", "100 PEs"]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_terminal_keeps_figure_and_verdict_at_any_width(width):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(terminal_scoreboard(ENTRIES, width))
    text = console.export_text()
    assert "misses" in text
    assert all(len(line) <= width for line in text.splitlines())
    assert ("at least 1 x" in text) == (width > 40)


def test_the_page_is_well_formed_escaped_and_carries_its_data(tmp_path):
    page, text, data = write_scoreboard(ENTRIES, {"topics": ""}, tmp_path)
    parsed = Page(page.read_text())
    assert {"P.x", "P.range", TOPIC} <= set(parsed.ids)
    assert "<script>alert" not in page.read_text()
    assert "a missing mechanism" in page.read_text()
    assert text.read_text() == markdown_scoreboard(ENTRIES)
    summary = json.loads(data.read_text())
    assert (summary["figures"], summary["within_tolerance"]) == (5, 3)
    found = {claim["id"]: claim for claim in summary["claims"]}
    assert found["P.range"]["published_high"] is None
    assert found["P.soft"]["soft"]


def test_only_what_is_between_the_markers_changes():
    text = f"before\n{BEGIN}\nold\n{END}\nafter"
    assert replace_between_markers(text, "new", BEGIN, END) == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter"


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_missing_markers_are_named(text):
    with pytest.raises(SpecError, match="has no markers; put"):
        replace_between_markers(text, "new", BEGIN, END)


@pytest.mark.parametrize(("ours", "shown"), [(100.02, "<0.1 %"), (99.98, "<0.1 %"), (100.0, "0 %"), (100.06, "+0.1 %")])
def test_an_error_is_never_a_zero_with_a_sign(ours, shown):
    assert words.error(entry(ours=ours)) == shown
