"""The numbers along the axes and colour bars of figures, in the one form of :func:`eyeriss_jax.report.units.ticks`."""

from collections.abc import Sequence

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, LogFormatter, NullFormatter, ScalarFormatter

from eyeriss_jax.report.units import ticks


class Ticks(Formatter):
    """Writes all numbers of an axis alike."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One number by itself, such as under a pointer."""
        del pos
        return ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All numbers of an axis."""
        return ticks([float(value) for value in values])


def write_alike(figure: Figure) -> None:
    """Has every axis that matplotlib would number its own way numbered in ours; texts and per cent stay as they are.

    The ticks between those of a logarithmic axis are numbered only where there would be one number or none without.
    """
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter | LogFormatter):
                axis.set_major_formatter(Ticks())
            if isinstance(axis.get_minor_formatter(), LogFormatter):
                axis.set_minor_formatter(NullFormatter() if _numbered(axis) > 1 else Ticks())


def _numbered(axis: Axis) -> int:
    """How many of an axis's large ticks are in view."""
    low, high = sorted(axis.get_view_interval())
    return sum(low <= place <= high for place in axis.get_majorticklocs())
