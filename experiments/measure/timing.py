"""Seconds of a compiled program: compiling and running apart, as one run of a program says little.

CPU seconds beside those of the clock: they are of all cores together, and say the same on a machine with other work.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import jax


def timed(compiled: Callable[[], Callable[..., Any]], arguments: tuple[Any, ...], repeats: int) -> dict[str, float]:
    """Seconds to compile, and the median, fewest and most seconds of ``repeats`` runs after one that warms up.

    CPU seconds (``_cpu_s``) of this process: to compile, and the median of the runs.
    """
    start, spent = time.perf_counter(), time.process_time()
    program = compiled()
    compile_s, compile_cpu_s = time.perf_counter() - start, time.process_time() - spent
    seconds, busy = [], []
    for _ in range(repeats + 1):
        start, spent = time.perf_counter(), time.process_time()
        jax.block_until_ready(program(*arguments))
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - spent)
    runs = seconds[1:]
    return {
        "compile_s": compile_s,
        "compile_cpu_s": compile_cpu_s,
        "run_s_median": statistics.median(runs),
        "run_s_min": min(runs),
        "run_s_max": max(runs),
        "run_cpu_s_median": statistics.median(busy[1:]),
    }
