"""From traffic to accesses: reads, fills and updates per level and data type, under the accounting conventions."""

from typing import Any

import jax.numpy as jnp

from eyeriss_jax.dims import Dims, PerType, product
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluation import Access
from eyeriss_jax.model.form import Form
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.model.traffic import ArrayTraffic, GlbTraffic
from eyeriss_jax.numerics import maximum, real


def _access(reads: Any = 0, fills: Any = 0, updates: Any = 0) -> Access:
    return Access(reads=real(reads), fills=real(fills), updates=real(updates))


def _refills(visits: Scalar, first: Scalar, conventions: Conventions) -> Scalar:
    """Psum words that come back: those of all visits but the first, whose zeros come too unless they are elided."""
    if conventions.elide_zero:
        return maximum(0.0, visits - first)  # float32 may round the one up and the other down
    return jnp.where(visits > first, visits, 0.0)


def spad_accesses(
    dims: Dims,
    traffic: ArrayTraffic,
    form: Form,
    macs: Scalar,
    conventions: Conventions,
    *,
    at_least: bool | Scalar = False,
) -> PerType:
    """Accesses of the SPads, all PEs added up: one read per operand and MAC, one psum update per MAC.

    What ``form`` skips or gates is not read. A compressed PE fetches a nonzero iact once and takes it through the
    whole column of weights that it meets (JETCAS 2019, section IV), whatever the convention for raw words.

    The first psum of a visit needs no read. A refilled psum enters at the end of the chain, or, with
    ``refill_to_pes``, fills every SPad of its reduction group and is read there. Without ``elide_zero`` every MAC
    reads. Where a visit saves its first read and pays for no drain, more visits mean fewer reads, so with
    ``at_least`` (``traffic`` is a lower bound) only 0 is sure.
    """
    once_per_tile = product(dims[d].extent for d in "GNCEFRS") * dims.M.pes.count
    raw_reads = macs if conventions.register_reread else once_per_tile
    iact_reads = jnp.where(form.compressed > 0, once_per_tile, raw_reads) * form.fetched
    updates = macs * form.effectual
    refills = _refills(traffic.psum_pe_visits, traffic.psum_pe_first, conventions)
    fresh = traffic.psum_pe_first if conventions.refill_to_pes else traffic.psum_pe_visits
    fresh = fresh if conventions.elide_zero else 0.0
    drains = traffic.psum_pe_visits if conventions.charge_drain else 0.0
    reads = maximum(updates - fresh, 0.0) + drains
    if conventions.visits_save_reads:
        reads = jnp.where(at_least, 0.0, reads)
    return PerType(
        iact=_access(iact_reads, traffic.iact_fills),
        weight=_access(macs * form.weights_read, traffic.weight_fills),
        psum=_access(reads, refills if conventions.refill_to_pes else 0.0, updates),
    )


def noc_words(traffic: ArrayTraffic) -> PerType:
    """Words that arrive at PEs; for psums the words that leave a PE for its neighbour or the GLB."""
    return PerType(iact=traffic.iact_fills, weight=traffic.weight_fills, psum=traffic.psum_pe_visits)


def mesh_hops(traffic: ArrayTraffic, accelerator: AcceleratorArrays) -> PerType:
    """Words over the links between clusters; none on a bus.

    What several clusters need enters at one of them, and each of the others has it over a link from a neighbour; the
    feed of a further cluster row, which weights have, counts as a link. An interleaved multicast passes clusters that
    do not listen, over links that are not counted. For psums, what leaves a cluster for the next one of its reduction
    group.
    """
    return PerType.build(lambda data_type: accelerator.noc_is_mesh * getattr(traffic, f"{data_type}_links"))


def glb_accesses(
    traffic: ArrayTraffic, glb: GlbTraffic, oacts: Scalar, accelerator: AcceleratorArrays, conventions: Conventions
) -> PerType:
    """Accesses of the GLB; zero for a data type that bypasses it.

    Where finished oacts bypass the GLB (``oacts_bypass_glb``), the last visit of each psum is not written and
    not drained.
    """
    keeps = accelerator.glb_keeps
    bypassed = accelerator.oacts_bypass_glb * oacts
    drains = maximum(0.0, glb.psum_visits - bypassed) if conventions.charge_drain else 0.0
    return PerType(
        iact=_access(keeps.iact * traffic.iact_reads, keeps.iact * glb.iact_fills),
        weight=_access(keeps.weight * traffic.weight_reads, keeps.weight * glb.weight_reads),
        psum=_access(
            keeps.psum * (_refills(traffic.psum_visits, oacts, conventions) + drains),
            keeps.psum * _refills(glb.psum_visits, oacts, conventions),
            keeps.psum * maximum(0.0, traffic.psum_visits - bypassed),
        ),
    )


def dram_accesses(
    traffic: ArrayTraffic, glb: GlbTraffic, oacts: Scalar, accelerator: AcceleratorArrays, conventions: Conventions
) -> PerType:
    """Words read from and written to DRAM. Unfinished psums that bypass the GLB go to DRAM and back."""
    keeps = accelerator.glb_keeps

    def via(kept: Any, through_glb: Scalar, directly: Scalar) -> Scalar:
        return kept * through_glb + (1 - kept) * directly

    visits = via(keeps.psum, glb.psum_visits, traffic.psum_visits)
    return PerType(
        iact=_access(via(keeps.iact, glb.iact_reads, traffic.iact_reads)),
        weight=_access(via(keeps.weight, glb.weight_reads, traffic.weight_reads)),
        psum=_access(reads=_refills(visits, oacts, conventions), updates=visits),
    )


def dram_bits(dram: PerType, oacts: Scalar, oact_bits: Scalar, accelerator: AcceleratorArrays) -> tuple[Scalar, Scalar]:
    """Bits read from and written to DRAM; finished oacts leave in their own, narrower width of ``oact_bits``."""
    bits = accelerator.word_bits
    read = dram.iact.reads * bits.iact + dram.weight.reads * bits.weight + dram.psum.reads * bits.psum
    written = maximum(0.0, dram.psum.updates - oacts) * bits.psum + oacts * oact_bits
    return read, written
