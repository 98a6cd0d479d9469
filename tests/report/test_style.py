"""The look: colours that everybody tells apart, in pictures and on pages, and names that are text."""

import dataclasses
import itertools
import re
import warnings
from importlib import resources

import numpy as np
import pytest

from eyeriss_jax.report.figures import energy, save, staircase
from eyeriss_jax.report.figures.style import INK, PAPER, STEP_COLORS, USEFUL_COLOR, text_color
from tests.report.fake_results import fake_result
from tests.report.test_sweep_page import SIGHTS, seen


def page_colors():
    """The colours of useful work and of the steps on pages: light, and dark."""
    style = resources.files("eyeriss_jax.report.page.templates").joinpath("frame.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", style, re.S)[:2]
    )
    return [
        [({**light, **scheme})[name] for name in ("useful", *(f"s{step}" for step in range(1, 8)))]
        for scheme in ({}, dark)
    ]


SETS = {"pictures": [USEFUL_COLOR, *STEP_COLORS], "light page": page_colors()[0], "dark page": page_colors()[1]}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colors", SETS.values(), ids=SETS)
def test_no_two_steps_look_alike(colors, sight):
    found = [seen(color, np.asarray(SIGHTS[sight])) for color in colors]
    assert len(found) == 8
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(found, 2)) > 0.08


@pytest.mark.parametrize("color", [USEFUL_COLOR, *STEP_COLORS])
def test_words_on_a_bar_are_dark_on_light_and_light_on_dark(color):
    assert text_color(color) in (INK, PAPER)
    assert text_color("#f0e442") == INK
    assert text_color("#4d4d4d") == PAPER


@pytest.mark.parametrize("name", ["$", r"a$\alpha$b", r"$\frac{$", "{}$^_"])
def test_a_dollar_in_a_name_is_a_dollar(name, tmp_path):
    result = fake_result(network=name)
    layers = tuple(
        dataclasses.replace(each, layer=dataclasses.replace(each.layer, name=f"{name}{at}"))
        for at, each in enumerate(result.layers)
    )
    result = dataclasses.replace(result, layers=layers)
    for draw in (staircase, energy):
        figure = draw(result)
        assert name in figure.get_suptitle()
        assert save(figure, tmp_path / draw.__name__, ("svg",))[0].stat().st_size > 5_000


def test_letters_that_the_font_lacks_are_boxes_without_a_word(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert save(staircase(fake_result(network="加速器")), tmp_path / "staircase")
