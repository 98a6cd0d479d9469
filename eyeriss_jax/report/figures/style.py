"""The look that all figures share: one style file, and the colour-blind-safe palette of Okabe and Ito.

The three neutral colours are exact values that occur nowhere else, so that a page can exchange them for its own
text, rule and background colours (:mod:`eyeriss_jax.report.page.svg`).
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import matplotlib
from matplotlib.figure import Figure

from eyeriss_jax.model.results import NetworkResult

INK = "#1a1a1b"
RULE = "#d8d8d9"
PAPER = "#fffffe"

USEFUL_COLOR = "#009e73"
STEP_COLORS: tuple[str, ...] = ("#f0e442", "#e69f00", "#56b4e9", "#0072b2", "#cc79a7", "#d55e00", "#999999")

STYLE_FILE = Path(__file__).with_name("eyeriss.mplstyle")

_Arguments = ParamSpec("_Arguments")


def styled(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Runs a drawing function under the style file, and leaves the caller's settings alone.

    The figure is laid out once and then kept: every further pass would move things by a fraction of a pixel.
    """

    @functools.wraps(draw)
    def wrapper(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        with matplotlib.rc_context(fname=STYLE_FILE):
            figure = draw(*args, **kwargs)
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
            return figure

    return wrapper


def set_title(figure: Figure, result: NetworkResult, what: str) -> None:
    """A title for a figure that stands alone: what it shows, of which network, on which accelerator."""
    title = f"{what}: {result.network} on {result.accelerator.name}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, fontweight="bold")


def save(figure: Figure, stem: Path, formats: tuple[str, ...] = ("png", "svg")) -> list[Path]:
    """Saves a figure as ``stem`` with each suffix (png, svg, pdf) and returns the paths."""
    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in formats]
    for path, suffix in zip(paths, formats, strict=True):
        date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(suffix)
        with matplotlib.rc_context(fname=STYLE_FILE):
            figure.savefig(path, metadata=date)
    return paths
