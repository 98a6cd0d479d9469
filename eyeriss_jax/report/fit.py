"""Which columns of a table fit a width: numbers are shown whole or not at all, text may be cut."""

from dataclasses import dataclass, replace

from rich.cells import cell_len

_GAP = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column: its header (lines), its cells, and how much it matters (``priority`` 0 stays longest).

    Text columns may shrink to ``least`` characters; ``numeric`` ones are right-aligned and never shrink.
    ``width`` is set by :func:`fit`.
    """

    header: str
    cells: tuple[str, ...]
    priority: int
    numeric: bool = True
    least: int = 12
    width: int = 0

    @property
    def natural(self) -> int:
        """The width that shows everything."""
        return max(cell_len(line) for line in (*self.header.split("\n"), *self.cells))

    @property
    def smallest(self) -> int:
        """The width below which the column is left out."""
        return self.natural if self.numeric else min(self.natural, self.least)


def fit(columns: list[Column], width: int) -> list[Column]:
    """The most important columns that fit ``width``, in their order, with their widths.

    The most important column always stays. Space that is left goes to the text columns, important ones first.
    """
    kept: list[Column] = []
    for column in sorted(columns, key=lambda column: column.priority):
        if not kept or _needed([*kept, column]) <= width:
            kept.append(column)
    spare = max(0, width - _needed(kept))
    widths: dict[int, int] = {}
    for column in kept:
        extra = min(spare, column.natural - column.smallest)
        widths[id(column)] = column.smallest + extra
        spare -= extra
    return [replace(column, width=widths[id(column)]) for column in columns if id(column) in widths]


def _needed(columns: list[Column]) -> int:
    """The least width that holds ``columns``."""
    return sum(column.smallest for column in columns) + _GAP * (len(columns) - 1)
