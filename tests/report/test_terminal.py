"""Terminal tables: they fit, numbers stay whole, and a pipe gets plain text."""

import dataclasses
import io
import re

import pytest
from rich.console import Console

from eyeriss_jax.layers import Layer, Sparsity
from eyeriss_jax.report.columns import layer_table
from eyeriss_jax.report.fit import fit
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_report, terminal_tables
from tests.report.fake_results import fake_result, many_layers

RESULT = fake_result(many_layers(60))


def printed(width, result=RESULT, **options):
    stream = io.StringIO()
    Console(file=stream, width=width, **options).print(terminal_report(result, width))
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160, 240])
def test_every_line_fits_and_every_layer_has_one_line(width):
    lines = printed(width).splitlines()
    assert max(map(len, lines)) <= width
    for layer in RESULT.layers:
        rows = [line for line in lines if re.match(rf"{layer.layer.name}\s", line)]
        assert len(rows) == 1
        assert f"{layer.evaluation.cycles.total:,.0f}" in rows[0].split()
        assert layer.limiter.split()[0] in rows[0]


def test_a_wide_terminal_shows_all_bounds_the_shape_and_the_mapping():
    text = printed(200)
    layer = RESULT.layers[0]
    row = next(line for line in text.splitlines() if line.startswith(layer.layer.name))
    assert layer.layer.shape in row
    assert layer.mapping.short() in row
    assert all(f"b{step}" in text for step in range(1, 7))


LONG = "encoder.layers.7.self_attention.output_projection"


def test_long_names_are_wrapped_and_never_cut():
    layers = [dataclasses.replace(layer, name=f"{LONG}_{at}") for at, layer in enumerate(many_layers(4))]
    result = fake_result(layers)
    text = printed(80, result=result)
    assert "…" not in text
    wide = fit(layer_table(result).visible, 80)[0].width
    joined = "".join(line[:wide].strip() for line in text.splitlines())
    assert all(f"{LONG}_{at}" in joined for at in range(4))


@pytest.mark.parametrize("width", [80, 100, 140, 240])
def test_the_columns_do_not_change_with_the_network(width):
    sparse = [
        dataclasses.replace(layer, name="l", sparsity=Sparsity(iact=0.5, weight=0.25)) for layer in many_layers(1)
    ]
    raw = [dataclasses.replace(layer, sparsity=Sparsity(iact=0.999, weight=0.999)) for layer in many_layers(2)]
    one = fake_result([Layer(name="one", M=10, C=64)])
    headers = [
        [column.header for column in fit(layer_table(result).visible, width)]
        for result in (RESULT, one, fake_result(sparse), fake_result(raw))
    ]
    assert all(each == headers[0] for each in headers)
    assert headers[0][0] == "layer"
    assert "time" in headers[0]


def test_the_bounds_in_the_headers_are_explained_below_the_table():
    for width in (100, 200):
        text = printed(width)
        shown = set(re.findall(r"\bb([1-6])\b", text.split("layer")[0]))
        assert shown
        line = next(line for line in text.splitlines() if line.startswith("b") and "Eyexam" in line)
        words = " ".join(text[text.index(line) :].split("\n\n")[0].split())
        assert all(f"b{step.number} {step.label}" in words for step in STEPS if str(step.number) in shown)


def test_numbers_are_right_aligned():
    lines = printed(80).splitlines()
    ends = {
        match.end()
        for layer in RESULT.layers
        for line in lines
        for match in re.finditer(rf"(?<=\s){layer.evaluation.cycles.total:,.0f}(?=\s)", line)
        if line.startswith(f"{layer.layer.name} ")
    }
    assert len(ends) == 1


def test_a_pipe_gets_no_escape_codes_and_a_terminal_does():
    assert "\x1b" not in printed(80)
    assert "\x1b" in printed(80, force_terminal=True, color_system="truecolor")


def test_markup_in_names_is_text():
    result = fake_result(many_layers(2), network="[bold]net[/]")
    stream = io.StringIO()
    Console(file=stream, width=120).print(terminal_report(result, 120))
    assert "[bold]net[/]" in stream.getvalue()


def test_totals_carry_units():
    text = printed(80)
    assert "inferences/s" in text
    assert " ms" in text
    assert " MB" in text
    assert "(16-bit MACs)" in text


def column(priority, cell, **options):
    return Column(header="h", cells=(cell,), priority=priority, **options)


def test_fit_drops_the_least_important_column_first_and_keeps_the_order():
    columns = [column(2, "x" * 10), column(0, "x" * 10), column(1, "x" * 10)]
    assert [kept.priority for kept in fit(columns, 34)] == [2, 0, 1]
    assert [kept.priority for kept in fit(columns, 33)] == [0, 1]
    assert [kept.priority for kept in fit(columns, 5)] == [0]


def test_fit_shrinks_text_but_never_numbers():
    columns = [column(0, "x" * 30, numeric=False, least=8), column(1, "9" * 10)]
    assert [kept.width for kept in fit(columns, 100)] == [30, 10]
    assert [kept.width for kept in fit(columns, 25)] == [13, 10]
    assert [kept.width for kept in fit(columns, 20)] == [8, 10]
    assert [kept.width for kept in fit(columns, 19)] == [19]


def test_a_title_is_one_line_above_a_narrow_table():
    column = Column(header="a", cells=("1",))
    narrow = Table(name="narrow", title="A title that is longer than its table", columns=(column,))
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(terminal_tables([narrow], 80))
    assert console.export_text().splitlines()[0].rstrip() == narrow.title
