"""Every axis and colour bar of every figure writes its numbers in the one form of the project."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from eyeriss_jax.report.figures.style import styled
from eyeriss_jax.report.figures.ticks import Ticks


@styled
def drawn(values: tuple[float, ...], *, log: bool) -> Figure:
    """A line and a map of the values, with its colour bar, as matplotlib numbers them."""
    figure = Figure(layout="constrained")
    line, plane = figure.subplots(1, 2)
    line.plot(range(len(values)), values)
    if log:
        line.set_yscale("log")
    image = plane.imshow(np.reshape(values, (1, -1)), norm=LogNorm(min(values), max(values)) if log else None)
    figure.colorbar(image, ax=plane)
    return figure


def numbers(figure: Figure) -> list[list[str]]:
    """Of each axis the texts in view."""
    found = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            found.append([t.label1.get_text() for t in axis.get_major_ticks() if low <= t.get_loc() <= high])
    return found


@pytest.mark.parametrize(
    ("values", "log"),
    [((0.5, 1.0, 1.25e3), False), ((0.5, 1.0, 1.25e3), True), ((0.0, 2e6), False), ((0.2, 0.9), True)],
)
def test_no_number_has_a_form_of_its_own(values, log):
    figure = drawn(values, log=log)
    texts = [text for axis in numbers(figure) for text in axis if text]
    assert len(texts) > 8
    assert not [text for text in texts if "e" in text or "$" in text or "{" in text]
    assert all(axes.xaxis.get_offset_text().get_text() == axes.yaxis.get_offset_text().get_text() == ""
               for axes in figure.axes)  # fmt: skip
    for axes in (figure.axes[0], figure.axes[-1]):  # the line and the colour bar
        assert isinstance(axes.yaxis.get_major_formatter(), Ticks)
