"""Pieces of HTML; every text is escaped here."""

import html
import math
from collections.abc import Iterable, Sequence


def cells(*texts: str, number: bool = False) -> str:
    """Table cells, right-aligned for numbers."""
    kind = ' class="number"' if number else ""
    return "".join(f"<td{kind}>{html.escape(text)}</td>" for text in texts)


def value_cell(value: float, text: str, kind: str = "") -> str:
    """A numeric cell that sorts by its value, not by its text."""
    number = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, value)  # as JavaScript reads it
    return f'<td class="{f"number {kind}".rstrip()}" data-value="{number}">{html.escape(text)}</td>'


def table_row(name: str, *texts: str, number: bool = False) -> str:
    """A table row with a heading."""
    return f"<tr><th>{html.escape(name)}</th>{cells(*texts, number=number)}</tr>"


def number_table(headers: Iterable[str], rows: Iterable[str]) -> str:
    """A table whose first column is text and the rest numbers."""
    first, *others = headers
    head = f"<th>{html.escape(first)}</th>" + "".join(f'<th class="number">{html.escape(h)}</th>' for h in others)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def sortable_table(name: str, headings: Sequence[tuple[str, str]], rows: Iterable[str], what: str = "rows") -> str:
    """A table that sorts by a click on a heading and filters by words typed above it.

    Args:
        name: the id of the table.
        headings: (text, kind) of each column; kind is ``"number"``, ``"optional"`` (left out on narrow screens),
            both or empty.
        rows: ``<tr>`` elements; cells of :func:`value_cell` sort by their value.
        what: what a row is, in the plural.
    """
    head = "".join(
        f'<th class="{kind}" scope="col"><button type="button">{html.escape(text)}</button></th>'
        for text, kind in headings
    )
    box = f'<input type="search" class="filter" aria-controls="{name}" placeholder="Filter {what} by any words"'
    return (
        f'<div class="controls">{box} aria-label="Filter {what}"><output data-what="{what}"></output></div>\n'
        f'<div class="scroll"><table id="{name}" class="sortable"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def plain_table(headings: Sequence[tuple[str, str]], rows: Iterable[str], kind: str = "") -> str:
    """A table with (text, kind) headings that stays as it is."""
    head = "".join(f'<th class="{each}">{html.escape(text)}</th>' for text, each in headings)
    body = "\n".join(rows)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
