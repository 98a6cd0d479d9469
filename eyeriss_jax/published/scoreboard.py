"""The comparison: every claim with our figure, its error and the verdict."""

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.workbench import Workbench

Progress = Callable[[int, int, str], None]

# Sums of float64 that are equal on paper differ in their last bits.
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of the scoreboard: a claim and our figure for it."""

    topic: str
    claim: Claim
    ours: float

    @property
    def error(self) -> float:
        """:meth:`Claim.error` of our figure."""
        return self.claim.error(self.ours)

    @property
    def holds(self) -> bool:
        """Whether our figure lies within the tolerance."""
        return abs(self.error) <= self.claim.tolerance + _ROUNDING

    @property
    def verdict(self) -> str:
        """``holds`` or ``misses``; a remembered figure adds that it is soft."""
        return ("holds" if self.holds else "misses") + (" (soft)" if self.claim.soft else "")


def score(
    topics: dict[str, tuple[Claim, ...]],
    bench: Workbench | None = None,
    progress: Progress | None = None,
    *,
    workers: int = 1,
    known: Mapping[str, float] | None = None,
    keep: Callable[[str, float], None] | None = None,
) -> tuple[Entry, ...]:
    """Computes our figure of every claim.

    Args:
        topics: claims by topic.
        bench: where searches are kept; a new one by default.
        progress: called as ``progress(done, total, claim id)`` before each claim.
        workers: topics that are computed at the same time.
        known: our figures that an earlier run computed, by claim id; they are taken as they are.
        keep: called as ``keep(claim id, ours)`` after every finite figure that was computed, by one thread at a time.
    """
    known = known or {}
    bench = bench or Workbench()
    total, done = sum(map(len, topics.values())), 0
    lock, stopped = threading.Lock(), threading.Event()

    def entries_of(topic: str) -> list[Entry]:
        nonlocal done
        entries = []
        for claim in topics[topic]:
            if stopped.is_set():
                break
            with lock:
                if progress:
                    progress(done, total, claim.id)
                done += 1
            ours = known[claim.id] if claim.id in known else float(claim.ours(bench))
            if keep and claim.id not in known and math.isfinite(ours):
                with lock:
                    keep(claim.id, ours)
            entries.append(Entry(topic=topic, claim=claim, ours=ours))
        return entries

    pool = ThreadPoolExecutor(workers)
    try:
        return tuple(chain.from_iterable(pool.map(entries_of, topics)))
    finally:
        stopped.set()  # after an error or an interrupt, no topic goes on with its next figure
        pool.shutdown(wait=False)  # and nobody waits for the figures at hand


def surprises(entries: Iterable[Entry]) -> list[str]:
    """Entries whose explanation does not fit their verdict: a miss without a reason, or a reason without a miss."""
    return [
        f"{entry.claim.id} {entry.verdict} but has {'an' if entry.claim.explanation else 'no'} explanation"
        for entry in entries
        if entry.holds == bool(entry.claim.explanation)
    ]
