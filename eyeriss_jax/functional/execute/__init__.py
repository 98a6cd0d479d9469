"""Execution: the words of a layer move through the machine and the MACs are done on real numbers."""

from eyeriss_jax.functional.execute.arithmetic import Overflow
from eyeriss_jax.functional.execute.conv import FunctionalResult, run
from eyeriss_jax.functional.execute.execution import execute
from eyeriss_jax.functional.execute.transposed import run_transposed, stuff_zeros, stuffed_size, transposed_conv2d

__all__ = [
    "FunctionalResult",
    "Overflow",
    "execute",
    "run",
    "run_transposed",
    "stuff_zeros",
    "stuffed_size",
    "transposed_conv2d",
]
