"""The look of all figures: one style file, and the colour-blind-safe palette after Okabe and Ito.

The three neutral colours and those of the steps are exact values, so that a page can exchange them for its own
(:mod:`eyeriss_jax.report.page.svg`).
"""

import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib
import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.escape import drawn
from eyeriss_jax.report.figures.ticks import write_alike

INK = "#1a1a1b"
RULE = "#d8d8d9"
PAPER = "#fffffe"

USEFUL_COLOR = "#009e73"
STEP_COLORS: tuple[str, ...] = ("#f0e442", "#e69f00", "#55b6f1", "#0072b2", "#c484b1", "#d55e00", "#4d4d4d")
"""Of the seven steps: Okabe and Ito's, moved until no two look alike to people without one kind of cone."""

TYPE_COLORS: dict[str, str] = {"iact": "#0072b2", "weight": "#e69f00", "psum": "#009e73"}

STYLE_FILE = Path(__file__).with_name("eyeriss.mplstyle")
COLUMN_STYLE_FILE = Path(__file__).with_name("column.mplstyle")

PAGE_WIDTH = 9.2
"""Width in inches of a figure on a page of its own or on a screen."""

COLUMN_WIDTH = 3.5
"""Width in inches of a figure in one column of a two-column paper; text is 6 to 7 points there."""

_Arguments = ParamSpec("_Arguments")


def styled(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Runs a drawing function under the style file, and leaves the caller's settings alone.

    With the keyword ``column=True`` the type is that of one column of a paper. The figure is laid out once and then
    kept: every further pass would move things by a fraction of a pixel.
    """

    @functools.wraps(draw)
    def wrapper(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        with matplotlib.style.context([STYLE_FILE, *([COLUMN_STYLE_FILE] if kwargs.get("column") else [])]):
            figure = draw(*args, **kwargs)
            write_alike(figure)
            _show_controls(figure)
            with _boxes_for_missing_letters():
                figure.draw_without_rendering()
            figure.set_layout_engine("none")
            return figure

    return wrapper


def text_color(background: str) -> str:
    """Ink or paper, whichever can be read on ``background``."""
    red, green, blue = to_rgb(background)
    return INK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.4 else PAPER


def _show_controls(figure: Figure) -> None:
    """Draws the names of others as text without control characters, which no font has (:func:`drawn`)."""
    for text in figure.findobj(Text):
        text.set_text(drawn(text.get_text()))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            texts = [label.get_text() for label in axis.get_ticklabels()]
            if any(drawn(text) != text for text in texts):  # an axis gives its ticks their texts anew when it draws
                axis.set_ticks(axis.get_ticklocs(), labels=[drawn(text) for text in texts])


def set_title(figure: Figure, result: NetworkResult, what: str) -> None:
    """A title for a figure that stands alone: what it shows, of which network, on which accelerator."""
    title = f"{what}: {result.network} on {result.accelerator.name}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=matplotlib.rcParams["axes.titlesize"], fontweight="bold")


def sized(column: bool, page_height: float, column_height: float) -> tuple[float, float]:
    """Width and height in inches of a figure for a page, or for one column."""
    return (COLUMN_WIDTH, column_height) if column else (PAGE_WIDTH, page_height)


def add_legend(figure: Figure, handles: Sequence[Artist], title: str, column: bool) -> None:
    """A legend right of the figure, or below it where that is narrow."""
    place = "outside lower center" if column else "outside right center"
    legend = figure.legend(handles=handles, loc=place, title=title, labelcolor=INK, ncols=2 if column else 1)
    legend.get_title().set_fontsize(matplotlib.rcParams["legend.fontsize"])


def save(figure: Figure, stem: Path, formats: tuple[str, ...] = ("png", "svg")) -> list[Path]:
    """Saves a figure as ``stem`` with each suffix (png, svg, pdf) and returns the paths."""
    paths = [stem.with_name(f"{stem.name}.{suffix}") for suffix in formats]
    for path, suffix in zip(paths, formats, strict=True):
        date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(suffix)
        draw_into(figure, path, metadata=date)
    return paths


def draw_into(figure: Figure, file: Any, **options: Any) -> None:
    """``figure.savefig`` in the style of all figures."""
    with matplotlib.rc_context(fname=STYLE_FILE), _boxes_for_missing_letters():
        figure.savefig(file, **options)


@contextmanager
def _boxes_for_missing_letters() -> Iterator[None]:
    """Letters that the font lacks become boxes without a word; what steers is never drawn, so it needs no warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        yield
