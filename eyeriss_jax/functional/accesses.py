"""From words that moved to accesses per level, under the accounting switches."""

from dataclasses import dataclass
from typing import NamedTuple

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.accounting import Accounting
from eyeriss_jax.functional.counts import Instances, Words
from eyeriss_jax.functional.places import Places
from eyeriss_jax.hardware.accelerator import Accelerator


@dataclass
class GlbTally:
    """Words between DRAM and the GLB so far, as if the GLB kept every data type.

    ``iact_fills`` include padding words, ``iact_reads`` do not. ``psum_visits``: words of each psum DRAM tile each time
    that it is in the GLB; ``psum_reloads``: those of them that had been there before.
    """

    iact_fills: int = 0
    iact_reads: int = 0
    weight_reads: int = 0
    psum_visits: int = 0
    psum_reloads: int = 0


class ArrayTally(NamedTuple):
    """Words that enter or leave the array over the whole layer.

    ``pes``, ``clusters``, ``sources``: per data type, arrays over places. ``port``: per data type, through the busiest
    port. ``refills``: psum words that come back; ``refills_pe``: the same at every PE of their reduction groups.
    """

    pes: PerType
    clusters: PerType
    sources: PerType
    port: PerType
    refills: int
    refills_pe: int


def _come_back(refills: int, visits: int, accounting: Accounting) -> int:
    """Psum words that come back, with the zeros of first visits where these are not elided."""
    return visits if refills and not accounting.elide_zero else refills


def spad_words(macs: int, windows: int, moved: ArrayTally, accounting: Accounting) -> PerType:
    """One read per operand and MAC and one update per MAC; the first psum of a visit needs no read."""
    visits = int(moved.pes.psum.sum())
    drains = visits if accounting.charge_drain else 0
    unread = visits - moved.refills_pe if accounting.refill_to_pes else visits
    unread = unread if accounting.elide_zero else 0
    refills = _come_back(moved.refills_pe, visits, accounting) if accounting.refill_to_pes else 0
    return PerType(
        iact=Words(reads=macs if accounting.register_reread else windows, fills=int(moved.pes.iact.sum())),
        weight=Words(reads=macs, fills=int(moved.pes.weight.sum())),
        psum=Words(reads=macs - unread + drains, fills=refills, updates=macs),
    )


def glb_words(glb: GlbTally, moved: ArrayTally, accelerator: Accelerator, accounting: Accounting) -> PerType:
    """GLB accesses. A psum word begins for the first time once and is finished once, which may bypass the GLB."""
    visits = int(moved.sources.psum.sum())
    past = visits - moved.refills if accelerator.oacts_bypass_glb else 0
    drains = glb.psum_visits - past if accounting.charge_drain else 0
    words = PerType(
        iact=Words(reads=int(moved.sources.iact.sum()), fills=glb.iact_fills),
        weight=Words(reads=int(moved.sources.weight.sum()), fills=glb.weight_reads),
        psum=Words(
            reads=_come_back(moved.refills, visits, accounting) + drains,
            fills=_come_back(glb.psum_reloads, glb.psum_visits, accounting),
            updates=visits - past,
        ),
    )
    return PerType.build(lambda t: words[t] if t in accelerator.glb_keeps else Words())


def dram_words(glb: GlbTally, moved: ArrayTally, accelerator: Accelerator, accounting: Accounting) -> PerType:
    """DRAM accesses: those of the GLB, or of the array itself for a data type that bypasses the GLB."""
    visits = int(moved.sources.psum.sum())
    kept = PerType(
        iact=Words(reads=glb.iact_reads),
        weight=Words(reads=glb.weight_reads),
        psum=Words(reads=_come_back(glb.psum_reloads, glb.psum_visits, accounting), updates=glb.psum_visits),
    )
    past = PerType(
        iact=Words(reads=int(moved.sources.iact.sum())),
        weight=Words(reads=int(moved.sources.weight.sum())),
        psum=Words(reads=_come_back(moved.refills, visits, accounting), updates=visits),
    )
    return PerType.build(lambda t: (kept if t in accelerator.glb_keeps else past)[t])


def instances(moved: ArrayTally, places: Places) -> Instances:
    """The words of the array's instances, in their places."""
    return Instances(
        spad_fills=PerType.build(lambda t: places.on_pes(moved.pes[t])),
        cluster_words=PerType.build(lambda t: places.on_clusters(moved.clusters[t])),
        source_reads=PerType.build(lambda t: places.on_clusters(moved.sources[t])),
    )
