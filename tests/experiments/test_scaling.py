"""The scaling experiment: what it writes, that a second run goes on from the first, and that bad input is one line."""

import errno
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments import scaling
from experiments.harness import Kept, command_line
from experiments.harness.command_line import OWNER, run

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "scaling.py"
SMALL = ("--config.networks=('tiny',)", "--config.pes=(32,16)")


@pytest.fixture
def searched(monkeypatch):
    """Stands in for the search: v1 never gains, v2 always; records what was asked for."""
    asked = []

    class Found:
        def __init__(self, machine):
            self.cycles = 1e6 if machine.noc == "bus" else 1.6e6 / machine.pes

    def search(workload, machine):
        asked.append((workload, machine.name))
        return Found(machine)

    monkeypatch.setattr(scaling, "map_network", search)
    monkeypatch.setattr(scaling, "network", lambda name: name)
    monkeypatch.setattr(scaling._EXPERIMENT, "network", lambda name: name)
    return asked


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["scaling", f"--output_dir={tmp_path}", "--nocompilation_cache", *arguments])
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(scaling.main, default_config=CONFIG, resumes=True)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_writes_the_study_and_its_picture(call, searched, tmp_path):
    code, _, _ = call(*SMALL)
    assert code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        OWNER, "cycles.json", "summary.json", "scaling.png", "scaling.svg",
    }  # fmt: skip
    study = json.loads((tmp_path / "summary.json").read_text())["study"]
    assert [(row["pes"], row["speedup"]) for row in study] == [(16, 10.0), (32, 20.0)]
    assert [name for _, name in searched] == ["eyeriss_v1_16", "eyeriss_v2_16", "eyeriss_v1_32", "eyeriss_v2_32"]


def test_networks_of_the_command_line_take_the_place_of_the_configs(call, searched):
    code, _, _ = call("--networks=tiny,onnx:mine.onnx", "--config.pes=(16,)")
    assert code == 0
    assert {name for name, _ in searched} == {"tiny", "onnx:mine.onnx"}


def test_a_second_run_goes_on_from_the_first(call, searched, tmp_path):
    call(*SMALL)
    kept = Kept.open(tmp_path / "cycles.json")
    del kept.entries["tiny eyeriss_v2_32"]
    kept.write()
    searched.clear()
    call(*SMALL)
    assert searched == [("tiny", "eyeriss_v2_32")]


def test_results_of_other_source_are_not_kept(call, searched, monkeypatch):
    call(*SMALL)
    monkeypatch.setattr(scaling, "source_digest", lambda: "another")
    searched.clear()
    call(*SMALL)
    assert len(searched) == 4


def test_a_file_of_another_content_is_another_network(call, searched, monkeypatch):
    """Only the file behind the name has changed."""
    call("--networks=onnx:mine.onnx", "--config.pes=(16,)")
    searched.clear()
    monkeypatch.setattr(scaling._EXPERIMENT, "network", lambda name: f"{name}, replaced")
    call("--networks=onnx:mine.onnx", "--config.pes=(16,)")
    assert len(searched) == 2


def test_cycles_that_cannot_be_are_told_and_searched_again(call, searched, tmp_path):
    call(*SMALL)
    kept = Kept.open(tmp_path / "cycles.json")
    kept.entries["tiny eyeriss_v2_32"]["value"] = -5.0
    kept.write()
    searched.clear()
    code, _, err = call(*SMALL)
    assert (code, searched) == (0, [("tiny", "eyeriss_v2_32")])
    assert "cycles.json: tiny eyeriss_v2_32 cannot be what was kept (-5.0 are no cycles)" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--config.pes=()",), "config field pes is empty"),
        (("--config.pes=(300,)",), "must have 16 x a power of two PEs"),
        (("--config.versions=('v3',)",), "'v3' must be one of v1, v2"),
        (("--config.networks=('alexnot',)",), "did you mean 'alexnet'"),
        (("--config.size=(16,)",), "unknown config field 'size'"),
    ],
)
def test_bad_input_is_one_clear_line(call, arguments, message):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_foreign_file_is_put_aside(call, searched, tmp_path):
    (tmp_path / "cycles.json").write_text("[]")
    code, _, err = call(*SMALL)
    assert (code, len(searched)) == (0, 4)
    assert "cycles.json is no file of this experiment" in err
    assert (tmp_path / "cycles.json.unread").read_text() == "[]"


@pytest.mark.parametrize("refusing", ["fsync", "replace"])
def test_a_full_disk_is_one_line(call, searched, monkeypatch, refusing):
    """``fsync`` refuses what is kept, ``replace`` what is kept, else the report."""

    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if refusing == "replace":
        call(*SMALL)  # all is kept: only the report is left to write
    monkeypatch.setattr(os, refusing, refuse)
    code, out, err = call(*SMALL)
    assert (code, out) == (1, "")
    last = err.splitlines()[-1]
    assert re.match(r"error: .*No space left on device; everything written before is kept: free some room", last)
    assert "Traceback" not in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_of_a_batch_system_is_one_line_that_says_how_to_go_on(call, searched, monkeypatch, number, code):
    def stopped(*_):
        os.kill(os.getpid(), number)
        time.sleep(10)

    before = signal.signal(number, command_line._stop)
    monkeypatch.setattr(scaling, "map_network", stopped)
    try:
        found, out, err = call(*SMALL)
    finally:
        signal.signal(number, before)
    assert (found, out) == (code, "")
    assert err.splitlines()[-1] == f"stopped by {number.name}; the same command goes on where it was"
