"""How fast searches get somewhere: the best value against what was spent, median and spread over seeds."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from eyeriss_jax.report.figures.style import INK, STEP_COLORS, USEFUL_COLOR, styled

SEARCH_COLORS = (USEFUL_COLOR, STEP_COLORS[1], STEP_COLORS[3])

_BARS = 8

Trace = Sequence[tuple[float, float, float]]
"""Per exact score: how many there were, seconds since the start, and the best value so far."""


@styled
def convergence(runs: Mapping[str, Sequence[Trace]], value: str) -> Figure:
    """Best value against designs scored and against seconds, a line per search; bars span the middle half of seeds.

    Args:
        runs: search -> one trace per seed, with values over that of the base design.
        value: what the value is, for the axis.
    """
    figure = Figure(figsize=(9.0, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for order, (color, (name, traces)) in enumerate(zip(SEARCH_COLORS, runs.items(), strict=True)):
        for axes, column in ((left, 0), (right, 1)):
            at, values = _steps(traces, column)
            low, middle, high = np.percentile(values, [25, 50, 75], axis=0)
            axes.plot(at, middle, color=color, label=name, linewidth=1.5, drawstyle="steps-post")
            where = _bars(at, order / len(runs), spaced_evenly=column == 0)
            axes.vlines(at[where], low[where], high[where], color=color, linewidth=2.5, alpha=0.6)
    for axes, label in ((left, "designs scored exactly"), (right, "seconds")):
        axes.axhline(1.0, color=INK, linewidth=0.8, linestyle=(0, (5, 3)), label="base design")
        axes.set_xlabel(label)
    right.set_xscale("log", base=2)
    left.set_yscale("log", base=2)
    left.set_ylabel(value)
    left.legend(fontsize=8)
    return figure


def _bars(at: np.ndarray, shift: float, *, spaced_evenly: bool) -> np.ndarray:
    """Where to draw bars: a few places, evenly in ``at`` or in its ratio, of each search ``shift`` of a gap further."""
    wanted = (np.arange(_BARS) + 0.2 + 0.6 * shift) / _BARS
    places = at[0] + wanted * (at[-1] - at[0]) if spaced_evenly else at[0] * (at[-1] / at[0]) ** wanted
    return np.unique(np.clip(np.searchsorted(at, places), 0, len(at) - 1))


def _steps(traces: Sequence[Trace], column: int) -> tuple[np.ndarray, np.ndarray]:
    """Where any trace changes ``[T]``, from where all have begun, and the best value of each there ``[traces, T]``."""
    tables = [np.array(trace, float) for trace in traces]
    first = max(table[0, column] for table in tables)
    at = np.unique(np.concatenate([table[:, column] for table in tables]))
    at = at[at >= first]
    return at, np.stack([table[np.searchsorted(table[:, column], at, side="right") - 1, 2] for table in tables])
