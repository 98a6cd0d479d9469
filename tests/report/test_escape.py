"""Twelve evil names through every kind of output: none steers a terminal, breaks a line or runs in a spreadsheet."""

import csv
import io
import json
import unicodedata
from dataclasses import replace

import matplotlib.text
import pytest
from matplotlib.figure import Figure
from rich.text import Text

from eyeriss_jax.hardware.accelerator_file import write_accelerator
from eyeriss_jax.hardware.presets import accelerator, preset
from eyeriss_jax.report.escape import one_line, spreadsheet_cell, terminal, visible
from eyeriss_jax.report.figures.style import styled
from eyeriss_jax.report.formats import to_csv, to_json, to_markdown
from eyeriss_jax.report.mapping_file import read_mappings, write_mappings
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_tables
from tests.report.fake_results import fake_result

pytestmark = pytest.mark.attack("names")

EVIL = (
    "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\x1b[2J\x1b]0;owned\x07", "one\ntwo: [", "tab\there\r\n",
    "right\u202eleft", "line\u2028end\x85", "a|b", "[/red]", '"; {} # \x9b31m',
)  # fmt: skip


def table(name):
    columns = (Column.of("layer", "layer", (name, "fc"), numeric=False), Column.of("cycles", "cycles", (-1, 2)))
    return Table(name="layers", title="Layers", columns=columns)


def controls(text):
    """Characters that steer, line ends of the output itself aside."""
    return [each for each in text if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")]


@pytest.mark.parametrize("name", EVIL)
def test_a_csv_cell_is_text_of_one_line(name):
    rows = list(csv.reader(io.StringIO(to_csv([table(name)]))))
    assert len(rows) == 3
    assert rows[1][0][0] not in "=+-@\t\r"
    assert not controls(rows[1][0])
    assert rows[1][1] == "-1"  # a number stays one
    assert to_csv([table("plain")]).splitlines()[1] == "plain,-1"


@pytest.mark.parametrize("name", EVIL)
def test_a_row_of_markdown_is_one_line(name):
    lines = to_markdown([table(name)]).splitlines()
    assert len(lines) == len(to_markdown([table("plain")]).splitlines())
    assert not controls("\n".join(lines))


@pytest.mark.parametrize("name", EVIL)
@pytest.mark.parametrize("kind", ["table", "text", "string"])
def test_a_terminal_is_not_steered(name, kind):
    shown = {"table": terminal_tables([table(name)], 80), "text": Text(name), "string": name}[kind]
    file = io.StringIO()
    terminal(file=file, width=80).print(shown)
    assert not controls(file.getvalue())
    if name == "[/red]":
        assert name in file.getvalue()


def test_a_terminal_keeps_its_own_colours():
    file = io.StringIO()
    terminal(file=file, width=80, force_terminal=True, color_system="standard").print(Text("a\x1b[2Jb", style="red"))
    assert file.getvalue() == "\x1b[31ma�[2Jb\x1b[0m\n"


@pytest.mark.parametrize("name", EVIL)
def test_files_that_are_read_again_hold_the_name_as_it_is(name, tmp_path):
    result = fake_result()
    first = replace(result.layers[0], layer=replace(result.layers[0].layer, name=name))
    machine = result.accelerator.replace(name=name)
    made = replace(result, layers=(first, *result.layers[1:]), network=name, accelerator=machine)
    write_mappings(tmp_path / "mappings.yaml", made)
    assert read_mappings(tmp_path / "mappings.yaml")[name] == first.mapping
    write_accelerator(preset("eyeriss_v2").replace(name=name), tmp_path / "machine.yaml")
    assert accelerator(str(tmp_path / "machine.yaml")).name == name
    written = (tmp_path / "mappings.yaml").read_text() + (tmp_path / "machine.yaml").read_text()
    assert not [each for each in written if each != "\n" and unicodedata.category(each) == "Cc"]


def test_a_figure_draws_the_names_of_others_as_text():
    figure = layer_bars("\x1b[2J $x")
    shown = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    assert shown.count("�[2J $x") >= 2  # the title and ticks
    assert not controls("".join(shown))


@styled
def layer_bars(name):
    figure = Figure()
    axes = figure.subplots()
    axes.bar([0, 1], [1, 2])
    axes.set_xticks([0, 1], labels=[name, "fc"])
    figure.suptitle(name)
    return figure


@pytest.mark.parametrize("name", EVIL)
def test_json_holds_the_name_as_it_is(name):
    text = to_json([table(name)])
    assert json.loads(text)["layers"][0]["layer"] == name
    assert not controls(text)


def test_what_is_shown_instead():
    assert visible("a\x1bb\nc\u202e") == "a�b\nc�"
    assert one_line("a\tb\r\nc\x7f") == "a b c�"
    assert [spreadsheet_cell(each) for each in ("=1", "a=1", -1.5, None, True)] == ["'=1", "a=1", -1.5, None, True]
    assert visible("naïve µ × 字 café") == "naïve µ × 字 café"
