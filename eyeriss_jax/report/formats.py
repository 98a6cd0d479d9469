"""Tables as text for scripts and documents: JSON, CSV and Markdown."""

import csv
import io
import json
from collections.abc import Sequence

from eyeriss_jax.report.escape import json_text, one_line, spreadsheet_cell
from eyeriss_jax.report.files import strict
from eyeriss_jax.report.table import Column, Table


def to_json(tables: Sequence[Table]) -> str:
    """Every table under its name, as a list of records; strict JSON."""
    records = {table.name: strict(table.records) for table in tables}
    return json_text(json.dumps(records, indent=2, ensure_ascii=False)) + "\n"


def to_csv(tables: Sequence[Table]) -> str:
    """The first table, a CSV file holding no more than one; keys as header, plain numbers, nothing for None."""
    keys = [column.key for column in tables[0].columns if column.key]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: spreadsheet_cell(value) for key, value in row.items()} for row in tables[0].records)
    return text.getvalue()


def to_markdown(tables: Sequence[Table]) -> str:
    """Every table as people see it, with its title as a heading."""
    return "\n\n".join(_markdown(table) for table in tables) + "\n"


def _markdown(table: Table) -> str:
    columns = table.visible
    title = [f"## {table.title}", ""] if table.title else []
    head = _row([column.header.replace("\n", " ") for column in columns])
    rule = "|" + "|".join(" ---: " if column.numeric else " --- " for column in columns) + "|"
    rows = [_row(row) for row in zip(*(_cells(column) for column in columns), strict=True)]
    return "\n".join((*title, head, rule, *rows))


def _cells(column: Column) -> tuple[str, ...]:
    return tuple(one_line(cell).replace("|", "\\|") for cell in column.cells)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
