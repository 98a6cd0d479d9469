"""Comparisons: changes add up, the cause named is the one that moved, and bad summaries are explained."""

import copy
import json

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.report.comparison import changes, comparison_page, comparison_tables, made_equal, read_runs, why
from eyeriss_jax.report.comparison.changes import configuration_changes
from eyeriss_jax.report.comparison.totals import change_text, points_text
from eyeriss_jax.report.comparison.words import verdict
from eyeriss_jax.report.summary import summary
from tests.report.fake_results import fake_result, many_layers
from tests.report.test_page import Page

BEFORE = summary(fake_result(many_layers(5)), {"network": "tinynet", "batch": 1})


def without_array_loss(layer):
    """The same layer without what step 4 costs it, and so with later bounds scaled up."""
    b1, b2, b3, b4, *later = layer["bounds_macs_per_cycle"]
    layer["bounds_macs_per_cycle"] = [b1, b2, b3, b3, *(bound * b3 / b4 for bound in later)]
    layer["reasons"] = [*layer["reasons"][:3], "", *layer["reasons"][4:]]
    layer["cycles"] = layer["macs"] / layer["bounds_macs_per_cycle"][-1]


def written(folder, *summaries):
    paths = []
    for number, data in enumerate(summaries):
        path = folder / f"run{number}"
        path.mkdir()
        (path / "summary.json").write_text(json.dumps(data))
        paths.append(path)
    return paths


@pytest.fixture
def runs(tmp_path):
    before, after = copy.deepcopy(BEFORE), copy.deepcopy(BEFORE)
    before["layers"][0]["reasons"][3] = "C = 3 fills 3 of 4 columns"
    without_array_loss(after["layers"][0])
    after["cycles"] = sum(layer["cycles"] for layer in after["layers"])
    after["config"]["batch"] = 2
    return read_runs(written(tmp_path, before, after))


def test_changes_add_up_to_the_difference(runs):
    first, other = runs
    for change in changes(first, other):
        assert change.useful + sum(change.steps) == pytest.approx(change.cycles, abs=1e-6 * BEFORE["cycles"])


def test_the_cause_is_the_step_that_moved_most(runs):
    found = changes(*runs)
    assert why(found[0]).startswith("array shape −")
    assert why(found[0]).endswith("no longer C = 3 fills 3 of 4 columns")
    assert [why(change) for change in found[1:]] == [""] * 4
    assert "1 layer differs" in verdict(*runs)


def test_what_else_differs_is_listed(runs):
    assert configuration_changes(*runs) == [("config: batch", "1", "2")]


def test_layers_of_one_run_only_are_named(tmp_path):
    after = copy.deepcopy(BEFORE)
    after["layers"] = after["layers"][1:]
    found = changes(*read_runs(written(tmp_path, BEFORE, after)))
    assert why(found[0]) == "only in the first run"
    table = comparison_tables(read_runs([tmp_path / "run0", tmp_path / "run1"]))[0]
    assert table.records[0]["cycles_after"] is None


def test_another_shape_is_the_reason_if_it_is(tmp_path):
    after = copy.deepcopy(BEFORE)
    layer = after["layers"][0]
    layer["macs"] *= 2
    layer["cycles"] *= 2
    found = changes(*read_runs(written(tmp_path, BEFORE, after)))
    assert " MACs became " in why(found[0])


def of_batch(data, batch):
    """The summary of ``batch`` inferences, each of which takes what that of ``data`` does."""
    result = copy.deepcopy(data)
    for owner in (result, *result["layers"]):
        for key in ("cycles", "macs", "macs_not_skipped", "dram_bytes", "latency_s"):
            if key in owner:
                owner[key] *= batch
    result["energy"] *= batch
    for layer in result["layers"]:
        layer["energy"] = {part: batch * value for part, value in layer["energy"].items()}
    return result


def test_different_batch_sizes_are_said_first_and_compared_per_inference(tmp_path):
    first, other = made_equal(read_runs(written(tmp_path, BEFORE, of_batch(BEFORE, 4))))
    text = verdict(first, other)
    assert text.startswith("The batch sizes differ (1 and 4): counts are per inference")
    assert "times as fast" not in text
    assert [change.cycles for change in changes(first, other)] == pytest.approx([0.0] * 5, abs=1e-6)
    totals = next(table for table in comparison_tables((first, other)) if table.name == "totals")
    shown = {row["quantity"]: row["run1 change"] for row in totals.records}
    assert shown["latency_s"] is None  # of one inference and of four
    assert shown["energy"] == pytest.approx(1.0)
    assert "DRAM traffic per inference" in totals.visible[0].cells


def test_different_networks_are_said_first_and_only_shares_compared(tmp_path):
    other = summary(fake_result(many_layers(3), network="other"), {"network": "other"})
    runs = made_equal(read_runs(written(tmp_path, BEFORE, other)))
    text = verdict(*runs)
    assert "different networks" in text.split(".")[0]
    assert "points" in text or "the same" in text
    totals = {row["quantity"]: row for row in comparison_tables(runs)[0].records}
    compared = {name for name, row in totals.items() if row[f"{runs[1].label} change"] is not None}
    assert compared == {"utilization"}


def test_every_total_has_its_unit(runs):
    totals = next(table for table in comparison_tables(runs) if table.name == "totals")
    assert {row["quantity"]: row["unit"] for row in totals.records} == {
        "inferences_per_s": "1/s", "latency_s": "s", "cycles": "cycles", "macs": "MACs", "utilization": "share",
        "dram_bytes": "bytes", "energy": BEFORE["energy_unit"],
    }  # fmt: skip
    quantities = dict(zip(totals.visible[0].cells, totals.visible[1].cells, strict=True))
    assert quantities["energy"].endswith("(16-bit MACs)")
    assert quantities["DRAM traffic"].endswith("B")


@pytest.mark.parametrize(
    ("difference", "text"), [(0.123, "+12 points"), (-0.004, "−0.4 points"), (0.01, "+1.0 point"), (0.0, "=")]
)
def test_shares_differ_in_points(difference, text):
    assert points_text(difference) == text


def test_the_page_is_well_formed_and_holds_every_run(runs):
    page = Page(comparison_page(runs))
    assert [run["label"] for run in page.data()["runs"]] == ["run0", "run1"]
    assert len(page.ids) == len(set(page.ids))


def test_labels_tell_runs_apart(tmp_path):
    other = {**copy.deepcopy(BEFORE), "accelerator": "eyeriss_v1"}
    assert [run.label for run in read_runs(written(tmp_path, BEFORE, other))] == ["eyeriss_v2", "eyeriss_v1"]


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "="), (None, "–"), (1.123, "+12 %"), (0.97, "−3.0 %"), (25.0, "× 25.0")]
)
def test_changes_as_people_read_them(value, text):
    assert change_text(value) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON in line 1"),
        ("[]", "it has no 'network'"),
        (json.dumps({**BEFORE, "layers": []}), "it has no layers"),
        (json.dumps({**BEFORE, "layers": [{"name": "a"}]}), "a layer has no 'macs'"),
    ],
)
def test_bad_summaries_are_explained(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(SpecError, match=r"compare|JSON") as raised:
        read_runs([*written(tmp_path, BEFORE), path])
    assert message in str(raised.value)


def test_one_summary_is_no_comparison(tmp_path):
    with pytest.raises(SpecError, match="at least two"):
        read_runs(written(tmp_path, BEFORE))
    with pytest.raises(SpecError, match="No such file"):
        read_runs([tmp_path / "nope.json", tmp_path / "nope2.json"])
