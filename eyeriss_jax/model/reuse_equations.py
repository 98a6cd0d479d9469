"""Accesses by the equations of ISCA 2016, section VI-B: one reuse factor per level, and nothing counted twice.

With a, b, c, d the reuse factors of a word at DRAM, GLB, array and RF, input data cost (equation 3)

    a E(DRAM) + a b E(GLB) + a b c E(array) + a b c d E(RF)

so a read of each level and no write into the next, and psums cost (equation 4)

    (2a - 1) E(DRAM) + 2a (b - 1) E(GLB) + a b (c - 1) E(array) + 2 a b c (d - 1) E(RF)

In the traffic law's terms a b is a psum's visits to the array, a b c its visits to single PEs and a b c d its MACs.

PEs that get one iact at the same time and hold different rows of a filter work on different output rows then. Their
psums are added up along a row of PEs only, and those of the rows meet in the GLB: a visit each (Fig 12: WS).
"""

import jax.numpy as jnp

from eyeriss_jax.dims import Dims, PerType
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.model.evaluation import Access
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.model.traffic import ArrayTraffic
from eyeriss_jax.numerics import positive_part, real


def equation_accesses(
    traffic: ArrayTraffic,
    dims: Dims,
    macs: Scalar,
    oacts: Scalar,
    accelerator: AcceleratorArrays,
    *,
    at_least: bool | Scalar = False,
) -> tuple[PerType, PerType, PerType]:
    """Accesses of the RFs, words over the array and accesses of the GLB."""
    filter_rows = dims.R.places(dims.R.first)
    traffic = traffic._replace(psum_visits=traffic.psum_visits * filter_rows)
    return (
        rf_accesses(traffic, macs, accelerator.spad_words, at_least=at_least),
        array_words(traffic, accelerator.spad_words),
        glb_accesses(traffic, oacts, accelerator.glb_keeps),
    )


def rf_accesses(traffic: ArrayTraffic, macs: Scalar, rf_words: PerType, *, at_least: bool | Scalar = False) -> PerType:
    """Accesses of the RFs: a b c d per input word and 2 a b c (d - 1) per psum, none for a type without words there.

    More visits save RF accesses, so with ``at_least`` (``traffic`` is a lower bound) only 0 is sure for psums.
    """
    accumulations = jnp.where(at_least, 0.0, macs - traffic.psum_pe_visits)
    held = PerType(iact=macs, weight=macs, psum=accumulations)

    def access(data_type: str) -> Access:
        words = jnp.where(rf_words[data_type] > 0, held[data_type], 0.0)
        return Access(reads=words, fills=real(0), updates=words if data_type == "psum" else real(0))

    return PerType.build(access)


def array_words(traffic: ArrayTraffic, rf_words: PerType) -> PerType:
    """Words over the array: a b c per input word, and a b (c - 1) per psum, whose last stop is the GLB.

    A PE without RF takes its weight from the GLB itself: NLR spends array energy on iacts and psums only (Fig 12).
    """
    hops = positive_part(traffic.psum_pe_visits - traffic.psum_visits)
    has_rf = rf_words.iact + rf_words.weight + rf_words.psum > 0
    return PerType(iact=traffic.iact_fills, weight=jnp.where(has_rf, traffic.weight_fills, 0.0), psum=hops)


def glb_accesses(traffic: ArrayTraffic, oacts: Scalar, keeps: PerType) -> PerType:
    """Accesses of the GLB: a b per input word, 2a (b - 1) per psum."""

    def access(words: Scalar, updates: Scalar | float = 0.0) -> Access:
        return Access(reads=words, fills=real(0), updates=real(updates))

    again = keeps.psum * (traffic.psum_visits - oacts)
    return PerType(
        iact=access(keeps.iact * traffic.iact_reads),
        weight=access(keeps.weight * traffic.weight_reads),
        psum=access(again, again),
    )
