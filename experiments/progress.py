"""Progress of long work: a bar on a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from eyeriss_jax.report.escape import one_line, terminal
from eyeriss_jax.report.units import duration, scaled

LayerProgress = Callable[[int, int, str], None]
"""Called with the number of layers done, their total, and the name of the layer at hand."""


@contextmanager
def layer_progress(what: str) -> Iterator[LayerProgress]:
    """Says on stderr ``what`` is being done, and on a terminal how far it has come."""
    console = terminal(stderr=True)
    console.print(what, soft_wrap=True)
    if not console.is_terminal:
        yield lambda done, total, name: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total, name: progress.update(task, completed=done, total=total, description=one_line(name))


class Overtime:
    """Says once, at the next layer, that something has taken longer than ``seconds``."""

    def __init__(self, seconds: float, words: str, clock: Callable[[], float] = time.monotonic) -> None:
        """The clock starts now."""
        self._end, self._words, self._clock = clock() + seconds, words, clock

    def watching(self, progress: LayerProgress) -> LayerProgress:
        """``progress`` that looks at the clock as well."""

        def look(done: int, total: int, name: str) -> None:
            progress(done, total, name)
            if self._words and done < total and self._clock() > self._end:
                print(f"{self._words} ({done} of {total} layers done)", file=sys.stderr, flush=True)
                self._words = ""

        return look


SweepProgress = Callable[[int, int], None]
"""Called with the number of designs and of evaluations done since the last call."""

LINE_SECONDS = 60.0
"""Without a terminal, a line this often."""


@contextmanager
def sweep_progress(designs: int, done: int, clock: Callable[[], float] = time.monotonic) -> Iterator[SweepProgress]:
    """Shows how far a sweep of ``designs`` is, ``done`` of them earlier: rate and remaining time, on stderr."""
    console = terminal(stderr=True)
    started = latest = clock()
    now_done, evaluations = 0, 0

    def words() -> str:
        seconds = max(clock() - started, 1e-9)
        left = (designs - done - now_done) / max(now_done / seconds, 1e-9)
        percent = 100 * (done + now_done) / designs
        return (
            f"{done + now_done:,} of {designs:,} designs ({percent:.1f} %), {scaled(evaluations / seconds)} "
            f"evaluations/s, {duration(left) if now_done else 'unknown'} left"
        )

    if console.is_terminal:
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, TextColumn("{task.description}"), console=console, transient=True) as bar:
            task = bar.add_task("", total=designs, completed=done)

            def advance(new: int, evaluated: int) -> None:
                nonlocal now_done, evaluations
                now_done, evaluations = now_done + new, evaluations + evaluated
                rate = evaluations / max(clock() - started, 1e-9)
                bar.update(task, advance=new, description=f"{scaled(rate)} evaluations/s")

            yield advance
        return

    def log(new: int, evaluated: int) -> None:
        nonlocal now_done, evaluations, latest
        now_done, evaluations = now_done + new, evaluations + evaluated
        if clock() - latest >= LINE_SECONDS:
            latest = clock()
            console.print(words(), soft_wrap=True)

    yield log
