"""Run-length coding of feature maps between the Eyeriss v1 chip and its DRAM (JSSC 2017).

A pair holds a run of up to 31 zeros (5 b) and the value that ends it (16 b); a 64-bit word holds three pairs. Every
row of a feature map starts a new word, so that a strip of rows can be addressed.
"""

from functools import cache

import numpy as np

from eyeriss_jax.errors import SpecError

LONGEST_RUN: int = 31
"""Zeros that a 5-bit run can hold."""

PAIRS_PER_WORD: int = 3
"""Pairs of 21 b in one 64-bit word."""

WORD_BITS: int = 64
"""Width of the DRAM link."""


@cache
def coded_bits(row: int, density: float) -> float:
    """Expected bits of a coded row of ``row`` values, each nonzero with probability ``density`` on its own.

    Zeros behind the last nonzero value cost nothing: the decoder knows the length of a row.

    Raises:
        SpecError: a row without values, or a density outside [0, 1].
    """
    if row < 1 or not 0 <= density <= 1:
        raise SpecError(f"run-length code: a row of {row} values at density {density} is none; give 1 or more, 0 to 1")
    chance = np.zeros((row + 1, LONGEST_RUN + 1))  # of [pairs written, zeros since the last one]
    chance[0, 0] = 1.0
    for _ in range(row):
        after = np.zeros_like(chance)
        after[:, 1:] = chance[:, :-1] * (1 - density)
        after[1:, 0] = chance[:-1].sum(1) * density
        after[1:, 0] += chance[:-1, -1] * (1 - density)  # a full run ends with a zero as its value
        chance = after
    words = np.ceil(np.arange(row + 1) / PAIRS_PER_WORD)
    return float(WORD_BITS * (words @ chance.sum(1)))
