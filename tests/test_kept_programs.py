"""What the package compiles for a caller of its Python API is kept on disk, unless JAX was told otherwise."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from eyeriss_jax import kept_programs

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import jax
jax.jit(lambda x: x * 3)(1.0)  # a program of the caller's own, before: JAX looks for its folder then
from eyeriss_jax.compiling import compiled_in_stages
twice = compiled_in_stages(lambda x, *, in_stages: 2 * x)
assert jax.jit(lambda x: twice(x))(1.0) == 2 and jax.config.jax_compilation_cache_dir == BEFORE
assert twice(1.0) == 2
print(jax.config.jax_compilation_cache_dir)
"""


def _folder(tmp_path, said="", **environment):
    """The folder of a fresh process after it has called a program of the package, and what lies in it."""
    before = environment.get("JAX_COMPILATION_CACHE_DIR")
    base = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    environment = base | {
        "JAX_PLATFORMS": "cpu", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "PYTHONPATH": str(ROOT),
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1", "XDG_CACHE_HOME": str(tmp_path), **environment,
    }  # fmt: skip
    command = [sys.executable, "-c", PROGRAM.replace("BEFORE", repr(before))]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True)
    assert said in done.stderr and bool(said) == bool(done.stderr)
    return None if done.stdout == "None\n" else Path(done.stdout.strip())


def test_they_land_in_the_users_cache_folder(tmp_path):
    folder = _folder(tmp_path)
    assert folder is not None
    assert folder == tmp_path / "eyeriss_jax"
    assert list(folder.iterdir())


@pytest.mark.parametrize(
    ("variable", "value", "kept"),
    [("JAX_COMPILATION_CACHE_DIR", "mine", "mine"), ("JAX_ENABLE_COMPILATION_CACHE", "false", None)],
)
def test_jaxs_own_setting_wins(tmp_path, variable, value, kept):
    place = str(tmp_path / value) if kept else value
    assert _folder(tmp_path, **{variable: place}) == (tmp_path / kept if kept else None)
    assert not (tmp_path / "eyeriss_jax").exists()


@pytest.mark.parametrize("home", ["", None])
def test_without_a_home_in_the_environment_it_is_that_of_the_user(monkeypatch, home):
    """``HOME=`` would make it ``/.cache`` otherwise."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    assert kept_programs._folder() == Path(pwd.getpwuid(os.geteuid()).pw_dir, ".cache", "eyeriss_jax")


def test_without_a_private_folder_nothing_is_kept_and_a_warning_says_so(tmp_path):
    (tmp_path / "eyeriss_jax").mkdir()
    (tmp_path / "eyeriss_jax").chmod(0o777)
    said = (
        f"RuntimeWarning: eyeriss_jax keeps no compiled programs: others may write {tmp_path}/eyeriss_jax (chmod go-w)"
    )
    assert _folder(tmp_path, said=said) is None
    assert not list((tmp_path / "eyeriss_jax").iterdir())
