"""The compilation cache in a process of its own: it is filled, and JAX's own setting wins."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import jax
from experiments.harness.compilation_cache import enable_compilation_cache
enable_compilation_cache()
jax.jit(lambda x: x + 1)(1.0)
print(jax.config.jax_compilation_cache_dir)
"""


def folder_used(tmp_path, **environment):
    """The cache folder of a fresh process that compiles one function."""
    base = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    environment = {
        **base,
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path),
        **environment,
    }
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True)
    assert done.stderr == ""
    return Path(done.stdout.strip())


def test_programs_land_in_the_users_cache_folder(tmp_path):
    folder = folder_used(tmp_path)
    assert folder == tmp_path / "eyeriss_jax"
    assert list(folder.iterdir())


def test_jaxs_own_setting_wins(tmp_path):
    assert folder_used(tmp_path, JAX_COMPILATION_CACHE_DIR=str(tmp_path / "mine")) == tmp_path / "mine"
    assert list((tmp_path / "mine").iterdir())
