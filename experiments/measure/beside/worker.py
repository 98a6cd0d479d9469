"""What a mapper in a process of its own speaks: one job a line on stdin, one answer a line on stdout, both JSON.

A job is ``{"layer": ..., "machine": ...}`` as :mod:`experiments.measure.beside.jobs` makes it. An answer is the energy
x delay of the best mapping by the mapper's own accounting, and the CPU seconds that its process has used so far. Only
the standard library is used here: this runs in environments without the package's dependencies.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

Job = dict[str, Any]


def serve(best: Callable[[Job, Job], float]) -> None:
    """Answers jobs until stdin ends.

    Args:
        best: from a layer and a machine to the least energy x delay that the mapper finds.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    for line in sys.stdin:
        job = json.loads(line)
        found = best(job["layer"], job["machine"])
        print(json.dumps({"energy_delay": found, "cpu_s": _cpu_seconds()}), file=answers, flush=True)


def _cpu_seconds() -> float:
    """Of this process since its beginning, and of the processes that it started and that have ended."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)
