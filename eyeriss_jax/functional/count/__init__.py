"""Counts: every word that a mapping moves, counted while the nest is walked."""

from eyeriss_jax.functional.count.accounting import EYERISS, Accounting
from eyeriss_jax.functional.count.counters import Counter
from eyeriss_jax.functional.count.counts import Counts, Reuse, Words, reuse_factors
from eyeriss_jax.functional.count.plan import Plan, count

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
