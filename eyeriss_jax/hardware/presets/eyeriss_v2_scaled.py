"""Eyeriss v2 in the scaling study of JETCAS 2019: dense clusters of 4x4 PEs, from 16 to 16384 PEs and beyond."""

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import DENSE_KGATES_PER_PE, eyeriss_65nm
from eyeriss_jax.hardware.presets.eyeriss_v1 import V1_PE_SOURCES
from eyeriss_jax.hardware.presets.eyeriss_v1_5 import eyeriss_v1_5
from eyeriss_jax.hardware.presets.eyeriss_v2 import V2_SPAD_WORDS
from eyeriss_jax.hardware.quantities import Types

CLUSTER_SIDE: int = 4
"""PE rows, and PE columns, of one cluster in the scaling study."""

CLUSTER_MM: float = 0.93
"""Side of such a cluster of 16 dense PEs with 12 kB of GLB, in mm, by the area model [D]."""

SCALING_SOURCES: dict[str, str] = {
    "lanes": "JETCAS 2019 [P]: 1 MAC per cycle and PE, no sparsity",
    "spad_words": "JETCAS 2019 [P]: storage is scaled to one level; that both have the 16, 192 and 32 words of the v2 "
    "PE is fitted on the published MobileNet speed-ups, which v1's own 12 words make half as large again",
    "psum_chain_cycles": V1_PE_SOURCES["psum_chain_cycles"],
    "pass_ramp_cycles": V1_PE_SOURCES["pass_ramp_cycles"],
    "dram_read_bits_per_cycle": "JETCAS 2019 [P]: no off-chip bandwidth limit in the scaling study",
    "dram_write_bits_per_cycle": "JETCAS 2019 [P]: no off-chip bandwidth limit in the scaling study",
    "dram_total_bits_per_cycle": "JETCAS 2019 [P]: no off-chip bandwidth limit in the scaling study",
    "clock_hz": "not published; chosen [D]: 200 MHz as for v2, without effect on a speed-up",
}
"""Sources that the scaled v1 and v2 arrays have in common."""


def power_of_two_grid(clusters: int) -> tuple[int, int]:
    """The squarest grid (rows, columns) of powers of two with ``clusters`` places, rows >= columns.

    Raises:
        SpecError: ``clusters`` is not a power of two.
    """
    checks.integer("scaled array: clusters", clusters, least=1)
    exponent = clusters.bit_length() - 1
    if clusters != 1 << exponent:
        raise SpecError(
            f"scaled array: clusters = {clusters} must be a power of two; use {1 << exponent} "
            f"({CLUSTER_SIDE**2 << exponent} PEs) or {2 << exponent} ({CLUSTER_SIDE**2 << (exponent + 1)} PEs)."
        )
    return 1 << (exponent + 1) // 2, 1 << exponent // 2


def eyeriss_v2_scaled(clusters: int) -> Accelerator:
    """Dense Eyeriss v2 with ``clusters`` clusters of 4x4 PEs: 16 -> 256 PEs, 64 -> 1024, 1024 -> 16384.

    Raises:
        SpecError: ``clusters`` is not a power of two.
    """
    rows, cols = power_of_two_grid(clusters)
    base = eyeriss_v1_5()
    grid = "JETCAS 2019 [P]: 4x4, 8x8 and 32x32 clusters; other powers of two in the squarest grid [D]"
    side = "JETCAS 2019 [P]: clusters of 4x4 PEs"
    pes = clusters * CLUSTER_SIDE**2
    return base.replace(
        name=f"eyeriss_v2_{pes}",
        description=f"Eyeriss v2 scaled (JETCAS 2019): {rows}x{cols} clusters of 4x4 dense PEs, hierarchical mesh, 8 b",
        cluster_rows=rows,
        cluster_cols=cols,
        pe_rows=CLUSTER_SIDE,
        pe_cols=CLUSTER_SIDE,
        spad_words=V2_SPAD_WORDS,
        noc_words_per_cycle=Types(iact=4, weight=1, psum=1),
        overlap=("iact", "psum"),
        chained_axes=(),
        energy=eyeriss_65nm(f"EYERISS_65NM_{pes}", base.word_bits, DENSE_KGATES_PER_PE * pes, CLUSTER_MM),
        sources={
            **base.sources,
            **SCALING_SOURCES,
            "cluster_rows": grid,
            "cluster_cols": grid,
            "pe_rows": side,
            "pe_cols": side,
            "overlap": "derived [D]: as in v2 itself, whose published rates leave the loading of a pass's weights "
            "exposed",
            "chained_axes": "chosen [D]: the study's model is not known to keep psums on chains",
            "glb_bits": "not published; chosen [D]: v2's 12 kB per cluster, 4.5 kB iact and 7.5 kB psum",
            "noc_words_per_cycle": "derived [D] from the published AlexNet speed-up: 4 weight ports per cluster "
            "(one per PE row) of 1 weight per cycle; iact and psum widths not published, chosen [D] by the same rule: "
            "one word per port, with 4 iact ports per cluster (v2 too has as many as PE rows) and one psum port per PE "
            "column",
        },
    )
