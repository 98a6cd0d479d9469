"""How soon the live explorer answers a move: random moves of all sliders, one after the other, without a browser."""

import random
import statistics
import time
from pathlib import Path
from typing import Any

from experiments.explorer.session import Session
from experiments.explorer.studio import Studio
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import network

NETWORK = "googlenet"
"""58 layers, about as many as a page is meant for."""


class _Asked:
    """What a session looks at of a command's configuration."""

    objective = "cycles"


def measure_moves(machine: str, moves: int) -> dict[str, float]:
    """Median and 95th percentile of the seconds, and of CPU-seconds, from a message to its answer.

    Every move changes one field of the machine by one stop or two, against a pinned design; mappings are those of the
    functional model's default, so that nothing is searched. Moves that are refused count too. ``moves``: how many.
    """
    base, workload = accelerator(machine), network(NETWORK)
    mappings = {layer.name: default_mapping(layer, base) for layer in workload.layers}
    studio = Studio(workload, base, mappings, Path(), _Asked())
    heard: list[dict[str, Any]] = []
    session = Session(studio, heard.append)
    name = session.begin()["set"]
    pin = {"changes": {}, "set": name}
    sliders = [each for each in studio.controls if each.numeric]
    draw, wall, cpu, scored = random.Random(0), [], [], 0
    for number in range(moves):
        control = draw.choice(sliders)
        at = control.stops.index(control.value) + draw.choice((-2, -1, 1, 2))
        stop = control.stops[min(max(at, 0), len(control.stops) - 1)]
        changes = {control.field: "unlimited" if stop == float("inf") else stop}
        began, worked = time.perf_counter(), time.process_time()
        session.receive({"do": "score", "number": number, "changes": changes, "set": name, "layer": 0, "pin": pin})
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
        scored += heard.pop()["say"] == "scored"
    return {
        "layers": len(workload.layers),
        "moves": moves,
        "moves_scored": scored,
        "answer_s_median": statistics.median(wall),
        "answer_s_p95": statistics.quantiles(wall, n=20)[-1],
        "answer_cpu_s_median": statistics.median(cpu),
        "answer_cpu_s_p95": statistics.quantiles(cpu, n=20)[-1],
    }
