"""Progress of long work: a bar on a terminal, lines elsewhere, ever rarer up to one a minute."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat

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


UNANNOUNCED = 2.0
"""Seconds that work may take without a word where nothing was said at its beginning."""

COMPILING = "for which XLA compiles the search"
"""What the first of several layers to map waits for, most of all where no compiled programs were kept."""

PAUSES = (5.0, 10.0, 20.0, 40.0)
"""Seconds between the first lines where there is no terminal; after them a line a minute."""


def pauses() -> Iterator[float]:
    """The seconds to let pass before each line."""
    return chain(PAUSES, repeat(60.0))


@contextmanager
def layer_progress(what: str, *, announced: bool = True, first: str = "") -> Iterator[LayerProgress]:
    """Says on stderr ``what`` is being done and how far it has come, also while one layer takes long.

    Without ``announced`` it says nothing for the first two seconds: for work that is mostly short, or that may yet find
    its input to be wrong. ``first``: why the first layer takes longer than others.
    """

    def at_hand(done: int, name: str) -> str:
        return one_line(f"{name}, {first}" if name and first and not done else name)

    console = terminal(stderr=True)
    if announced:
        console.print(one_line(what), soft_wrap=True)
    if not console.is_terminal:
        begun, at, ended = time.monotonic(), f"{one_line(what)}: ", threading.Event()

        def update(done: int, total: int, name: str) -> None:
            nonlocal at
            at = f"{done} of {total} done{f', at {at_hand(done, name)}' if name else ''}, "

        def beat() -> None:
            for pause in chain([] if announced else [UNANNOUNCED], pauses()):
                if ended.wait(pause):
                    return
                console.print(f"{at}{time.monotonic() - begun:.0f} s so far", soft_wrap=True, markup=False)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield update
        finally:
            ended.set()
            thread.join()
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)

        def draw(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=at_hand(done, name))

        yield draw


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


def time_left(designs: int, rate: float) -> str:
    """How long ``designs`` take at ``rate`` per second; those without a mapping are tried again when all are done."""
    if not designs:
        return "longer shortlists of mappings left"
    return f"{duration(designs / rate)} left" if rate else "unknown time left"


SweepProgress = Callable[[int, int], None]
"""Called with the number of designs and of evaluations done since the last call."""


@contextmanager
def sweep_progress(
    designs: int, done: int, whose: str = "", clock: Callable[[], float] = time.monotonic
) -> Iterator[SweepProgress]:
    """Shows how far a sweep of ``designs`` is, ``done`` of them earlier: rate and remaining time, on stderr.

    ``whose``: which share of a sweep by several processes these designs are.
    """
    console = terminal(stderr=True)
    started = latest = clock()
    waits = pauses()
    wait = next(waits)
    now_done, evaluations = 0, 0

    def words() -> str:
        seconds = max(clock() - started, 1e-9)
        left = designs - done - now_done
        percent = 100 * (done + now_done) / designs
        return (
            f"{whose}{done + now_done:,} of {designs:,} designs ({percent:.1f} %), {scaled(evaluations / seconds)} "
            f"evaluations/s, {time_left(left, now_done / seconds)}"
        )

    if console.is_terminal:
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(
            TextColumn(whose), *columns, TextColumn("{task.description}"), console=console, transient=True
        ) as bar:
            task = bar.add_task("", total=designs, completed=done)

            def advance(new: int, evaluated: int) -> None:
                nonlocal now_done, evaluations
                now_done, evaluations = now_done + new, evaluations + evaluated
                rate = evaluations / max(clock() - started, 1e-9)
                bar.update(task, advance=new, description=f"{scaled(rate)} evaluations/s")

            yield advance
        return

    def log(new: int, evaluated: int) -> None:
        nonlocal now_done, evaluations, latest, wait
        now_done, evaluations = now_done + new, evaluations + evaluated
        if clock() - latest >= wait:
            latest, wait = clock(), next(waits)
            console.print(words(), soft_wrap=True)

    yield log
