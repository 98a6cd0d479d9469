"""The tuning experiment: what it writes, that it goes on where it was, and that bad input is one line."""

import json
import re
import sys
from pathlib import Path

import pytest
from absl.testing import flagsaver

import eyeriss_jax as ej
from experiments import tune
from experiments.harness import Kept
from experiments.harness.command_line import run

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = """
from ml_collections import ConfigDict

def get_config():
    return ConfigDict(dict(
        mode="both", accelerator="eyeriss_v2", networks=("mobilenet_v1_0.5_128",), layers=("FC",), budget=3,
        axes={"cluster_rows": (4, 8), "noc_words_per_cycle": {"iact": (3, 9)}}, constraints={}, objective="edp",
        batch=1, seed=0,
    ))
"""


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr)."""
    config = tmp_path / "small.py"
    config.write_text(CONFIG)

    def call(*arguments):
        flags = [f"--output_dir={tmp_path / 'out'}", "--nocompilation_cache", *arguments]
        monkeypatch.setattr(sys, "argv", ["tune", *flags])
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(tune.main, default_config=Path(config))
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_hardware_ends_in_a_design_that_other_experiments_take(call, tmp_path):
    code, out, err = call()
    assert (code, "certified by the mapper" in out) == (0, True), err
    folder = tmp_path / "out"
    summary = json.loads((folder / "summary.json").read_text())
    design = ej.accelerator(str(folder / "design.yaml"))
    by_field = {row["field"]: row["tuned"] for row in summary["design"]}
    assert design.cluster_rows == by_field["cluster_rows"]
    assert design.noc_words_per_cycle.iact == by_field["noc_words_per_cycle.iact"]
    assert summary["designs_scored"] == 3
    assert summary["objective_unit"] == "pJ x cycles"
    assert (folder / "trajectory.png").stat().st_size > 5000


def test_an_interrupted_run_shows_its_best_before_it_goes_on(call, monkeypatch):
    """What was found is said at once, not after the next round, and the base is scored once."""
    round_of, rounds = tune.DesignTuner.round, []

    def once(self, budget):
        if rounds:
            raise KeyboardInterrupt
        rounds.append(1)
        round_of(self, budget)

    monkeypatch.setattr(tune.DesignTuner, "round", once)
    code, _, first = call()
    assert code == 130
    assert "1 of 3 designs: best edp" in first

    def none(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(tune.DesignTuner, "round", none)
    monkeypatch.setattr(tune.DesignProblem, "score_machine", none)
    code, _, second = call()
    assert code == 130
    assert next(line for line in second.splitlines() if "best edp" in line) in first


def test_a_second_run_goes_on_and_another_configuration_is_refused(call, tmp_path, monkeypatch):
    call()
    before = json.loads((tmp_path / "out" / "summary.json").read_text())
    monkeypatch.setattr(tune.DesignProblem, "score", None)  # nothing may be scored again
    code, _, _ = call()
    assert code == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["design"] == before["design"]
    code, _, err = call("--config.seed=1")
    assert code == 2
    assert "config.seed: 0 there, 1 now" in err
    assert "--restart" in err


def test_it_ends_when_every_design_is_scored(call, tmp_path):
    code, out, err = call("--config.budget=9", "--config.axes={'cluster_rows': (4, 8), 'psum_chain_cycles': (0.5,)}")
    assert (code, "every design that meets the constraints was scored (2)" in out) == (0, True), err
    assert "free in this model: psum_chain_cycles" in err
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["designs_scored"] == 2


def test_a_tuning_that_found_nothing_better_says_so(call):
    code, out, err = call("--config.budget=1", "--config.axes={'cluster_rows': (1, 2)}")
    assert (code, "nothing better than eyeriss_v2 was found: raise --config.budget" in out) == (0, True), err


def test_a_tuning_that_scored_every_design_does_not_ask_for_more(call):
    code, out, err = call("--config.budget=9", "--config.axes={'cluster_rows': (1, 2)}")
    assert (code, "nothing better than eyeriss_v2 was found: only other axes" in out) == (0, True), err
    assert "budget" not in out


def test_the_base_is_the_first_start(call, tmp_path):
    code, out, err = call("--config.budget=1", "--config.axes={'cluster_rows': (4, 8), 'lanes': (1, 2)}")
    assert (code, "eyeriss_v2 itself is the best design found: raise --config.budget" in out) == (0, True), err
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["times_base"] == 1


def test_a_base_that_breaks_a_constraint_is_said_first_and_compared_with_nothing(call, tmp_path):
    code, out, err = call("--config.budget=9", "--config.constraints={'clusters': {'at_most': 8}}")
    assert code == 0, err
    assert err.startswith("The base design eyeriss_v2 breaks a constraint: clusters is 16, 100.0 % above at_most 8")
    assert "eyeriss_v2 breaks a constraint: clusters is 16, 100.0 % above at_most 8. It is no choice" in out
    assert "nothing better" not in out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["base"]["broken_constraints"] == ["clusters is 16, 100.0 % above at_most 8"]


def test_what_a_design_achieves_can_be_a_constraint(call, tmp_path):
    """The fewer clusters are slower and win the EDP of no constraint only if they may be."""
    fast = "--config.constraints={'inferences_per_s': {'at_least': %g}}"
    axes = "--config.axes={'cluster_rows': (1, 8), 'lanes': (2,)}"
    code, out, err = call("--config.budget=9", axes, fast % 1e9)
    assert (code, "no design scored meets all constraints; the closest is shown: inferences_per_s is" in out) == (
        0,
        True,
    ), err
    assert "misses a constraint" in err
    assert "every design of these axes was scored (2): only other axes or values can meet all" in out
    assert "this is the best" not in out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert not summary["meets_constraints"]
    rate = re.search(r"inferences_per_s is ([\d,.]+), 100.0 % below at_least 1e\+09", out)
    least = re.search(r"loosen inferences_per_s: at_least 1e\+09 to ([\d,.]+) ", out)
    assert rate, out
    assert least, out
    bounds = [float(each[1].replace(",", "")) for each in (least, rate)]
    assert bounds[0] <= bounds[1] <= bounds[0] * 1.001
    assert "The base design eyeriss_v2 breaks a constraint: inferences_per_s is " in err
    assert {row["field"]: row["tuned"] for row in summary["design"]}["cluster_rows"] == 8


@pytest.mark.slow
def test_mappings_are_compared_with_the_certified_optimum(call, tmp_path):
    code, out, _ = call("--config.mode=mapping", "--config.budget=100000")  # too few for a descent
    assert (code, "of 1 layer within 1 %" in out) == (0, True)
    rows = json.loads((tmp_path / "out" / "summary.json").read_text())["mappings"]
    assert [row["layer"] for row in rows] == ["FC"]
    assert rows[0]["tuned"] >= rows[0]["optimum"]


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--config.mode=guess", "mode = 'guess' must be one of mapping, hardware, both"),
        ("--config.layers=('block3-PV',)", "layers: unknown name 'block3-PV'; did you mean 'block3-PW'?"),
        ("--config.layers=('FC', 'nosuch')", "layers: unknown name 'nosuch'"),
        ("--config.seed=-1", "seed = -1 must be at least 0"),
        ("--config.axes={'noc': ('mesh', 'bus')}", "axis noc: a gradient needs finite numbers"),
        ("--config.objective=speed", "unknown objective 'speed'"),
        ("--config.budget=0", "budget = 0 must be at least 1"),
        ("--config.axes.pe_rows=3.5", "pe_rows"),
        ("--config.constraints={'area_mm2': {'at_most': 0.1}}", "above at_most 0.1"),
    ],
)
def test_bad_input_is_one_line(call, flag, words):
    code, out, err = call(flag)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


FORGED = {
    "no values by name": lambda kept: [],
    "no designs": lambda kept: kept | {"scored": "x"},
    "another value of an axis": lambda kept: kept | {"scored": [kept["scored"][0] | {"digits": [9, 9]}]},
    "a loss that is not its mapping's": lambda kept: kept | {"scored": [kept["scored"][0] | {"loss": -50}]},
    "no mapping": lambda kept: kept | {"scored": [kept["scored"][0] | {"mappings": [{}]}]},
    "a base in words": lambda kept: kept | {"base": {"loss": "a", "missed": []}},
    "other random numbers": lambda kept: kept | {"random": {"a": 1}},
}


@pytest.mark.slow
@pytest.mark.attack("corruptions")
def test_a_wrong_payload_under_a_right_checksum_is_told_and_computed_again(call, tmp_path, attempts):
    attempts(len(FORGED))
    path = tmp_path / "out" / "tuning.json"
    code, right, _ = call()
    whole = json.loads(path.read_text())["kept"]
    for forge in FORGED.values():
        entry = whole["tuning"]
        Kept(path, {"tuning": entry | {"value": forge(entry["value"])}}).write()
        code, out, err = call()
        assert (code, out) == (0, right)
        assert err.count("tuning cannot be what was kept") == 1


@pytest.mark.parametrize("benchmark", [False, True])
def test_a_base_without_a_mapping_is_said_and_compared_with_nothing(call, tmp_path, benchmark, monkeypatch):
    """Its loss is infinite, which strict JSON does not have, and 0 times infinity is no comparison."""
    (tmp_path / "none.yaml").write_text("like: eyeriss_v2\nspad_words: {psum: 0}\nname: none\n")
    axes = "--config.axes={'spad_words': {'psum': (0, 32)}}"
    monkeypatch.setattr(tune, "mapping_table", lambda *_: None)
    flags = [f"--accelerator={tmp_path}/none.yaml", axes, *(["--benchmark"] if benchmark else [])]
    code, out, err = call("--config.budget=2", *flags)
    if benchmark:
        assert (code, "none, the base design, has no mapping for every layer, and --benchmark" in err) == (2, True)
        return
    assert code == 0, err
    assert "none, the base design, has no mapping for every layer: nothing is compared with it" in out
    assert "x the base design's" not in out + err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["base_objective"] is summary["times_base"] is summary["design"][0]["ratio"] is None
