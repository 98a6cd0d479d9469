"""CPU-seconds to the first answer in a fresh process, imports and all: with nothing kept, and with compiled programs.

``python -m experiments.measure.first_answers <network> [layer]`` is such a process: it prints what it took.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from eyeriss_jax.errors import SpecError

ROOT = Path(__file__).resolve().parents[2]

MACHINE = "eyeriss_v2"

ASKED: dict[str, tuple[str, ...]] = {
    "AlexNet CONV3": ("alexnet", "CONV3"),
    "MobileNet 0.5-128": ("mobilenet_v1_0.5_128",),
    "ResNet-50": ("resnet50",),
}
"""The answers that are timed, by name: the network, and of one layer only its name."""


def measure_answers(repeats: int) -> dict[str, dict[str, float]]:
    """By name the CPU-seconds with an empty cache, once, and the median of ``repeats`` with what that one kept.

    Raises:
        SpecError: a process ended without an answer.
    """
    found = {}
    for name, asked in ASKED.items():
        with tempfile.TemporaryDirectory() as cache:
            cold = _answer(asked, cache)
            kept = statistics.median(_answer(asked, cache) for _ in range(repeats))
        found[name] = {"cold_cpu_s": cold, "kept_cpu_s": kept}
    return found


def _answer(asked: tuple[str, ...], cache: str) -> float:
    environment = os.environ | {"JAX_ENABLE_COMPILATION_CACHE": "true", "JAX_COMPILATION_CACHE_DIR": cache}
    command = [sys.executable, "-m", "experiments.measure.first_answers", *asked]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    try:
        return float(done.stdout)
    except ValueError:
        raise SpecError(f"'{' '.join(command[1:])}' gave no answer; run it alone to see why") from None


def main() -> None:
    """Maps a network, or one layer of it, and prints the CPU-seconds since this process began."""
    import eyeriss_jax as ej

    name, *layers = sys.argv[1:]
    network, machine = ej.network(name), ej.accelerator(MACHINE)
    if layers:
        ej.map_layer(next(each for each in network.layers if each.name == layers[0]), machine)
    else:
        ej.map_network(network, machine)
    print(time.process_time())


if __name__ == "__main__":
    main()
