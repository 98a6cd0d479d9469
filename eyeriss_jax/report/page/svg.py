"""Figures as SVG inside a page: no outside references, the page's own colours, a tooltip per mark."""

import html
import io
import re
from collections.abc import Mapping as Dictionary

from markupsafe import Markup
from matplotlib.figure import Figure

from eyeriss_jax.report.escape import visible
from eyeriss_jax.report.figures.style import INK, PAPER, RULE, STEP_COLORS, draw_into

_PAGE_COLORS = {INK: "currentColor", RULE: "var(--rule)", PAPER: "var(--paper)"} | {
    color: f"var(--s{step})" for step, color in enumerate(STEP_COLORS, 1)
}


def inline_svg(figure: Figure, prefix: str, label: str, tips: Dictionary[str, str]) -> Markup:
    """``figure`` as an ``<svg>`` element for a page.

    Args:
        figure: the figure.
        prefix: put before every id, so that several figures can share a page.
        label: what a screen reader says.
        tips: id of a mark (``artist.set_gid``) -> its tooltip.
    """
    text = _svg_text(figure)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text)
    text = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", text))
    text = text.replace("xlink:href", "href")
    for color, page_color in _PAGE_COLORS.items():
        text = text.replace(color, page_color)
    text = re.sub(r'(<g id="([^"]+)")', lambda match: match[1] + _layer(match[2]) + _tip(tips.get(match[2])), text)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)
    return Markup(text.replace("<svg ", f'<svg role="img" aria-label="{html.escape(visible(label))}" ', 1))


def _svg_text(figure: Figure) -> str:
    """The figure as matplotlib writes it, with a transparent background and without a date."""
    buffer = io.StringIO()
    draw_into(figure, buffer, format="svg", facecolor="none", metadata={"Date": None})
    return buffer.getvalue()


def _layer(mark: str) -> str:
    """The attribute that links a mark with its layer; marks of layer 3 are called ``dot-3-iact``, ``bar-3-mac``, ..."""
    match = re.fullmatch(r"(?:part|dot|bar)-(\d+)-\w+", mark)
    return f' data-layer="{match[1]}"' if match else ""


def _tip(tip: str | None) -> str:
    """The attribute that holds a tooltip."""
    return "" if tip is None else f' data-tip="{html.escape(visible(tip))}"'
