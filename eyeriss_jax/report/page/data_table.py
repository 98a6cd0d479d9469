"""A :class:`~eyeriss_jax.report.table.Table` in a page: what a terminal shows, to sort and to filter."""

import math
from typing import Any

from markupsafe import Markup

from eyeriss_jax.report.page.templating import rendered
from eyeriss_jax.report.table import Column, Table


def data_table(table: Table, name: str, what: str = "rows") -> Markup:
    """The visible columns of ``table`` as HTML; ``name`` is its id and ``what`` a row, in the plural.

    Numbers sort by value; a cell that has none sorts below all.
    """
    columns = table.visible
    headings = [(column.header.replace("\n", " "), "number" if column.numeric else "") for column in columns]
    rows = [[_cell(column, at) for column in columns] for at in range(len(columns[0].cells))]
    return rendered("page/templates/data_table.html", name=name, headings=headings, rows=rows, what=what)


def _cell(column: Column, at: int) -> dict[str, Any]:
    value = column.values[at] if column.values else None
    number = value if isinstance(value, int | float) else -math.inf
    return {"numeric": column.numeric, "value": number, "text": column.cells[at]}
