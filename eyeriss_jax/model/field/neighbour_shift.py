"""Reads of a block of outputs whose inputs pass from PE to PE (ShiDianNao, ISCA'15).

At the first tap all PEs of the block read their inputs. For every further tap of a row the inputs move one PE on, and
one column of PEs reads new ones; a further row of taps brings one row of PEs new inputs, and its further taps one
column again.
"""

from typing import Any

import jax

from eyeriss_jax.numerics import real


def shifted_reads(rows: Any, cols: Any, filter_rows: Any, filter_cols: Any) -> jax.Array:
    """Inputs that a block of ``rows`` x ``cols`` outputs reads from the buffer per channel; scalars, stride 1."""
    along = (filter_cols - 1.0) * real(rows)
    return real(rows) * cols + along + (filter_rows - 1.0) * (cols + along)
