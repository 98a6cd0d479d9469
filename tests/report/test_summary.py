"""summary.json: strict JSON with stable keys, written whole or not at all."""

import dataclasses
import errno
import json
import math

import pytest

from eyeriss_jax.report import provenance
from eyeriss_jax.report.files import strict, write_json, write_text
from eyeriss_jax.report.summary import summary
from eyeriss_jax.search.store import StoreError
from tests.report.fake_results import fake_result

CONFIG = {"network": "tinynet", "batch": 1, "bandwidth": math.inf}


def test_keys_are_stable():
    data = summary(fake_result(), CONFIG)
    assert set(data) == {
        "network", "accelerator", "objective", "clock_hz", "peak_macs_per_cycle", "inferences_per_s", "latency_s",
        "cycles", "macs", "utilization", "bounds_macs_per_cycle", "lost_shares", "dram_bytes", "energy",
        "dataflow", "energy_unit", "energy_table", "search", "layers", "not_mapped", "notes", "git_revision",
        "versions", "config",
    }  # fmt: skip
    assert set(data["layers"][0]) == {
        "name", "shape", "kind", "product", "repeat", "stated_bits", "macs", "macs_not_skipped", "cycles", "active_pes",
        "iact_density", "weight_density", "compressed",
        "utilization", "bounds_macs_per_cycle", "limiter", "reasons",
        "mapping", "mapspace_size", "evaluated", "certified", "certificate", "words", "dram_bytes", "energy",
    }  # fmt: skip
    assert set(data["versions"]) == {"python", "jax", "flax", "numpy", "eyeriss_jax"}
    assert set(data["layers"][0]["words"]) == {"dram", "glb", "noc", "spad"}


def test_values_are_the_results():
    result = fake_result()
    data = summary(result, CONFIG)
    assert data["inferences_per_s"] == result.inferences_per_s
    assert data["utilization"] + sum(data["lost_shares"]) == pytest.approx(1)
    assert [layer["name"] for layer in data["layers"]] == [layer.layer.name for layer in result.layers]
    assert all(len(layer["bounds_macs_per_cycle"]) == 7 for layer in data["layers"])
    weights = result.layers[-1].evaluation.dram.weight.reads
    assert data["layers"][-1]["words"]["dram"]["weight"] == {"reads": weights, "fills": 0.0, "updates": 0.0}


def test_dram_bytes_count_outputs_in_their_own_width():
    layer = fake_result().layers[-1]
    data = summary(dataclasses.replace(fake_result(), layers=(layer,)), {})
    dram = layer.evaluation.dram
    # 8-bit iacts and weights; the 1000 outputs of the layer leave once, as 8-bit oacts.
    assert data["dram_bytes"] == pytest.approx(dram.iact.reads + dram.weight.reads + 1000)


def refuse(constant):
    raise AssertionError(f"{constant} is not strict JSON")


def test_json_is_strict_and_infinity_becomes_null(tmp_path):
    path = tmp_path / "summary.json"
    write_json(path, summary(fake_result(), CONFIG))
    data = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert data["config"] == {"network": "tinynet", "batch": 1, "bandwidth": None}
    assert data["layers"][0]["certified"] is True


def test_strict_refuses_what_json_does_not_know():
    assert strict({"a": (1, math.nan)}) == {"a": [1, None]}
    with pytest.raises(TypeError, match="set"):
        strict({"a": {1}})


def test_files_are_replaced_whole(tmp_path, monkeypatch):
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def fail(*_):
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(StoreError, match=r"no room to write .*file\.txt: disk full"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_revision_outside_the_packages_own_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path)
    assert provenance.git_revision() is None


def test_revision_says_when_files_differ(monkeypatch):
    answers = {"ls-files": "dims.py", "rev-parse": "abc", "status": " M dims.py"}
    monkeypatch.setattr(provenance, "_git", lambda command, *_: answers[command])
    assert provenance.git_revision() == "abc+changes"
    answers["status"] = ""
    assert provenance.git_revision() == "abc"
