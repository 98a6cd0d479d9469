"""The comparison of networks: what it writes, and that an interrupted run goes on where it stopped."""

import json
import sys
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments import zoo
from experiments.harness import Kept
from experiments.harness.command_line import run
from tests.report.fake_results import fake_result

pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "zoo.py"


@pytest.fixture
def mapped(monkeypatch):
    """Names of the networks that were mapped, by a fake mapper."""
    names = []

    def map_network(network, accelerator, **options):
        options["progress"](0, len(network.layers), network.layers[0].name)
        names.append(network.name)
        return fake_result(network.layers, network.name)

    monkeypatch.setattr(zoo, "map_network", map_network)
    return names


@pytest.fixture
def call(mapped, monkeypatch, capsys, tmp_path):
    """Runs the main: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["zoo", f"--output_dir={tmp_path}", "--nocompilation_cache", *arguments])
        monkeypatch.delitem(sys.modules, "config_config", raising=False)
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(zoo.main, default_config=CONFIG)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_writes_the_picture_and_a_summary_that_adds_up(call, tmp_path):
    code, out, _ = call("--networks=alexnet,gpt2_decode_64")
    assert code == 0
    assert "gpt2_decode_64" in out
    assert {"zoo.png", "zoo.svg", "summary.json", "networks.json"} <= {path.name for path in tmp_path.iterdir()}
    for line in json.loads((tmp_path / "summary.json").read_text())["networks"]:
        assert line["utilization"] + sum(line["lost_shares"]) == pytest.approx(1)


def test_only_what_is_missing_or_changed_is_mapped(call, mapped, tmp_path):
    call("--networks=alexnet,vgg16")
    call("--networks=alexnet,vgg16,resnet50")
    assert mapped == ["alexnet", "vgg16", "resnet50"]
    kept = Kept.open(tmp_path / "networks.json")
    kept.entries["vgg16"]["value"] = {"network": "vgg16"}
    kept.write()
    _, _, err = call("--networks=alexnet,vgg16")
    assert "vgg16 cannot be what was kept (not a line of this table); it is computed again" in err
    call("--networks=alexnet", "--accelerator=eyeriss_v1_5")
    call("--networks=alexnet", "--accelerator=eyeriss_v1_5", "--batch=2")
    assert mapped[3:] == ["vgg16", "alexnet", "alexnet"]


@pytest.mark.parametrize(
    ("argument", "message"),
    [("--networks=alexnt", "did you mean 'alexnet'"), ("--networks= , ", "networks is empty"),
     ("--config.objective=speed", "cycles, edp, energy"), ("--batch=0", "at least 1")],
)  # fmt: skip
def test_bad_arguments(call, mapped, argument, message):
    code, out, err = call(argument)
    assert (code, out, mapped, err.count("\n")) == (2, "", [], 1)
    assert message in err
