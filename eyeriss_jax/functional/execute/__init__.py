"""Execution: the words of a layer move through the machine and the MACs are done on real numbers."""

from eyeriss_jax.functional.execute.arithmetic import Overflow
from eyeriss_jax.functional.execute.conv import FunctionalResult, run
from eyeriss_jax.functional.execute.execution import Execution, execute
from eyeriss_jax.functional.execute.machine import Tensor
from eyeriss_jax.functional.execute.sizes import common_sizes
from eyeriss_jax.functional.execute.transposed import (
    TransposedConv,
    part_of,
    places_of,
    run_transposed,
    stuff_zeros,
    stuffed_size,
    transposed_conv2d,
)

__all__ = [
    "Execution",
    "FunctionalResult",
    "Overflow",
    "Tensor",
    "TransposedConv",
    "common_sizes",
    "execute",
    "part_of",
    "places_of",
    "run",
    "run_transposed",
    "stuff_zeros",
    "stuffed_size",
    "transposed_conv2d",
]
