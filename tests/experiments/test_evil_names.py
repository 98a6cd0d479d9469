"""Twelve evil names through every experiment that takes a network or a machine, and everything that it writes.

They are names of layers, of the network and of the accelerator in one run: none steers a terminal, breaks a line of
a table, runs in a spreadsheet, becomes markup of a page or leaves the folder.
"""

import csv
import importlib
import io
import json
import sys
import unicodedata
import xml.etree.ElementTree
from collections import Counter, defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from absl.testing import flagsaver

from experiments.harness import experiment
from experiments.harness.output import FORMATS, show
from eyeriss_jax.hardware.accelerator_file import write_accelerator
from eyeriss_jax.hardware.presets import preset
from eyeriss_jax.layers import Layer, Network, sources
from eyeriss_jax.report.pruning import PrunedNetwork

# ml_collections loads config files in a way that importlib discourages; fonts have no glyphs for some of the names.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.attack("names"),
    pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning"),
]

EVIL = (
    "=cmd|' /C calc'!A0", "$x_{\\frac", "@SUM(A1)\t", "\x1b[2J\x1b]0;owned\x07", "one\ntwo: [", "-1\r\n- x",
    "right\u202eleft", "line\u2028end\x85", "<script>alert(1)</script><b>", "[/red]", '"; {} # \x9b31m',
    "../../../etc/x",
)  # fmt: skip
PLAIN = tuple(f"plain{number}" for number in range(len(EVIL)))


def made(names: tuple[str, ...], title: str) -> Network:
    """A layer of one shape under every name, the first of another shape and with zeros."""
    layers = [Layer.conv2d(name, 8, 8, 6, 3, padding=1) for name in names[1:]]
    return Network(name=title, layers=(Layer.fully_connected(names[0], 24, 16), *layers), source="made up")


NETWORKS = {"evil": made(EVIL, " ".join(EVIL)), "plain": made(PLAIN, "plain")}
MACHINES = {"evil": " ".join(EVIL), "plain": "plain"}

LAYER = {"evil": EVIL[3], "plain": PLAIN[3]}

RUNS = {
    "eyexam": ("--network={name}", "--figures=png,svg"),
    "zoo": ("--networks={name}",),
    "field": ("--networks={name}", "--chips=diannao,scnn,eyeriss_v2"),
    "functional": ("--network={name}", "--layer="),
    "sweep": (
        "--network={name}", "--config.axes={{'clock_hz': (1e8, 2e8)}}", "--config.inners=4", "--config.tilings=2",
        "--config.constraints={{}}", "--config.all_rows=True",
    ),
    "tune": ("--network={name}", "--config.mode=mapping", "--config.budget=100000", "--config.layers=()"),
    "scaling": ("--networks={name}", "--config.pes=(256,)"),
    "tune_density": ("--config.budgets=(0.1,)",),
    "benchmark": ("--network={name}", "--layer={layer}"),
}  # fmt: skip


def pruned(method: str, budget: float | None) -> dict[str, Any]:
    """A pruned network as it is kept."""
    densities, numbers = {"conv1": 0.5, "fc": 1.0}, dict.fromkeys(
        (
            "proxy_loss", "pruned_loss", "energy", "cycles", "measured_energy", "measured_cycles", "accuracy",
            "quantized_accuracy", "accelerator_accuracy", "logits_differ",
        ), 0.5,
    )  # fmt: skip
    return PrunedNetwork(
        method=method, budget=budget, densities=densities, measured_densities=densities, overflowed=False,
        tiles={"conv1": [1, 2]}, **numbers,
    ).plain()  # fmt: skip


def studied(*_: object) -> list[dict[str, Any]]:
    methods = [pruned(method, 0.1) for method in ("uniform", "hidden", "tuned")]
    dense = {"networks": [pruned("dense", None)], "sensitivity": {"conv1": [0.0], "fc": [0.0]}}
    return [dense, {"networks": methods, "rounds": []}]


FIGURES = defaultdict(lambda: 0.5)
MEASURED = {
    "study": studied,
    **dict.fromkeys(("measure", "measure_sweep", "measure_starts", "measure_moves"), lambda *_, **__: FIGURES),
    "measure_answers": lambda *_: {"ResNet-50": FIGURES},
    "measure_gradients": lambda layer, *_: {layer.name: FIGURES},
}
"""What is not done here: training, and what a benchmark measures."""


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs an experiment in this process, in every format: (exit code, stdout by format, stderr, what it wrote)."""
    known, outputs = sources.known_network, {}

    def shown(self, tables, text, notes=()):
        for form in ("text", *FORMATS):
            capsys.readouterr()
            show(form, tables, text, notes)
            outputs[form] = capsys.readouterr().out

    monkeypatch.setattr(sources, "known_network", lambda name, batch: NETWORKS.get(name) or known(name, batch))
    monkeypatch.setattr(experiment.Experiment, "show", shown)
    monkeypatch.setattr(experiment.jax.config, "parse_flags_with_absl", lambda: None)
    monkeypatch.setattr(experiment, "start_compilation_cache", lambda **_: None)

    def call(name, which, *arguments):
        monkeypatch.chdir(tmp_path)
        if name not in ("scaling", "field"):
            write_accelerator(preset("eyeriss_v2").replace(name=MACHINES[which]), tmp_path / f"{which}.yaml")
            arguments = (*arguments, f"--accelerator={which}.yaml")
        monkeypatch.delitem(sys.modules, f"experiments.{name}", raising=False)  # to define its flags last
        module = importlib.import_module(f"experiments.{name}")
        for replaced, by in {"start_devices": lambda: None, **MEASURED}.items():
            if hasattr(module, replaced):
                monkeypatch.setattr(module, replaced, by)
        monkeypatch.delitem(sys.modules, "config_config", raising=False)
        folder = tmp_path / f"{name} {which}"
        monkeypatch.setattr(sys, "argv", [name, f"--output_dir={folder}", *arguments])
        outputs.clear()
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            module._EXPERIMENT.run(module.main)
        return stop.value.code or 0, dict(outputs), capsys.readouterr().err, folder

    return call


def steering(text: str) -> list[str]:
    """Characters that steer a terminal or a reader, line ends aside."""
    return [each for each in text if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")]


class Tags(HTMLParser):
    """Counts the elements of a page, those of a picture aside (each letter of a name is one), with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[tuple[str, ...]] = Counter()
        self.depth = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.depth += tag == "svg"
        if tag != "wbr" and (not self.depth or tag in ("script", "b")):
            self.found[(tag, *sorted(name for name, _ in attrs))] += 1

    def handle_endtag(self, tag):
        self.depth -= tag == "svg"


def check_printed(outputs: dict[str, str], plain: dict[str, str]) -> None:
    assert [form for form, text in outputs.items() if steering(text)] == []
    assert json.loads(outputs["json"]).keys() == json.loads(plain["json"]).keys()
    rows, others = (list(csv.reader(io.StringIO(each["csv"]))) for each in (outputs, plain))
    assert [len(row) for row in rows] == [len(row) for row in others]
    for cell in (cell for row in rows for cell in row if not is_number(cell)):
        assert cell[:1] not in tuple("=+-@\t\r"), cell
    assert outputs["markdown"].count("\n") == plain["markdown"].count("\n")


def is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False


def check_written(folder: Path, plain: Path) -> None:
    """Files of the same names but for layers, each of which a reader of its format takes, and reads the names back."""
    found, others = (sorted(path for path in each.rglob("*") if path.is_file()) for each in (folder, plain))
    assert Counter(path.suffix for path in found) == Counter(path.suffix for path in others)
    assert all(set(path.name) <= set(ALLOWED) for path in found), found
    for path in found:
        text = path.read_text(encoding="utf-8") if path.suffix in (".html", ".svg", ".json", ".yaml", ".csv") else ""
        assert not [each for each in text if each not in "\n\t" and unicodedata.category(each) == "Cc"], path
        if path.suffix == ".html":
            assert Tags(text).found == Tags((plain / path.name).read_text(encoding="utf-8")).found, path
        elif path.suffix == ".svg":
            xml.etree.ElementTree.fromstring(text)
        elif path.suffix == ".json":
            json.loads(text)
        elif path.suffix == ".yaml":
            assert isinstance(yaml.safe_load(text), dict), path


ALLOWED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+"


@pytest.mark.parametrize("name", RUNS)
def test_names_are_text_in_everything_that_an_experiment_prints_and_writes(call, tmp_path, attempts, name):
    runs = {}
    attempts(len(EVIL))
    for which in ("evil", "plain"):
        code, outputs, errors, folder = call(
            name, which, *(each.format(name=which, layer=LAYER[which]) for each in RUNS[name])
        )
        assert code == 0, errors
        assert not steering(errors)
        runs[which] = outputs, folder
    check_printed(runs["evil"][0], runs["plain"][0])
    check_written(runs["evil"][1], runs["plain"][1])
    assert {path.name for path in tmp_path.iterdir()} <= {*(f"{name} {w}" for w in runs), "evil.yaml", "plain.yaml"}


def test_names_that_are_not_known_are_told_as_text(call, attempts):
    """An error repeats what was typed or what a file holds."""
    attempts(3 * len(EVIL))
    for evil in EVIL:
        for arguments in ((f"--network={evil}x",), ("--network=alexnet", f"--layer={evil}"), (f"--objective={evil}",)):
            code, _, errors, _ = call("functional", "evil", *arguments)
            assert (code, errors.count("\n")) == (2, 1), errors
            assert not steering(errors)


def test_two_summaries_are_compared_as_text(call, tmp_path, monkeypatch):
    summaries = []
    for which in ("plain", "evil"):
        folder = call("eyexam", which, f"--network={which}", "--figures=")[3]
        summaries.append(folder / "summary.json")
    compare = importlib.import_module("experiments.compare")
    monkeypatch.setattr(sys, "argv", ["compare", *map(str, summaries), f"--output_dir={tmp_path / 'compared'}"])
    with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
        compare._EXPERIMENT.run_with_arguments(compare.main)
    assert not stop.value.code
    page = (tmp_path / "compared" / "compare.html").read_text(encoding="utf-8")
    assert ("b",) not in Tags(page).found
    assert "<script>alert" not in page


def test_a_checkpoint_of_evil_names_is_told_as_text(call, tmp_path, monkeypatch):
    np.savez(tmp_path / "evil.npz", **{f"{each.replace('/', '_')}/kernel": np.eye(3) for each in EVIL})
    monkeypatch.setattr(experiment, "prepare_output_dir", lambda *_: tmp_path / "densities")
    (tmp_path / "densities").mkdir()
    module = importlib.import_module("experiments.densities")
    monkeypatch.setattr(sys, "argv", ["densities", f"--checkpoint={tmp_path}/evil.npz"])
    with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
        module._EXPERIMENT.run(module.main)
    assert stop.value.code in (0, None, 2)
