"""What an execution carries from pass to pass, and the rows of the schedule as the device sees them."""

from typing import Any, NamedTuple

import jax
import numpy as np

Tensor = jax.Array | np.ndarray
"""A tensor on the host or on the device."""


class Moved(NamedTuple):
    """Words that a block really moved, per PE [P] (P = O·R) or per reduction group [O]; int32."""

    iact: Any
    weight: Any
    psum_out: Any
    psum_back: Any


class State(NamedTuple):
    """What all memories hold between passes. Z words of a GLB tile; 1 for a data type that bypasses the GLB.

    Attributes:
        glb_iact: [Z] iacts in the GLB, padding included.
        glb_weight: [Z] weights in the GLB.
        glb_psum: [Z] psums in the GLB.
        dram_psum: [G·N·M·E·F] psums in DRAM, at the end the outputs.
        spad_iact: [P, X] the iact stream of each PE's tile.
        spad_weight: [P, G, M, K] the weights of each PE's tile.
        spad_psum: [P, Q, G, M] the psums of each PE's positions.
        back: [] bool: the psums of the visit under way have been in the psum store before.
        overflowed: [] bool: a psum left its width.
        moved: counters of this block.
    """

    glb_iact: Any
    glb_weight: Any
    glb_psum: Any
    dram_psum: Any
    spad_iact: Any
    spad_weight: Any
    spad_psum: Any
    back: Any
    overflowed: Any
    moved: Moved


class DramRows(NamedTuple):
    """DRAM steps of a block; D of them. What each loads before its passes and stores after them.

    ``start``, ``size``: [D, 8]. ``first``, ``passes``: [D] its passes in the block. ``load_*``, ``reload_psum``,
    ``store_psum``: [D] bool. ``rows``, ``columns``: [D, spans] bool: positions of the iact tile read from DRAM.
    ``shift``: [D] words by which the iacts in the GLB move on.
    """

    start: Any
    size: Any
    first: Any
    passes: Any
    load_iact: Any
    load_weight: Any
    reload_psum: Any
    store_psum: Any
    rows: Any
    columns: Any
    shift: Any


class PassRows(NamedTuple):
    """Passes of a block; ``start``, ``size``: [P, 8] array tiles; the flags of the schedule: [P] bool."""

    start: Any
    size: Any
    fetch_iact: Any
    fetch_weight: Any
    psum_begin: Any
    psum_refill: Any
    psum_end: Any


class Dram(NamedTuple):
    """The read-only tensors in DRAM, flat."""

    iact: Any
    weight: Any
