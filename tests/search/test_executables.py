"""Executables on disk: found again, and only where they are what would be compiled today."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest

from eyeriss_jax.search import executables, kept
from eyeriss_jax.search.executables import Executable

ARGUMENTS = (np.arange(3, dtype=np.float32), {"offset": np.float32(2)})


def make(made_from="doubled"):
    return Executable(jax.jit(lambda x, y: {"sum": 2 * x + y["offset"]}), made_from, jax.local_devices()[:1])


def loads(arguments=ARGUMENTS, **changes):
    """Whether a process that comes later finds the executable."""
    executables._loaded.clear()
    return make(**changes).load(arguments, {"sum": 0})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A cache of its own with one executable, and nothing left of what this process has compiled."""
    use_folder(monkeypatch, tmp_path / "kept")
    monkeypatch.setattr(executables, "_loaded", type(executables._loaded)())
    make().compile(ARGUMENTS)
    return tmp_path / "kept"


def only(folder):
    (path,) = folder.iterdir()
    return path


def use_folder(monkeypatch, folder):
    for module in (executables, kept):
        monkeypatch.setattr(module, "kept_folder", lambda: folder)


def test_what_was_compiled_is_found_and_does_the_same():
    executables._loaded.clear()
    found = make()
    assert found.load(ARGUMENTS, {"sum": 0})
    assert found.is_ready
    np.testing.assert_array_equal(found(*ARGUMENTS)["sum"], [2, 4, 6])


def test_a_process_that_has_it_needs_no_disk(folder):
    only(folder).unlink()
    assert make().load(ARGUMENTS, {"sum": 0})


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "other"])
def test_a_damaged_file_is_not_used_but_overwritten(folder, damage):
    path = only(folder)
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[-10] ^= 1
    changed = {"truncate": data[:-1], "flip": data, "empty": b"", "other": b"something else"}[damage]
    path.write_bytes(changed)
    assert not loads()
    make().compile(ARGUMENTS)
    assert loads()


def test_a_file_that_jax_refuses_is_not_used(folder):
    only(folder).write_bytes(kept.sealed(b"no executable", kept._KIND))
    assert not loads()


def test_another_program_is_another_file():
    assert not loads(made_from="tripled")


def test_other_shapes_or_types_are_another_file():
    assert not loads((np.arange(4, dtype=np.float32), ARGUMENTS[1]))
    assert not loads((np.arange(3, dtype=np.int32), ARGUMENTS[1]))
    assert not loads((ARGUMENTS[0], {"offset": np.float32(2), "unused": np.float32(2)}))


def test_other_source_is_another_file(monkeypatch):
    monkeypatch.setattr(executables, "source_digest", lambda: "changed")
    assert not loads()


def test_another_processor_is_another_file(monkeypatch):
    monkeypatch.setattr(executables, "_processor", lambda: "another")
    assert not loads()


def test_other_flags_and_settings_are_another_file(monkeypatch):
    with jax.enable_x64(True):
        assert not loads()
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=1")
    assert not loads()


def test_a_file_that_others_can_write_is_not_used(folder):
    only(folder).chmod(0o620)
    assert not loads()
    only(folder).chmod(0o600)
    assert loads()
    folder.chmod(0o777)
    assert not loads()


def test_the_least_recently_used_go_first(folder, monkeypatch):
    monkeypatch.setattr(kept, "_MOST_FILES", 2)
    first = only(folder)
    make("second").compile(ARGUMENTS)
    assert loads()
    make("third").compile(ARGUMENTS)
    assert first.exists()
    assert not loads(made_from="second")
    assert loads(made_from="third")


def test_without_a_cache_nothing_is_written(folder, monkeypatch):
    use_folder(monkeypatch, None)
    make("second").compile(ARGUMENTS)
    assert len(list(folder.iterdir())) == 1
    assert not loads()


def test_a_disk_that_refuses_costs_nothing_but_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    use_folder(monkeypatch, tmp_path / "file")
    make("second").compile(ARGUMENTS)


ROOT = Path(__file__).resolve().parents[2]
PROCESS = """
import sys, jax, jax.numpy as jnp
from eyeriss_jax.search.executables import Executable, Request, compile_all, load_all
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
function = jax.jit(lambda x: jax.lax.fori_loop(0, 3, lambda _, y: jnp.sort(jnp.sin(y)) + 1, x))
requests = [Request(Executable(function, n, jax.local_devices()), (jnp.ones(5 + n),), 0) for n in range(2)]
print(load_all(requests))
compile_all(requests)
print([float(each.executable(*each.arguments)[0]) for each in requests])
assert jax.config.jax_persistent_cache_min_compile_time_secs == 0
"""


def test_beside_jaxs_own_cache(tmp_path):
    """What JAX has in its cache would, kept here, lack its code: a second process compiles, a third one loads."""
    cache = {"JAX_ENABLE_COMPILATION_CACHE": "true", "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "jax")}
    environment = os.environ | cache | {"PYTHONPATH": str(ROOT)}
    printed = []
    for number in range(3):
        command = [sys.executable, "-c", PROCESS]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout.splitlines())
        assert len(list((tmp_path / "jax" / "eyeriss_jax_kept").iterdir())) == 2
        if number == 0:
            shutil.rmtree(tmp_path / "jax" / "eyeriss_jax_kept")
    assert [loaded for loaded, _ in printed] == ["False", "False", "True"]
    assert printed[0][1] == printed[1][1] == printed[2][1]
