"""The same jobs for all mappers, in turns: each in a process of its own, so that a first answer has all that it costs.

CPU seconds are of a mapper's process and of those that it starts, from its beginning; those of the clock are beside
them. Of ours there are two processes, with an empty folder for compiled programs and with what the first one left.
"""

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from experiments.measure.beside.tools import TOOLS, Installed
from experiments.measure.beside.worker import Job
from eyeriss_jax.errors import SpecError

_ROOT = Path(__file__).resolve().parents[3]
_OURS = "experiments.measure.beside.ours"

EMPTY, KEPT = "eyeriss_jax", "eyeriss_jax, programs kept"
"""What our two processes are called."""


class Contestant(NamedTuple):
    """Who answers: ``python`` runs the module ``worker``."""

    name: str
    python: str
    worker: str


class Answer(NamedTuple):
    """``energy_delay``: of the best mapping found. ``cpu_s``, ``wall_s``: what the answer took."""

    energy_delay: float
    cpu_s: float
    wall_s: float


def contestants(tools: Sequence[Installed]) -> list[Contestant]:
    """Ours twice, then the others."""
    ours = [Contestant(name, sys.executable, _OURS) for name in (EMPTY, KEPT)]
    return [*ours, *(Contestant(tool.name, tool.python, TOOLS[tool.name].worker) for tool in tools)]


def side_by_side(
    job: Job, everyone: Sequence[Contestant], repeats: int, limit_s: float, at: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """What everyone needs for ``job``, by name: ``first_*`` from the start of a process, ``again_*`` in it afterwards.

    Args:
        job: the layer and the machine.
        everyone: who is asked, in turns.
        repeats: how often a process is asked again; the median counts.
        limit_s: seconds of the clock for one answer; who takes longer is stopped, and its figures are None.
        at: is told who is at work.

    Raises:
        SpecError: a mapper ended without an answer; the message has the last line that it wrote.
    """
    with tempfile.TemporaryDirectory() as folder:
        workers: dict[str, _Worker] = {}
        try:
            first: dict[str, Answer | None] = {}
            again: dict[str, list[Answer | None]] = {each.name: [] for each in everyone}
            for each in everyone:
                at(each.name)
                workers[each.name] = _Worker(each, Path(folder))
                first[each.name] = workers[each.name].ask(job, limit_s)
            for _ in range(repeats):
                for name, worker in workers.items():
                    if worker.answers:
                        at(name)
                        again[name].append(worker.ask(job, limit_s))
        finally:
            for worker in workers.values():
                worker.stop()
    return {each.name: _figures(first[each.name], again[each.name]) for each in everyone}


def _figures(first: Answer | None, again: Sequence[Answer | None]) -> dict[str, Any]:
    later = [answer for answer in again if answer is not None]
    return {
        "energy_delay": first and first.energy_delay,
        "first_cpu_s": first and first.cpu_s,
        "first_s": first and first.wall_s,
        "again_cpu_s": statistics.median(answer.cpu_s for answer in later) if later else None,
        "again_s": statistics.median(answer.wall_s for answer in later) if later else None,
    }


class _Worker:
    """A mapper's process, in a folder of its own."""

    def __init__(self, contestant: Contestant, folder: Path) -> None:
        self.name, self.answers = contestant.name, True
        place = folder / contestant.name
        place.mkdir()
        environment = os.environ | {
            "PYTHONPATH": str(_ROOT),
            "JAX_ENABLE_COMPILATION_CACHE": "true",
            "JAX_COMPILATION_CACHE_DIR": str(folder / "programs"),
        }
        self._spent, self._begun = 0.0, time.perf_counter()
        self._messages = (place / "stderr").open("w+")
        self._process = subprocess.Popen(
            [contestant.python, "-m", contestant.worker], cwd=place, env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._messages, text=True, start_new_session=True,
        )  # fmt: skip

    def ask(self, job: Job, limit_s: float) -> Answer | None:
        """The answer, or None after ``limit_s``, when the process is stopped. The first one includes the start."""
        process = self._process
        asked = time.perf_counter() if self._spent else self._begun
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], limit_s)
            line = process.stdout.readline() if ready else None
        except BrokenPipeError:
            line = ""
        if line is None:
            self.stop()
            return None
        if not line:
            raise SpecError(f"{self.name} gave no answer for {job['layer']['name']}: {self._last_words()}")
        found = json.loads(line)
        answer = Answer(found["energy_delay"], found["cpu_s"] - self._spent, time.perf_counter() - asked)
        self._spent = found["cpu_s"]
        return answer

    def _last_words(self) -> str:
        self._process.wait()
        self._messages.seek(0)
        lines = self._messages.read().strip().splitlines()
        return lines[-1] if lines else f"it ended with code {self._process.returncode}"

    def stop(self) -> None:
        """Ends the process and what it started."""
        self.answers = False
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._messages):
            if file is not None:
                with suppress(BrokenPipeError):  # a job that nobody read
                    file.close()
