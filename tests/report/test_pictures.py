"""Pictures say what they show: legends of what there is, scales that fit, and a number where a colour says nothing."""

import dataclasses

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from eyeriss_jax.report.figures.cluster_map import cluster_map
from eyeriss_jax.report.figures.sparse_array import PARTS, sparse_array
from eyeriss_jax.report.figures.sparse_plane import Plane, sparse_plane
from eyeriss_jax.report.figures.trajectory import trajectory
from eyeriss_jax.report.figures.zoo import zoo
from eyeriss_jax.report.functional import Comparison
from eyeriss_jax.report.zoo import ZooLine
from tests.report.fake_results import fake_result

RESULT = fake_result()


def texts(figure):
    """The words of the legends of a figure."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_the_legend_of_the_zoo_lists_the_steps_that_cost_something_and_rates_have_their_unit():
    line = dataclasses.replace(ZooLine.of(RESULT), utilization=0.3, lost_shares=(0, 0, 0, 0.001, 0, 0.5, 0.199))
    figure = zoo([line], "eyeriss_v2")
    assert texts(figure) == ["useful work", "bandwidth", "burstiness"]
    assert figure.axes[0].get_yticklabels()[0].get_text().endswith(" inferences/s")


def test_equal_words_are_a_number_and_not_a_block_of_one_colour():
    delivered = {"iact": np.full((8, 2), 500), "weight": np.arange(16).reshape(8, 2), "psum": np.full((8, 2), 7)}
    figure = cluster_map(Comparison(layer=RESULT.layers[0], rows=(), reuse={}, delivered=delivered, busiest={}))
    titles = [axes.get_title("left") for axes in figure.axes[:3]]
    assert titles[0] == "iact: 8,000 words,\n500 to every cluster"
    assert titles[2] == "psum collected: 112 words,\n7 from every cluster"
    assert "0 to 15 per cluster" in titles[1]
    assert len(figure.axes) == 3 + 1  # one colour bar, of the words that differ


def test_a_costly_design_is_marked_and_does_not_squeeze_the_others():
    costs = np.array([1.0, 0.8, 40.0, 0.7, np.inf, 0.9, 0.6, 0.75, 0.65, 0.7])
    figure = trajectory(["lanes"], np.ones((10, 1)), costs, "edp", base=[2])
    assert figure.axes[0].get_ylim()[1] < 2
    assert "off the scale, or no mapping" in texts(figure)
    (marks,) = [line for line in figure.axes[0].lines if line.get_marker() == "^"]
    assert list(marks.get_xdata()) == [3, 5]
    assert "off the scale, or no mapping" not in texts(
        trajectory(["lanes"], np.ones((3, 1)), costs[[0, 1, 3]], "edp", base=[2])
    )


def test_histograms_stand_apart():
    loads = {name: np.linspace(0.5, 1.5, 50) for name in ("a", "b", "c")}
    figure = sparse_array(loads, {name: {part: 1.0 for part, _ in PARTS} for name in loads})
    assert len(figure.axes) == 3 + 1
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    assert sum(bar.get_height() for bar in bars) == pytest.approx(100)


def test_every_map_of_the_plane_has_its_scale_and_layers_are_named_once():
    density = np.linspace(0.1, 1, 6)
    grid = 2 + np.add.outer(density, density)
    plane = Plane(
        iact=density, weight=density, compressed=grid, raw=grid[::-1], utilization=grid / 5, more_lanes=1.4 * grid,
        once_compressed=grid, once_raw=grid.T[::-1], tile=100 * grid, lanes=2, spad_pairs=96, positions=4,
    )  # fmt: skip
    figure = sparse_plane(plane, {"CONV3": (0.38, 0.35), "CONV4": (0.39, 0.35)})
    assert len(figure.axes) == 6 + 6
    assert texts(figure) == ["CONV3", "CONV4"]
    assert not any(text.get_text() == "CONV3" for axes in figure.axes for text in axes.texts)
