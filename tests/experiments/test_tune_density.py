"""The experiment that tunes densities: a small network from training to the array, kept parts, and bad input."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from absl.testing import flagsaver

from experiments import tune_density
from experiments.digits import load_digits
from experiments.harness.command_line import run
from eyeriss_jax.errors import SpecError

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "tune_density_digits.py"
SMALL = (
    "--config.widths=(4,8,8,16)", "--config.epochs=8", "--config.fine_tune_epochs=3", "--config.images=12",
    "--config.steps=30", "--config.rounds=1", "--config.budgets=(0.2,)", "--config.measured_at=(0.05,0.2,0.5,1.0)",
)  # fmt: skip


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(
            sys, "argv", ["tune_density", f"--output_dir={tmp_path}", "--nocompilation_cache", *arguments]
        )
        monkeypatch.delitem(sys.modules, "config_config", raising=False)
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(tune_density.main, default_config=CONFIG)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_the_images_are_split_without_overlap_or_loss():
    digits = load_digits(0)
    assert [len(part.labels) for part in digits] == [1078, 359, 360]
    pixels = np.concatenate([part.pixels for part in digits])
    assert pixels.shape == (1797, 8, 8, 1)
    assert (pixels.min(), pixels.max()) == (0, 1)
    other = np.concatenate([part.pixels for part in load_digits(1)])
    assert not np.array_equal(pixels, other)
    np.testing.assert_array_equal(np.sort(pixels.sum((1, 2, 3))), np.sort(other.sum((1, 2, 3))))


def test_images_that_are_not_there_are_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(SpecError, match=r"come with scikit-learn, which is not installed; pip install"):
        load_digits(0)


@pytest.mark.slow
def test_a_small_network_from_training_to_the_array(call, monkeypatch, tmp_path):
    code, out, err = call(*SMALL)
    assert code == 0, err
    assert "Pruned networks" in out
    summary = json.loads((tmp_path / "summary.json").read_text())
    (budget,) = summary["budgets"]
    for each in (summary["dense"], budget["uniform"], budget["hidden"], budget["tuned"]):
        # XLA and the functional model compute the same integers; biases are added in float32.
        assert each["logits_differ"] < 1e-4
        assert each["accelerator_accuracy"] == each["quantized_accuracy"]
        assert not each["overflowed"]
        for layer, density in each["densities"].items():
            assert each["measured_densities"][layer] <= density + 0.02
    for method in ("uniform", "hidden", "tuned"):
        assert budget[method]["proxy_loss"] <= 0.2
        assert budget[method]["energy"] <= summary["dense"]["energy"]
    assert budget["hidden"]["densities"]["conv1"] == budget["hidden"]["densities"]["fc2"] == 1
    assert budget["tuned"]["energy"] <= budget["uniform"]["energy"]
    assert summary["sensitivity_nats"]["increases"]["conv2"][-1] == 0
    assert (tmp_path / "tune_density.png").stat().st_size > 10_000

    monkeypatch.setattr(tune_density.TrainedDigits, "of", lambda *_: pytest.fail("trained again"))
    code, again, err = call(*SMALL)
    assert (code, again) == (0, out), err


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--accelerator=eyeriss_v1_5", "'eyeriss_v1_5' does not skip zero weights"),
        ("--config.objective=speed", "unknown objective 'speed'"),
        ("--config.budgets=()", "budgets = () must name positive numbers"),
        ("--config.budgets=(0.0,)", "must name positive numbers"),
        ("--config.budgets=('much',)", "budgets = ('much',) must be a list of numbers"),
        ("--config.budgets=(1e999,)", "must name positive numbers"),
        ("--config.widths=(4,4)", "must be four positive integers"),
        ("--config.measured_at=(0.5,0.2,1.0)", "must be two or more, rise, and end at 1"),
        ("--config.epochs=0", "epochs = 0 must be positive"),
        ("--config.images=0", "images = 0 must be positive"),
        ("--config.seed=-1", "seed = -1 must not be negative"),
    ],
)
def test_bad_input_is_one_clear_line(call, argument, message):
    code, out, err = call(argument)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize(
    "wrong",
    [{"accuracy": 7.0}, {"energy": -1.0}, {"measured_cycles": float("inf")}, {"densities": {"fc": 2}}, {"x": 1}],
)
def test_a_network_out_of_range_is_none_that_was_kept(wrong, attempts):
    attempts(1)
    numbers = dict.fromkeys(
        (
            "proxy_loss", "pruned_loss", "energy", "cycles", "measured_energy", "measured_cycles", "accuracy",
            "quantized_accuracy", "accelerator_accuracy", "logits_differ",
        ), 0.5,
    )  # fmt: skip
    network = numbers | {
        "method": "tuned", "budget": 0.1, "densities": {"fc": 0.5}, "measured_densities": {"fc": 0.5},
        "overflowed": False, "tiles": {},
    }  # fmt: skip
    part = {"networks": [network], "rounds": []}
    assert tune_density._part(part) is part
    with pytest.raises((ValueError, TypeError)):
        tune_density._part({"networks": [network | wrong], "rounds": []})
