"""Which columns of a table fit a width: numbers are shown whole or not at all, text may wrap."""

from collections.abc import Sequence
from dataclasses import replace

from eyeriss_jax.report.table import Column

_GAP = 2


def fit(columns: Sequence[Column], width: int) -> list[Column]:
    """The most important columns that fit ``width``, in their order, with their widths.

    The most important column always stays. Space that is left goes to the text columns, important ones first.
    """
    kept: list[Column] = []
    for column in sorted(columns, key=lambda column: column.priority):
        if not kept or _needed([*kept, column]) <= width:
            kept.append(column)
    spare = max(0, width - sum(column.smallest for column in kept) - _GAP * (len(kept) - 1))
    widths: dict[int, int] = {}
    for column in kept:
        extra = min(spare, column.natural - column.smallest)
        widths[id(column)] = column.smallest + extra
        spare -= extra
    return [replace(column, width=widths[id(column)]) for column in columns if id(column) in widths]


def _needed(columns: list[Column]) -> int:
    """The least width that holds ``columns``, with the room that they reserve."""
    return sum(column.reserved for column in columns) + _GAP * (len(columns) - 1)
