"""The sparse PE experiment: what it writes and prints on a small plane, and that bad input is one clear line."""

import json
import sys
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments import sparse_pe
from experiments.harness.command_line import OWNER, run
from experiments.measure.sparse_pe import MODELS

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "sparse_pe.py"
SMALL = ("--config.grid=4", "--config.M0=(8,16)", "--config.C0=(8,)", "--config.compared_densities=(0.6,)")


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["sparse_pe", f"--output_dir={tmp_path}", "--nocompilation_cache", *arguments])
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(sparse_pe.main, default_config=CONFIG)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


@pytest.mark.slow
def test_writes_figures_and_a_summary_and_prints_the_errors(call, tmp_path):
    code, out, err = call(*SMALL)
    assert code == 0
    assert err.startswith("the sparse PE over the plane of densities")
    names = {path.name for path in tmp_path.iterdir()}
    figures = {
        f"{stem}.{suffix}" for stem in ("plane", "designs", "array", "errors", "pipeline") for suffix in ("png", "svg")
    }
    assert names == figures | {OWNER, "summary.json"}
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["config"]["M0"] == [8, 16]
    assert len(summary["cases"]) == 4 + 5
    for kind, models in summary["closed_form_errors"].items():
        assert kind.split(",")[0] in out
        assert set(models) <= set(MODELS)
        best = models["channels" if "real" in kind else "uniform"]
        assert abs(best["worst"]) < 0.1, kind
    for case in summary["cases"]:
        assert sum(case["cycles_of_the_average_pe"].values()) == pytest.approx(case["simulated_cycles"], rel=1e-4)
    assert "compressed over raw" in out


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--config.lanes=(1,2)", "must include 192, lanes 2 and 3"),
        ("--config.grid=1", "grid = 1 must be at least 2"),
        ("--config.least_density=0.0", "least_density = 0.0 must lie between 0 and 1"),
        ("--config.compared_densities=(1.5,)", "must lie in [0, 1]"),
        ("--config.M0=(0,)", "M0 = (0,) must name positive numbers"),
        ("--config.fifo=3", "unknown config field 'fifo'"),
    ],
)
def test_bad_input_is_one_clear_line(call, argument, message):
    code, out, err = call(argument)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
