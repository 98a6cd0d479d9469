"""Densities from the command line: what is written is what ``--sparsity`` takes, and bad input is one line."""

import re
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl.testing import flagsaver
from flax import linen as nn

from experiments import densities
from experiments.harness.command_line import run
from eyeriss_jax.layers.densities import read_densities

pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "densities.py"


def model():
    """A factory for ``jax:``: a model with its variables and a batch of data."""
    data = jnp.asarray(np.eye(4, dtype=np.float32))
    dense = nn.Dense(3, name="fc")
    return dense.bind(dense.init(jax.random.key(0), data)), data


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["densities", f"--output_dir={tmp_path / 'out'}", *arguments])
        monkeypatch.delitem(sys.modules, "config_config", raising=False)
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(densities.main, default_config=CONFIG)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_a_model_on_data_and_a_checkpoint(call, tmp_path):
    code, out, _ = call(f"--network=jax:{__name__}:model")
    assert code == 0
    assert "25 %" in out
    assert not re.search(r"\de[-+]\d", out)  # a small correlation is written as the others are
    (layer,) = read_densities(tmp_path / "out" / "densities.json").layers.values()
    assert layer.iact == (0.25,) * 4
    np.savez(tmp_path / "model.npz", **{"fc/kernel": np.array([[1.0, 0.0], [0.0, 0.0]])})
    assert call(f"--checkpoint={tmp_path / 'model.npz'}")[0] == 0
    assert read_densities(tmp_path / "out" / "densities.json").layers["fc"].weight == (0.5, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing is named that has values; give --network=jax:package.module:factory, or --checkpoint"),
        (("--network=alexnet",), "network 'alexnet' has no values"),
        (("--checkpoint=absent.npz",), "No such file"),
        (("--checkpoint=model.pkl",), "must end in .npz or .msgpack"),
        (("--network=jax:tests.layers.importers.factories:ready",), "returned a Network, which has no values"),
        (("--network=jax:tests.layers.importers.factories:fixed", "--bits=99"), "bits = 99 must be"),
        (("--network=jax:tests.layers.importers.factories:fixed",), "shapes where arrays are needed"),
    ],
)
def test_bad_input_is_one_line(call, arguments, message):
    code, out, err = call(*arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
