"""From words that moved to accesses of every SPad, GLB bank and the DRAM, under the accounting switches."""

from typing import Any, NamedTuple

import numpy as np

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.counting.accounting import Accounting
from eyeriss_jax.functional.counting.counts import BankedWords, Words
from eyeriss_jax.functional.counting.glb_counter import GlbTally
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.hardware.accelerator import Accelerator


class ArrayTally(NamedTuple):
    """Words that enter or leave the array over the whole layer; arrays over places in ``PLACE_ORDER``.

    ``macs``, ``windows``, ``pes``: per PE. ``clusters``: distinct words of each cluster. ``ports``, ``banks``: through
    each router port and from or to each GLB bank (iact: each cluster). ``refills``: psum words that come back per
    bank; ``refills_port``, ``refills_pe``: the same through each router port and at every PE of their reduction groups.
    """

    macs: Ints
    windows: Ints
    pes: PerType
    clusters: PerType
    ports: PerType
    banks: PerType
    refills: Ints
    refills_port: Ints
    refills_pe: Ints


def _come_back(refills: Ints, visits: Ints, accounting: Accounting) -> Ints:
    """Psum words that come back, with the zeros of first visits where these are not elided."""
    return visits if np.any(refills) and not accounting.elide_zero else refills


def _words(reads: Any = 0, fills: Any = 0, updates: Any = 0) -> BankedWords:
    """Words of arrays of one shape, of which some are 0."""
    return BankedWords(*np.broadcast_arrays(*(np.asarray(each, np.int64) for each in (reads, fills, updates))))


def spad_words(moved: ArrayTally, accounting: Accounting) -> PerType:
    """Per PE: one read per operand and MAC and one update per MAC; the first psum of a visit needs no read."""
    macs, visits = moved.macs, moved.pes.psum
    drains = visits if accounting.charge_drain else 0
    unread = visits - moved.refills_pe if accounting.refill_to_pes else visits
    unread = unread if accounting.elide_zero else 0
    refills = _come_back(moved.refills_pe, visits, accounting) if accounting.refill_to_pes else 0
    return PerType(
        iact=_words(macs if accounting.register_reread else moved.windows, moved.pes.iact),
        weight=_words(macs, moved.pes.weight),
        psum=_words(macs - unread + drains, refills, macs),
    )


def glb_words(glb: GlbTally, moved: ArrayTally, accelerator: Accelerator, accounting: Accounting) -> PerType:
    """Per GLB bank (iact: per cluster); 0 for a data type that bypasses the GLB.

    A psum word begins for the first time once and is finished once, which may bypass the GLB.
    """
    visits = moved.banks.psum
    past = visits - moved.refills if accelerator.oacts_bypass_glb else 0
    drains = glb.fills.psum - past if accounting.charge_drain else 0
    words = PerType(
        iact=_words(moved.banks.iact, glb.fills.iact),
        weight=_words(moved.banks.weight, glb.fills.weight),
        psum=_words(
            _come_back(moved.refills, visits, accounting) + drains,
            _come_back(glb.psum_reloads, glb.fills.psum, accounting),
            visits - past,
        ),
    )
    return PerType.build(lambda t: words[t] if t in accelerator.glb_keeps else _words(moved.banks[t] * 0))


def dram_words(glb: GlbTally, moved: ArrayTally, accelerator: Accelerator, accounting: Accounting) -> PerType:
    """DRAM accesses: those of the GLB, or of the array itself for a data type that bypasses the GLB."""
    fills, banks = glb.fills, moved.banks
    kept = PerType(
        iact=Words(reads=glb.iact_reads),
        weight=_words(fills.weight).total,
        psum=_words(reads=_come_back(glb.psum_reloads, fills.psum, accounting), updates=fills.psum).total,
    )
    past = PerType(
        iact=_words(banks.iact).total,
        weight=_words(banks.weight).total,
        psum=_words(reads=_come_back(moved.refills, banks.psum, accounting), updates=banks.psum).total,
    )
    return PerType.build(lambda t: (kept if t in accelerator.glb_keeps else past)[t])
