"""Tables in a terminal: they fit its width, numbers are whole, names wrap, and a pipe gets no colour codes."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.columns import network_tables
from eyeriss_jax.report.fit import fit
from eyeriss_jax.report.table import Table
from eyeriss_jax.report.words import (
    bounds_in_words,
    choice_in_words,
    headline,
    notes_in_words,
    others_in_words,
    search_in_words,
)


def terminal_report(result: NetworkResult, width: int) -> Group:
    """The whole result for a terminal ``width`` characters wide: layers, Eyexam of the network, totals."""
    sentences = [Text(headline(result), style="bold"), Text(search_in_words(result), style="dim")]
    if result.others:
        sentences.append(Text(others_in_words(result), style="dim"))
    if told := notes_in_words(result):
        sentences.append(Text(told, style="dim"))
    layers, *others = network_tables(result)
    shown = terminal_table(layers, width)
    explanations = (bounds_in_words([str(column.header) for column in shown.columns]), choice_in_words(result))
    explained = Text(" ".join(filter(None, explanations)), style="dim")
    return spaced([shown, explained, *(terminal_table(table, width) for table in others), *sentences])


def spaced(parts: Sequence[RenderableType]) -> Group:
    """``parts`` below one another with an empty line between."""
    pieces = [piece for part in parts for piece in (part, Text())]
    return Group(*pieces[:-1])


def terminal_tables(tables: Sequence[Table], width: int) -> Group:
    """``tables`` with their titles, one below the other."""
    return spaced([Group(Text(table.title, style="bold"), terminal_table(table, width)) for table in tables])


def terminal_table(table: Table, width: int, row_styles: Sequence[str] = ()) -> RichTable:
    """``table`` for a terminal. Columns leave, least important first, until the rest fits ``width``.

    Args:
        table: what to show.
        width: characters of a line.
        row_styles: a rich style for each row.
    """
    columns = fit(table.visible, width)
    shown = RichTable(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
        collapse_padding=True,
        show_header=any(column.header for column in columns),
    )
    for column in columns:
        shown.add_column(
            Text(column.header),
            justify="right" if column.numeric else "left",
            width=column.width,
            no_wrap=column.numeric,
            overflow="ellipsis" if column.numeric else "fold",
        )
    plain = [""] * max(len(column.cells) for column in columns)
    cells = (map(Text, column.cells, column.styles or plain) for column in columns)
    rows = list(zip(*cells, strict=True))
    for row, style in zip(rows, row_styles or plain, strict=True):
        shown.add_row(*row, style=style)
    return shown
