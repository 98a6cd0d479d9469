"""How long a sweep takes to its first result, from the start of its process, without and with programs kept on disk.

The first result is the first line on stderr with a design and its metrics.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.harness import ENVIRONMENT
from eyeriss_jax.errors import SpecError

ROOT = Path(__file__).resolve().parents[2]

MARKS = {"first_result": "first result: ", "ready": "ready after "}
"""What the lines begin with that a sweep writes when its first result is known, and when everything is compiled."""


def measure_starts(repeats: int) -> dict[str, float]:
    """Seconds of ``python -m experiments.sweep`` as it comes: once with an empty cache, median of ``repeats`` after it.

    Raises:
        SpecError: the sweep ended without a first result.
    """
    with tempfile.TemporaryDirectory() as cache:
        cold = _start(cache)
        cached = [_start(cache) for _ in range(repeats)]
    medians = {mark: statistics.median(each[mark] for each in cached) for mark in MARKS}
    return {f"{mark}_cold_s": cold[mark] for mark in MARKS} | {f"{mark}_cached_s": medians[mark] for mark in MARKS}


def _start(cache: str) -> dict[str, float]:
    """Starts a sweep and stops it when it is ready."""
    found: dict[str, float] = {}
    environment = os.environ | {"JAX_ENABLE_COMPILATION_CACHE": "true", "JAX_COMPILATION_CACHE_DIR": cache}
    environment.pop(ENVIRONMENT, None)  # flags from outside are the benchmark's, not the sweep's
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "experiments.sweep", f"--output_dir={folder}"]
        begun = time.perf_counter()
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            for line in process.stderr:
                found |= {
                    mark: time.perf_counter() - begun for mark, begins in MARKS.items() if line.startswith(begins)
                }
                if "ready" in found:
                    break
            process.kill()
    if found.keys() != MARKS.keys():
        raise SpecError("experiments.sweep ended before it was ready; run it alone to see why")
    return found
