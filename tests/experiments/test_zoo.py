"""The comparison of networks: what it writes, and that an interrupted run goes on where it stopped."""

import dataclasses
import json
import re
import sys
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments import zoo
from experiments.harness import Kept, experiment
from experiments.harness.command_line import run
from eyeriss_jax.layers import network
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


def test_what_an_importer_assumed_is_told_whichever_experiment_reads_it(call, monkeypatch, tmp_path):
    """Once for each network, beside a format for scripts on stderr; a second run in this process tells only its own."""
    noted = dataclasses.replace(network("alexnet"), name="mine", notes=("the branch with most MACs counts",))
    monkeypatch.setattr(experiment, "network", lambda name, batch: noted if name == "alexnet" else network(name, batch))
    _, out, _ = call("--networks=alexnet,vgg16")
    assert out.count("Note on mine: the branch with most MACs counts.\n") == 1
    _, out, err = call("--networks=alexnet", "--format=csv")
    assert ("Note on mine" in out, "Note on mine" in err) == (False, True)
    assert "Note on" not in call("--networks=vgg16")[1]


READERS = re.compile(r"(?<![.\w])network\(")


def test_every_experiment_reads_networks_where_their_notes_are_told():
    """Eyexam's report tells them by itself, and a config that only looks whether a name exists has nothing to tell."""
    read = {
        path.stem: [line.strip() for line in path.read_text().splitlines() if READERS.search(line)]
        for path in Path(zoo.__file__).parent.glob("*.py")
    }
    assert {name: lines for name, lines in read.items() if lines} == {
        "benchmark": ["(layer,) = only_layer(network(config.network), config.layer).layers"],
        "eyexam": ["workload = network(config.network, batch=config.batch)  # the report tells its notes"],
        "scaling": ["network(name)"],
    }


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


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize(
    "wrong", [{"utilization": 7.0}, {"energy": -1e30}, {"network": 5}, {"lost_shares": [0.5] * 7}, {"macs": "many"}]
)
def test_a_line_out_of_range_is_told_and_mapped_again(call, mapped, tmp_path, wrong, attempts):
    attempts(1)
    call("--networks=alexnet")
    kept = Kept.open(tmp_path / "networks.json")
    kept.entries["alexnet"]["value"] |= wrong
    kept.write()
    code, _, err = call("--networks=alexnet")
    assert (code, mapped, err.count("alexnet cannot be what was kept")) == (0, ["alexnet", "alexnet"], 1)


@pytest.mark.parametrize(
    ("argument", "message"),
    [("--networks=alexnt", "did you mean 'alexnet'"), ("--networks= , ", "networks is empty"),
     ("--config.objective=speed", "cycles, edp, energy"), ("--batch=0", "at least 1")],
)  # fmt: skip
def test_bad_arguments(call, mapped, argument, message):
    code, out, err = call(argument)
    assert (code, out, mapped, err.count("\n")) == (2, "", [], 1)
    assert message in err
