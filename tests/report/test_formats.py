"""Tables for scripts and documents: all numbers, plain and complete, in formats that their own readers accept."""

import csv
import io
import json
import math

import pytest
from rich.console import Console

from eyeriss_jax.model.records import layer_record, records
from eyeriss_jax.report.columns import network_tables
from eyeriss_jax.report.formats import to_csv, to_json, to_markdown
from eyeriss_jax.report.page.data_table import data_table
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from tests.report.fake_results import fake_result, many_layers

RESULT = fake_result(many_layers(5))


def test_json_holds_every_table_with_plain_numbers():
    data = json.loads(to_json(network_tables(RESULT)))
    assert set(data) == {"layers", "eyexam", "totals"}
    assert [row["cycles"] for row in data["layers"]] == [layer.cycles for layer in RESULT.layers]
    assert sum(row["time_share"] for row in data["layers"]) == pytest.approx(1)
    assert sum(row["array_cycles_share"] for row in data["eyexam"]) == pytest.approx(1)
    assert {row["quantity"]: row["value"] for row in data["totals"]}["inferences_per_s"] == RESULT.inferences_per_s


def test_json_is_strict():
    table = Table(name="t", columns=(Column.of("x", "x", [math.inf, 1.0]),))
    assert json.loads(to_json([table])) == {"t": [{"x": None}, {"x": 1.0}]}


def test_csv_is_the_first_table_whole():
    rows = list(csv.DictReader(io.StringIO(to_csv(network_tables(RESULT)))))
    expected = records(RESULT)
    assert set(rows[0]) == {*expected[0], "time_share"}
    for row, record in zip(rows, expected, strict=True):
        assert float(row["dram_weight_words"]) == record["dram_weight_words"]
        assert row["shape"] == record["shape"]


def test_markdown_shows_what_people_see():
    table = Table(
        name="t",
        title="Title",
        columns=(Column.of("a", "a\nb", ["x|y"], numeric=False), Column.of("n", "n", [1234], "{:,}".format)),
    )
    assert to_markdown([table]) == "## Title\n\n| a b | n |\n| --- | ---: |\n| x\\|y | 1,234 |\n"


def test_columns_for_the_eye_and_for_scripts_stay_apart():
    table = Table(name="t", columns=(Column(header="bar", cells=("▌",)), Column(key="n", values=(1,))))
    assert table.records == [{"n": 1}]
    assert [column.header for column in table.visible] == ["bar"]


def test_a_record_counts_all_repeats_and_its_parts_add_up():
    layer = RESULT.layers[0]
    record = layer_record(layer, "pJ")
    assert record["cycles"] == layer.cycles
    assert record["dram_weight_words"] == layer.evaluation.dram.weight.reads * layer.layer.repeat
    assert record["b7_macs_per_cycle"] == layer.bounds[-1]
    assert record["energy_total_pJ"] == layer.energy


def test_a_table_without_rows_is_its_headers():
    table = Table(name="t", title="T", columns=(Column.of("n", "size", []), Column(key="silent")))
    assert to_markdown([table]) == "## T\n\n| size |\n| ---: |\n"
    assert data_table(table, "t").count("<th") == 1 + 1  # <thead> and one <th>
    stream = io.StringIO()
    Console(file=stream, width=40).print(terminal_table(table, 40))
    assert stream.getvalue().split() == ["size"]
    assert (to_json([table]), to_csv([table])) == ('{\n  "t": []\n}\n', "n,silent\n")
