"""The same mapping on real numbers: every value moves through the machine and every count is measured.

``run`` executes one layer, ``count`` only counts; the Flax drop-ins are in :mod:`eyeriss_jax.functional.flax_conv`, the
networks on chip in :mod:`eyeriss_jax.functional.noc`.
"""

from eyeriss_jax.functional.accounting import EYERISS, Accounting
from eyeriss_jax.functional.conv import FunctionalResult, run
from eyeriss_jax.functional.counts import Counts, Reuse, Words, reuse_factors
from eyeriss_jax.functional.default_mapping import default_mapping
from eyeriss_jax.functional.plan import Plan, count
from eyeriss_jax.functional.transposed import run_transposed, stuff_zeros, transposed_conv2d

__all__ = [
    "EYERISS",
    "Accounting",
    "Counts",
    "FunctionalResult",
    "Plan",
    "Reuse",
    "Words",
    "count",
    "default_mapping",
    "reuse_factors",
    "run",
    "run_transposed",
    "stuff_zeros",
    "transposed_conv2d",
]
