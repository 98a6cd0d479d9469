"""Eyeriss v2: the sparse, two-lane PEs on the hierarchical mesh, as placed and routed for JETCAS 2019."""

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import EYERISS_V2_65NM
from eyeriss_jax.hardware.quantities import BITS_PER_KB, Types
from eyeriss_jax.hardware.sparse_pe import SparsePe

V2_BITS = Types(iact=8, weight=8, psum=20)
"""Word widths of Eyeriss v2, uncompressed, in bits."""

V2_SPAD_WORDS = Types(iact=16, weight=192, psum=32)
"""SPad words of the v2 PE, uncompressed."""

V2_GLB_BITS = Types(iact=3 * 1.5 * BITS_PER_KB, weight=0, psum=4 * 1.875 * BITS_PER_KB)
"""GLB of one cluster: 3 iact banks of 1.5 kB and 4 psum banks of 1.875 kB, in bits."""

WINDOW_CYCLES = 9.0
"""Cycles that a compressed window takes beside its MACs and psums. Fitted: on the published rate of dense AlexNet."""

V2_SPARSE_PE = SparsePe(
    weight_columns=16,
    weight_pairs=192,
    iact_pairs=16,
    pair_bits=12,
    address_bits=7,
    iact_noc_pairs_per_cycle=6,
    weight_noc_pairs_per_cycle=2,
    psum_fifo=8,
    window_cycles=WINDOW_CYCLES,
)
"""The sparse PE: 16 weight columns in 96 words of two 12-bit pairs, 16 iact pairs, ports of two pairs per beat."""


def eyeriss_v2() -> Accelerator:
    """192 PEs in 8x2 clusters of 3x4, two MACs per PE and cycle, 192 kB GLB, hierarchical mesh.

    ``noc_words_per_cycle`` are raw 8-bit values; a compressed port beat carries two (value, count) pairs instead of
    three values.
    """
    return Accelerator(
        name="eyeriss_v2",
        description="Eyeriss v2 (JETCAS 2019): 8x2 clusters of 3x4 sparse PEs, 2 MACs each, hierarchical mesh, 8 b",
        cluster_rows=8,
        cluster_cols=2,
        pe_rows=3,
        pe_cols=4,
        lanes=2,
        spad_words=V2_SPAD_WORDS,
        word_bits=V2_BITS,
        oact_bits=8,
        glb_bits=V2_GLB_BITS,
        oacts_bypass_glb=True,
        noc="mesh",
        noc_words_per_cycle=Types(iact=9, weight=3, psum=2),
        overlap=("iact", "psum"),
        chained_axes=("pe_rows",),
        psum_chain_cycles=1,
        pass_ramp_cycles=7,
        gates_zero_iacts=True,
        sparse_pe=V2_SPARSE_PE,
        clock_hz=200e6,
        energy=EYERISS_V2_65NM,
        sources={
            "cluster_rows": "JETCAS 2019 [P]: 8x2 clusters",
            "cluster_cols": "JETCAS 2019 [P]: 8x2 clusters",
            "pe_rows": "JETCAS 2019 [P]: 3x4 PEs per cluster",
            "pe_cols": "JETCAS 2019 [P]: 3x4 PEs per cluster",
            "lanes": "JETCAS 2019 [P]: SIMD-2, one iact with two weights per cycle; 384 MACs in all [S]",
            "spad_words": "JETCAS 2019 [P]: iact data 16, weight data 96 words of 2 pairs, psum 32",
            "word_bits": "JETCAS 2019 [P]: 8 b iacts and weights, 20 b psums",
            "oact_bits": "JETCAS 2019 [P]: outputs leave as 8 b",
            "glb_bits": "JETCAS 2019 [P]: per cluster 3 iact banks x 1.5 kB and 4 psum banks x 1.875 kB",
            "glb_shared_bits": "JETCAS 2019 [P]: every bank is dedicated to one data type",
            "glb_keeps": "JETCAS 2019 [P]: weights are not stored in the GLB; psums always are",
            "oacts_bypass_glb": "JETCAS 2019 [P]: finished outputs bypass the GLB",
            "glb_read_words_per_cycle": "JETCAS 2019 [P]: one bank per router port, so the ports limit and not the "
            "banks [D]",
            "glb_write_words_per_cycle": "JETCAS 2019 [P]: one bank per router port, so the ports limit and not the "
            "banks [D]",
            "noc": "JETCAS 2019 [P]: hierarchical mesh",
            "noc_words_per_cycle": "JETCAS 2019 [P]: 3 iact routers per cluster reach all its PEs, one weight "
            "router per PE row, one psum router per PE column; 24 b = 3 values of 8 b, 40 b = 2 psums of 20 b",
            "overlap": "derived [D]: as in the v1 chip, the weight SPad holds one pass only; with its loading exposed "
            "the published rates of v1.5 and v2 on MobileNet come closer",
            "chained_axes": "JETCAS 2019 [P]: psums enter a column at its bottom PE and leave it at its top PE",
            "reduce_axes": "JETCAS 2019 [P]: psums accumulate vertically only, in a cluster and across clusters",
            "psum_chain_cycles": "derived [D]: one cycle per psum added to the neighbour's reproduces the published "
            "v1.5 MobileNet rate; the chain itself is JETCAS 2019 [P]",
            "sends_windows_ahead": "chosen [D]: yes; the published rates are met without further waiting",
            "pass_ramp_cycles": "JETCAS 2019 [P]: 7-stage PE pipeline; chosen [D]: a pass pays its whole depth once",
            "gates_zero_iacts": "JETCAS 2019 [P]: zero iacts are skipped; in the uncompressed mode they are "
            "gated as in v1 [D]",
            "sparse_pe": "JETCAS 2019 [P]: iact SPad of 16 pairs of 12 b, 16 weight columns (7-bit addresses) of 96 "
            "words of 2 pairs, 24-bit ports of 2 pairs per cycle, uncompressed mode for low sparsity; a queue of 8 "
            "psums between neighbours is not published and chosen [D]",
            "dram_read_bits_per_cycle": "JETCAS 2019 [P]: external bandwidth is not limited in the headline results",
            "dram_write_bits_per_cycle": "JETCAS 2019 [P]: external bandwidth is not limited in the headline results",
            "dram_total_bits_per_cycle": "JETCAS 2019 [P]: external bandwidth is not limited in the headline results",
            "clock_hz": "200 MHz (BoooC [S]); with 384 MACs it gives the stated peak of 153.6 GOPS [S]",
            "dataflow": "arXiv 1807.07928v1 Fig 10 [PF]: row stationary plus",
            "energy": "eyeriss_65nm: ratios of ISCA 2016 Table IV [P], scaled to 8/8/20 b [D]; scale and clock fitted "
            "on two layers of dense AlexNet on v2 (JETCAS 2019 [P])",
        },
    )
