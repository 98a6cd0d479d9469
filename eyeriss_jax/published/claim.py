"""A published figure as a frozen record: what was published, where, how sure that is, and how ours is computed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from eyeriss_jax.errors import SpecError
from eyeriss_jax.published.workbench import Workbench

Range = tuple[float, float]

TAGS: dict[str, str] = {
    "P": "read in the primary text",
    "PF": "read in a figure or table of the primary source, or digitised from it",
    "S": "read in a secondary source only",
    "M": "remembered, not verified: a soft target",
    "D": "derived by arithmetic from published numbers",
}
"""How sure a published figure is, surest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One published figure.

    Attributes:
        id: Unique short name, ``<paper>.<what>[.<which>]``.
        statement: What the figure says, in a few words.
        source: Paper and section, figure or table.
        tag: One of :data:`TAGS`.
        published: The figure, or a range (lowest, highest); an end may be infinite.
        unit: Its unit; empty for a pure number.
        tolerance: How far ours may be off: a share of the published figure, or with ``absolute`` in its unit.
        absolute: See ``tolerance``.
        fitted: The constants of ours that were chosen with this figure in sight; empty where none was.
        explanation: Why ours misses; empty as long as it does not.
        headline: Whether README shows it.
        ours: Computes our figure.

    Raises:
        SpecError: an unknown tag, a tolerance below 0 or a range that runs backwards.
    """

    id: str
    statement: str
    source: str
    tag: str
    published: float | Range
    unit: str = ""
    tolerance: float
    absolute: bool = False
    fitted: str = ""
    explanation: str = ""
    headline: bool = False
    ours: Callable[[Workbench], float] = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuses what no scoreboard could show."""
        where = f"claim {self.id!r}: "
        if self.tag not in TAGS:
            raise SpecError(f"{where}tag = {self.tag!r} must be one of {', '.join(TAGS)}")
        if not 0 <= self.tolerance < math.inf:
            raise SpecError(f"{where}tolerance = {self.tolerance!r} must be a finite number, 0 or above")
        low, high = self.range
        if not low <= high:
            raise SpecError(f"{where}published = {self.published!r} must give the lowest value first")
        if not self.absolute and 0 in (low, high):
            raise SpecError(f"{where}a share of 0 is no tolerance; set absolute=True")

    @property
    def range(self) -> Range:
        """Lowest and highest published value."""
        return self.published if isinstance(self.published, tuple) else (self.published, self.published)

    @property
    def soft(self) -> bool:
        """Whether the figure is remembered only."""
        return self.tag == "M"

    def error(self, ours: float) -> float:
        """How far ``ours`` lies from the nearest published value: a share of it, or with ``absolute`` in its unit."""
        nearest = min(max(ours, self.range[0]), self.range[1])
        return ours - nearest if self.absolute else (ours - nearest) / abs(nearest)
