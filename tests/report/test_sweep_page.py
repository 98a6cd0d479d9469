"""A sweep's page and tables: words for names, and colours that everybody can tell apart."""

import dataclasses
import html
import itertools
import re

import numpy as np
import pytest

from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.report.sweep.answers import FieldValue
from eyeriss_jax.report.sweep.figures import LOSS_COLORS, fields_figure
from eyeriss_jax.report.sweep.headers import NAMES, units
from eyeriss_jax.report.sweep.page import sweep_page
from eyeriss_jax.search.space import METRICS, metric_units
from tests.pages.made_pages import sweep, sweep_answers

# What is left of linear RGB without one kind of cone (Machado et al., IEEE TVCG 2009, Table 1, severity 1).
SIGHTS = {
    "all": np.eye(3),
    "no long": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no middle": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no short": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Linear RGB -> cones -> Oklab, in which a distance of 0.02 can just be seen.
CONES = [[0.412221, 0.536333, 0.051446], [0.211903, 0.680700, 0.107397], [0.088302, 0.281719, 0.629979]]
OKLAB = [[0.210454, 0.793618, -0.004072], [1.977998, -2.428592, 0.450594], [0.025904, 0.782772, -0.808676]]


def seen(color, sight):
    """A colour in Oklab as somebody with ``sight`` sees it."""
    srgb = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return OKLAB @ np.cbrt(CONES @ np.clip(sight @ linear, 0, 1))


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_losses_look_alike(sight):
    colors = [seen(color, np.asarray(SIGHTS[sight])) for color in LOSS_COLORS.values()]
    assert len(colors) == len(LOSSES)
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(colors, 2)) > 0.08


@pytest.fixture(scope="module")
def page():
    return sweep()


def test_every_metric_has_a_name_and_a_unit():
    assert NAMES.keys() == units("pJ").keys() == METRICS.keys()


def test_headings_are_words(page):
    headings = [html.unescape(text) for text in re.findall(r"<h2>(.*?)</h2>", page)]
    assert "Best by inferences per second" in headings
    assert "How much each field changes inferences per second" in headings
    assert not any("_" in heading for heading in headings)
    assert "Best inferences per second: " in page


def test_a_base_that_breaks_a_constraint_is_said_first(page):
    (headline,) = re.findall(r"<h1>.*?</h1>.*?<p[^>]*>(.*?)</p>", page, flags=re.DOTALL)[:1]
    words = html.unescape(headline).replace("\xa0", " ")
    broken = "area_mm2 is 22.5, 12.5 % above at_most 20."
    assert words.startswith(f"The base design eyeriss_v2 breaks a constraint: {broken}")


def test_the_page_says_what_is_free_equal_and_left_out(page):
    text = html.unescape(page)
    assert "× base: over eyeriss_v2 (design 2), mapped by the same search." in text
    assert "Free in this model, so that their best values are no advice: noc_words_per_cycle" in text
    assert "3 designs meet the constraints, but no mapping in the shortlist fits them" in text
    assert "Knee: design 1" in text
    assert "2 (base)" in text
    assert "eyeriss_v2, the base design" in text  # the star's words


def test_one_legend_names_what_binds_designs_of_the_front(page):
    (legend,) = re.findall(r'<p class="legend">.*?</p>', page)
    assert re.findall(r"</span>([^<]+)</span>", legend) == ["psum accumulation"]
    assert LOSS_COLORS["psum accumulation"] in legend


def test_a_table_without_rows_is_left_out(page):
    none = {"config": {}, "git_revision": None, "versions": {}}
    bare = sweep_page(dataclasses.replace(sweep_answers(), sensitivity=()), none)
    assert "How much each field changes" in page
    assert "How much each field changes" not in bare


def test_fields_of_a_sweep_without_a_feasible_design_have_no_legend():
    none = [dataclasses.replace(each, designs=0, best={}, mean={}) for each in MARGINALS]
    assert (
        fields_figure(dataclasses.replace(sweep_answers(), feasible=0, marginals=tuple(none))).axes[0].get_legend()
        is None
    )
    assert fields_figure(dataclasses.replace(sweep_answers(), marginals=MARGINALS)).axes[0].get_legend() is not None


MARGINALS = tuple(
    FieldValue(field="lanes", value=value, designs=1, best={"inferences_per_s": 2.0}, mean={"inferences_per_s": 1.0})
    for value in (1, 2)
)


def test_every_metric_has_a_unit_in_files():
    for unit in ("pJ", "energy of one 16-bit MAC"):
        assert metric_units(unit).keys() == METRICS.keys()
    assert metric_units("pJ")["inferences_per_energy"] == "1/J"
    assert metric_units("energy of one 16-bit MAC")["inferences_per_energy"] == "1/energy of one 16-bit MAC"
