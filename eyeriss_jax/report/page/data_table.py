"""A :class:`~eyeriss_jax.report.table.Table` in a page: what a terminal shows, to sort and to filter."""

import math

from eyeriss_jax.report.page.markup import cells, sortable_table, value_cell
from eyeriss_jax.report.table import Column, Table


def data_table(table: Table, name: str, what: str = "rows") -> str:
    """The visible columns of ``table`` as HTML; ``name`` is its id and ``what`` a row, in the plural.

    Numbers sort by value; a cell that has none sorts below all.
    """
    columns = table.visible
    headings = [(column.header.replace("\n", " "), "number" if column.numeric else "") for column in columns]
    rows = (f"<tr>{''.join(_cell(column, at) for column in columns)}</tr>" for at in range(len(columns[0].cells)))
    return sortable_table(name, headings, rows, what)


def _cell(column: Column, at: int) -> str:
    text = column.cells[at]
    if not column.numeric:
        return cells(text)
    value = column.values[at] if column.values else None
    return value_cell(value if isinstance(value, int | float) else -math.inf, text)
