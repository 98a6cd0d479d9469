"""Figures: labelled with units, saved non-empty and reproducibly, with fonts embedded and no global state."""

import dataclasses
import itertools
import math
import re

import matplotlib
import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from eyeriss_jax.hardware import Types
from eyeriss_jax.report.array_map import array_map as count_array
from eyeriss_jax.report.figures import array_map, dram, energy, nest, roofline, save, staircase, timeline
from eyeriss_jax.report.figures.roofline import intensity
from eyeriss_jax.report.figures.style import COLUMN_WIDTH, STEP_COLORS, USEFUL_COLOR
from eyeriss_jax.report.nest import kind_of, nest_lines
from eyeriss_jax.report.traffic import array_bandwidth, array_words, network_dram_bits
from tests.report.fake_results import ACCELERATOR, fake_result, many_layers

FIGURES = [staircase, timeline, roofline, energy, dram]


@pytest.fixture(scope="module")
def result():
    return fake_result()


@pytest.mark.parametrize("draw", FIGURES)
def test_saved_files_are_not_empty_and_reproducible(draw, result, tmp_path):
    paths = save(draw(result), tmp_path / "first.v1", ("png", "svg", "pdf"))
    assert [path.name for path in paths] == ["first.v1.png", "first.v1.svg", "first.v1.pdf"]
    assert all(path.stat().st_size > 5_000 for path in paths)
    again = save(draw(result), tmp_path / "again", ("svg",))
    assert again[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("draw", FIGURES)
def test_fonts_are_embedded(draw, result, tmp_path):
    svg, pdf = save(draw(result), tmp_path / "figure", ("svg", "pdf"))
    assert "<text" not in svg.read_text()
    assert b"/FontFile2" in pdf.read_bytes()


@pytest.mark.parametrize(
    ("draw", "label"),
    [
        (staircase, "(MAC/cycle)"),
        (timeline, "(%)"),
        (roofline, "(MAC/cycle)"),
        (energy, "(16-bit MACs)"),
        (dram, "(MB)"),
    ],
)
def test_axes_are_labelled_with_units(draw, label, result):
    figure = draw(result)
    assert label in figure.axes[0].get_ylabel()


def test_x_axes_are_labelled_with_units(result):
    assert re.fullmatch(r"time \(.*cycles\)", timeline(result).axes[0].get_xlabel())
    assert "MAC per word" in roofline(result).get_supxlabel()
    assert [label.get_text() for label in staircase(result).axes[0].get_xticklabels()][5] == "6\nbandwidth"


@pytest.mark.parametrize("draw", FIGURES)
def test_titles_name_network_and_accelerator(draw, result):
    assert "tinynet on eyeriss_v2" in draw(result).get_suptitle()
    assert draw(result, title=False).get_suptitle() == ""


def test_settings_of_the_caller_are_left_alone(result):
    before = dict(matplotlib.rcParams)
    for draw in FIGURES:
        draw(result)
    assert dict(matplotlib.rcParams) == before


def test_timeline_areas_are_cycles(result):
    axes = timeline(result).axes[0]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert sum(bar.get_width() * bar.get_height() for bar in bars) == pytest.approx(100 * axes.get_xlim()[1])


def test_colours_differ():
    assert len({USEFUL_COLOR, *STEP_COLORS}) == 8


def test_roofline_without_bandwidth_limits_or_traffic(result):
    free = dataclasses.replace(
        result,
        accelerator=ACCELERATOR.replace(noc_words_per_cycle=Types(iact=math.inf, weight=math.inf, psum=math.inf)),
    )
    assert "no limit" in roofline(free).axes[0].get_title("left")
    layer = result.layers[0]
    silent = layer.evaluation.replace(glb=layer.evaluation.glb.replace(iact=layer.evaluation.glb.weight))
    assert intensity(dataclasses.replace(layer, evaluation=silent), "iact", result) == math.inf


def test_words_of_the_array_come_from_where_they_are_kept(result):
    evaluation = result.layers[0].evaluation
    assert array_words(result.layers[0], "iact", ACCELERATOR) == evaluation.glb.iact.reads
    assert array_words(result.layers[0], "weight", ACCELERATOR) == evaluation.dram.weight.reads
    assert array_words(result.layers[0], "psum", ACCELERATOR) == evaluation.glb.psum.updates
    bypassing = ACCELERATOR.replace(oacts_bypass_glb=True)
    outputs = 32 * 112 * 112
    assert array_words(result.layers[0], "psum", bypassing) == evaluation.glb.psum.updates + outputs


def test_bandwidth_of_a_mesh_grows_with_its_ports_and_that_of_a_bus_does_not():
    # 16 clusters of 3 x 4 PEs: 9 iact words per cluster, 3 weights per row, 2 psums per column.
    assert [array_bandwidth(name, ACCELERATOR) for name in ("iact", "weight", "psum")] == [144, 144, 128]
    assert array_bandwidth("weight", ACCELERATOR.replace(noc="bus")) == 3


def test_sixty_layers_draw_without_warnings():
    for draw in FIGURES:
        draw(fake_result(many_layers(60))).canvas.draw()


@pytest.mark.parametrize("draw", FIGURES)
def test_a_column_is_as_wide_as_one_and_its_text_can_be_read(draw, result, tmp_path):
    figure = draw(result, title=False, column=True)
    assert figure.get_size_inches()[0] == COLUMN_WIDTH
    sizes = {text.get_fontsize() for text in figure.findobj(Text) if text.get_text()}
    assert min(sizes) >= 4.5
    assert max(sizes) <= 8
    (pdf,) = save(figure, tmp_path / "column", ("pdf",))
    assert b"/FontFile2" in pdf.read_bytes()


def test_bars_add_up_to_the_totals(result):
    def stacked(figure):
        return sum(patch.get_height() for patch in figure.axes[0].patches)

    assert stacked(energy(result)) == pytest.approx(result.energy)
    assert stacked(dram(result)) == pytest.approx(network_dram_bits(result) / 8e6)


def test_the_array_map_frames_every_pe_and_port(result):
    layer = result.layers[2]
    found = count_array(layer, ACCELERATOR)
    assert found is not None
    figure = array_map(layer, found, ACCELERATOR)
    meshes = figure.axes[0].collections
    cells = [np.size(mesh.get_array()) for mesh in meshes]
    assert len(meshes) == 4 * ACCELERATOR.clusters
    assert sum(cells[: ACCELERATOR.clusters]) == ACCELERATOR.pes


@pytest.mark.parametrize("column", [False, True])
def test_the_nest_says_of_every_loop_what_each_tensor_does_and_nothing_overlaps(result, column):
    layer = result.layers[2]
    figure = nest(layer, ACCELERATOR, column=column)
    lines = nest_lines(layer, ACCELERATOR.glb_keeps)
    texts = figure.axes[0].texts
    assert len(texts) == 5 + 5 * len(lines) + 1
    reuse = [kind_of(state) in ("stays", "shared") for line in lines for state in line.states.values()]
    assert len(figure.axes[0].lines) == 1 + sum(reuse)
    boxes = [text.get_window_extent() for text in texts[:-1]]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
