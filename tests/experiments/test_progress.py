"""Work that may outlast what it certifies says so."""

import time

from experiments.harness import Overtime, layer_progress
from experiments.harness import progress as module


def test_what_takes_longer_says_so_once(capfd):
    now = [0.0]
    heard = []
    progress = Overtime(10, "longer than the sweep", clock=lambda: now[0]).watching(lambda *told: heard.append(told))
    for done, at in ((0, 1.0), (1, 11.0), (2, 12.0), (3, 13.0)):
        now[0] = at
        progress(done, 3, f"layer {done}")
    assert capfd.readouterr().err == "longer than the sweep (1 of 3 layers done)\n"
    assert len(heard) == 4


def test_a_long_layer_is_heard_of_without_a_terminal(capfd, monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0.01, 0.1))
    with layer_progress("mapping 2 layers") as progress:
        progress(1, 2, "FC6")
        time.sleep(0.2)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "mapping 2 layers"
    assert len(lines) == 3
    assert lines[-1].startswith("1 of 2 done, at FC6, ")  # the first may come before it
    assert all(line.endswith(" so far") for line in lines[1:])


def test_the_first_layer_says_what_it_waits_for(capfd, monkeypatch):
    monkeypatch.setattr(module, "PAUSES", (0.05,) * 10)
    with layer_progress("mapping 2 layers", first="for which XLA compiles") as progress:
        progress(0, 2, "CONV1")
        time.sleep(0.3)
        progress(1, 2, "CONV2")
        time.sleep(0.3)
    lines = capfd.readouterr().err.splitlines()
    assert any(line.startswith("0 of 2 done, at CONV1, for which XLA compiles, ") for line in lines)
    assert any(line.startswith("1 of 2 done, at CONV2, ") and "XLA" not in line for line in lines)


def test_short_work_says_only_what_it_does(capfd):
    with layer_progress("mapping 1 layer"):
        pass
    assert capfd.readouterr().err == "mapping 1 layer\n"


def test_work_that_is_mostly_short_is_silent_for_two_seconds(capfd, monkeypatch):
    monkeypatch.setattr(module, "UNANNOUNCED", 0.2)
    with layer_progress("writing the report", announced=False):
        pass
    assert capfd.readouterr().err == ""
    with layer_progress("writing the report", announced=False):
        time.sleep(0.5)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("writing the report: ")
