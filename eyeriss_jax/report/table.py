"""A table as data: what the terminal, a script and a document show of it are views of one and the same thing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column: its header (lines), its cells, and how much it matters (``priority`` 0 stays longest).

    Text columns may shrink to ``least`` characters and wrap there; ``numeric`` ones are right-aligned and never shrink.
    ``room`` is reserved whatever the cells are, so that which columns fit does not depend on them. ``width`` is set by
    :func:`eyeriss_jax.report.fit.fit`.

    For scripts, ``key`` names the column (with its unit) and ``values`` are the plain numbers behind the cells, by
    default the cells themselves. A column without a key is for the eye only (a bar, say), one without cells for
    scripts only.
    """

    header: str = ""
    cells: tuple[str, ...] = ()
    priority: int = 5
    numeric: bool = True
    least: int = 12
    room: int = 0
    width: int = 0
    key: str = ""
    values: tuple[Any, ...] = ()
    styles: tuple[str, ...] = ()

    @staticmethod
    def of(key: str, header: str, values: Iterable[Any], show: Callable[[Any], str] = str, **options: Any) -> "Column":
        """A column of plain ``values``, each of which people see as ``show(value)``."""
        values = tuple(values)
        return Column(key=key, header=header, cells=tuple(map(show, values)), values=values, **options)

    @property
    def natural(self) -> int:
        """The width that shows everything."""
        return max(cell_len(line) for line in (*self.header.split("\n"), *self.cells))

    @property
    def smallest(self) -> int:
        """The least width of its own cells."""
        return self.natural if self.numeric else min(self.natural, self.least)

    @property
    def reserved(self) -> int:
        """The width below which the column is left out."""
        return max(self.smallest, self.room)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Columns of equal length under a ``name`` for scripts and a ``title`` for people."""

    name: str
    columns: tuple[Column, ...]
    title: str = ""

    @property
    def visible(self) -> list[Column]:
        """The columns that people see, in a table without rows those with a header."""
        return [column for column in self.columns if column.cells or column.header]

    @property
    def records(self) -> list[dict[str, Any]]:
        """One dictionary of plain values per row."""
        keyed = {column.key: column.values or column.cells for column in self.columns if column.key}
        return [dict(zip(keyed, row, strict=True)) for row in zip(*keyed.values(), strict=True)]
