"""Pieces of HTML; every text is escaped here."""

import html
from collections.abc import Iterable


def cells(*texts: str, number: bool = False) -> str:
    """Table cells, right-aligned for numbers."""
    kind = ' class="number"' if number else ""
    return "".join(f"<td{kind}>{html.escape(text)}</td>" for text in texts)


def table_row(name: str, *texts: str, number: bool = False) -> str:
    """A table row with a heading."""
    return f"<tr><th>{html.escape(name)}</th>{cells(*texts, number=number)}</tr>"


def number_table(headers: Iterable[str], rows: Iterable[str]) -> str:
    """A table whose first column is text and the rest numbers."""
    first, *others = headers
    head = f"<th>{html.escape(first)}</th>" + "".join(f'<th class="number">{html.escape(h)}</th>' for h in others)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
