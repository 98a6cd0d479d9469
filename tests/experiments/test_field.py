"""The picture of the field: what it writes, that it goes on where it was, and what it refuses."""

import json
import sys
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments import field
from experiments.harness import Kept
from experiments.harness.command_line import run
from tests.report.fake_results import fake_result

pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "field.py"


@pytest.fixture
def mapped(monkeypatch):
    """Names of the networks that were mapped, by a fake mapper."""
    names = []

    def map_network(network, accelerator):
        names.append(network.name)
        return fake_result(network.layers, network.name)

    monkeypatch.setattr(field, "map_network", map_network)
    return names


@pytest.fixture
def call(mapped, monkeypatch, capsys, tmp_path):
    """Runs the main: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["field", f"--output_dir={tmp_path}", "--nocompilation_cache", *arguments])
        monkeypatch.delitem(sys.modules, "config_config", raising=False)
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(field.main, default_config=CONFIG)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_a_small_picture_with_an_empty_cell(call, tmp_path):
    code, out, _ = call("--chips=diannao,eie,eyeriss_v2", "--networks=alexnet,bert_base_64")
    assert code == 0
    assert out.startswith("The paper of Eyeriss v2 says")
    assert max(map(len, out.split("wrote")[0].splitlines())) <= 80
    written = {path.name for path in tmp_path.iterdir()}
    assert {"field.png", "field.svg", "field_column.pdf", "field.html", "summary.json"} <= written
    summary = json.loads((tmp_path / "summary.json").read_text())
    cells = {(cell["chip"], cell["network"]): cell for cell in summary["cells"]}
    assert len(cells) == 6
    assert "slides a filter over a plane" in cells.pop(("eie", "alexnet"))["reason"]
    for cell in cells.values():
        assert cell["utilization"] + sum(cell["lost_shares"]) == pytest.approx(1)
    assert "does not run" in (tmp_path / "field.html").read_text()


def test_only_what_is_missing_is_computed(call, mapped, tmp_path):
    call("--chips=eyeriss_v2,eyeriss_v1", "--networks=alexnet")
    call("--chips=eyeriss_v2,eyeriss_v1", "--networks=alexnet,vgg16")
    assert mapped == ["alexnet", "alexnet", "vgg16", "vgg16"]
    kept = Kept.open(tmp_path / "cells.json")
    kept.entries["alexnet on eyeriss_v2"]["value"]["utilization"] = 7.0
    kept.write()
    _, _, err = call("--chips=eyeriss_v2", "--networks=alexnet")
    assert "alexnet on eyeriss_v2 cannot be what was kept" in err
    assert mapped[4:] == ["alexnet"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [("--chips=dianao", "did you mean 'diannao'"), ("--chips= , ", "chips is empty"),
     ("--networks=alexnt", "did you mean 'alexnet'"), ("--networks=,", "networks is empty")],
)  # fmt: skip
def test_bad_arguments(call, mapped, argument, message):
    code, out, err = call(argument)
    assert (code, out, mapped, err.count("\n")) == (2, "", [], 1)
    assert message in err
