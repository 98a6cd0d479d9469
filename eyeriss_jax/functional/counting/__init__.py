"""Counts: every word that a mapping moves, counted while the nest is walked."""

from eyeriss_jax.functional.counting.accounting import EYERISS, Accounting
from eyeriss_jax.functional.counting.counters import Counter
from eyeriss_jax.functional.counting.counts import Counts, Reuse, Words, reuse_factors
from eyeriss_jax.functional.counting.plan import Plan, count

__all__ = [
    "EYERISS",
    "Accounting",
    "Counter",
    "Counts",
    "Plan",
    "Reuse",
    "Words",
    "count",
    "reuse_factors",
]
