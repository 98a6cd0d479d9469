"""The compilation cache in a process of its own: it is filled, and JAX's own setting wins."""

import os
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import jax
from experiments.harness.compilation_cache import start_compilation_cache
start_compilation_cache(wanted=True)
jax.jit(lambda x: x + 1)(1.0)
print(jax.config.jax_compilation_cache_dir)
"""


def folder_used(tmp_path, **environment):
    """The cache folder of a fresh process that compiles one function."""
    done = compiled(tmp_path, **environment)
    assert done.stderr == ""
    return Path(done.stdout.strip())


def compiled(tmp_path, **environment):
    base = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    environment = {
        **base,
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(tmp_path),
        **environment,
    }
    command = [sys.executable, "-c", PROGRAM]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True)


def test_programs_land_in_the_users_cache_folder(tmp_path):
    folder = folder_used(tmp_path)
    assert folder == tmp_path / "eyeriss_jax"
    assert list(folder.iterdir())


def test_jaxs_own_setting_wins(tmp_path):
    assert folder_used(tmp_path, JAX_COMPILATION_CACHE_DIR=str(tmp_path / "mine")) == tmp_path / "mine"
    assert list((tmp_path / "mine").iterdir())


@pytest.mark.attack("races")
def test_without_a_private_folder_a_line_says_so_and_nothing_is_kept(tmp_path):
    (tmp_path / "eyeriss_jax").mkdir()
    (tmp_path / "eyeriss_jax").chmod(0o777)
    done = compiled(tmp_path)
    assert done.stderr == f"warning: no compilation cache: others may write {tmp_path}/eyeriss_jax (chmod go-w)\n"
    assert done.stdout == "None\n"
    assert not list((tmp_path / "eyeriss_jax").iterdir())


@pytest.mark.attack("races")
def test_nothing_that_is_read_back_is_unpickled():
    """Whoever plants a pickle in a folder would have it run; compiled programs are JAX's own files."""
    sources = [*(ROOT / "eyeriss_jax").rglob("*.py"), *(ROOT / "experiments").rglob("*.py")]
    assert len(sources) > 100
    loads = re.compile(
        r"\b(pickle|cPickle|dill|cloudpickle|joblib|shelve|marshal)\b|allow_pickle\s*=\s*True|yaml\.(unsafe_)?load"
    )
    assert [str(each) for each in sources if loads.search(code_of(each))] == []


def code_of(path):
    """A source without its comments and texts, in which the words may stand."""
    with path.open("rb") as file:
        kept = [each.string for each in tokenize.tokenize(file.readline) if each.type in (tokenize.NAME, tokenize.OP)]
    return " ".join(kept).replace(" . ", ".").replace(" = ", "=")


def test_switched_off_nothing_is_kept_of_the_checks_either(tmp_path):
    """Whether a GLB has room is found by a compiled program, before the output folder is made."""
    (tmp_path / "tiny.yaml").write_text("like: eyeriss_v2\nglb_bits: {psum: 1}\noacts_bypass_glb: false\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    environment |= {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-m", "experiments.eyexam", "--network=alexnet", "--accelerator=tiny.yaml"]
    for switch, kept in (("--nocompilation_cache", False), ("--compilation_cache", True)):
        done = subprocess.run(
            [*command, switch], capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120, check=False
        )
        assert (done.returncode, "glb_bits.psum = 1 is too small" in done.stderr) == (2, True)
        assert (tmp_path / "cache" / "eyeriss_jax").exists() == kept
