"""Compiling for devices that are not there: what is said beforehand, what is counted, and a TPU where it can be."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import eyeriss_jax as ej
from experiments.measure import absent_devices as absent
from experiments.measure.compile_for import bytes_of_kernels, operations

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
from experiments.measure.absent_devices import KINDS, absent_devices
devices = absent_devices("tpu_v5e", 8)
import eyeriss_jax as ej
from experiments.measure.compile_for import figures, search_program
layer = ej.Layer.conv2d("conv", in_channels=24, out_channels=40, input_size=12, kernel=3)
print(json.dumps(figures(search_program(ej.accelerator("eyeriss_v2"), layer, 8, "tpu"), devices, KINDS["tpu_v5e"])))
"""

PROGRAM = """HloModule jit_f

%fused (p: f32[8,4]) -> f32[8] {
  %p = f32[8,4]{1,0} parameter(0)
  ROOT %r = f32[8]{0} reduce(%p), dimensions={1}, to_apply=%add
}

ENTRY %main (a: f32[8,4]) -> (f32[8], s32[8]) {
  %a = f32[8,4]{1,0:T(8,128)} parameter(0)
  %cast = f32[32]{0} bitcast(%a)
  %one = (f32[8]{0}, s32[8]{0}) fusion(%a, %cast), kind=kInput, calls=%fused
  %first = f32[8]{0} get-tuple-element(%one), index=0
  ROOT %two = f32[8]{0} fusion(%first), kind=kLoop, calls=%other
}
"""


def test_kernels_are_those_of_the_entry_that_compute():
    assert operations(PROGRAM) == (2, 0)
    assert operations(PROGRAM.replace("fusion(%first)", "while(%first)")) == (2, 1)


def test_bytes_are_those_of_arguments_and_results():
    one = (128 + 128) + (32 + 32)  # two names of the argument, two results
    assert bytes_of_kernels(PROGRAM) == one + 32 + 32


@pytest.mark.parametrize(
    ("name", "count", "words"),
    [("tpu_v9", 1, "choose one of h100, tpu_v5e"), ("h100", 1, "pip install 'jax"), ("tpu_v5e", 1, "eyeriss_jax")],
)
def test_what_cannot_be_compiled_for_is_said_in_one_line(name, count, words, monkeypatch):
    monkeypatch.setattr(absent, "find_spec", lambda module: None)
    with pytest.raises(ej.SpecError, match=words) as error:
        absent.absent_devices(name, count)
    assert "\n" not in str(error.value)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("libtpu") is None, reason="needs the extra [aot]")
def test_eight_v5e_chips_search_in_one_program():
    """In a process of its own, as the compiler reads its environment once."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "JAX_ENABLE_COMPILATION_CACHE": "false"}  # the time is compared
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["results_per_call"] == 8 * 64 * 16 * 36 * 64
    assert found["loops"] == 0  # nothing that the host steps
    assert found["share_of_memory"] < 0.05
    assert found["compile_cpu_s"] < 60
    assert min(found["results_per_s"], found["xla_results_per_s"]) > 8 * 5e9
