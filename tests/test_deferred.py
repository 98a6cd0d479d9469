"""Names that are imported on first use: all there, and none of them imported where a sweep starts."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("eyeriss_jax", "eyeriss_jax.layers", "eyeriss_jax.layers.importers", "eyeriss_jax.report")
ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("package", [*PACKAGES, "eyeriss_jax.report.sweep"])
def test_every_name_is_there(package):
    module = importlib.import_module(package)
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_other_names_are_not():
    with pytest.raises(AttributeError, match=r"'eyeriss_jax\.report' has no attribute 'plot'"):
        _ = importlib.import_module("eyeriss_jax.report").plot


def test_a_sweep_starts_without_what_draws_and_reads_files_of_others():
    program = "import sys, experiments.sweep; print(*{'matplotlib', 'bokeh', 'onnx', 'pyarrow'} & set(sys.modules))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []
