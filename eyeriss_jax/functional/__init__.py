"""The same mapping on real numbers: every value moves through the machine and every count is measured.

``run`` executes one layer, ``count`` only counts; the Flax drop-ins are in :mod:`eyeriss_jax.functional.flax.conv`, the
networks on chip in :mod:`eyeriss_jax.functional.noc`.
"""

from eyeriss_jax.functional.counting import EYERISS, Accounting, Counts, Plan, Reuse, Words, count, reuse_factors
from eyeriss_jax.functional.execute import FunctionalResult, run, run_transposed, stuff_zeros, transposed_conv2d
from eyeriss_jax.functional.nest import default_mapping

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
