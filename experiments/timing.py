"""Seconds of a compiled program: compiling and running apart, as one run of a program says little."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax


def timed(compiled: Callable[[], Callable[..., Any]], arguments: tuple[Any, ...], repeats: int) -> dict[str, float]:
    """Seconds to compile, and the median, fewest and most seconds of ``repeats`` runs after one that warms up."""
    start = time.perf_counter()
    program = compiled()
    compile_s = time.perf_counter() - start
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        jax.block_until_ready(program(*arguments))
        seconds.append(time.perf_counter() - start)
    runs = seconds[1:]
    return {
        "compile_s": compile_s,
        "run_s_median": statistics.median(runs),
        "run_s_min": min(runs),
        "run_s_max": max(runs),
    }
