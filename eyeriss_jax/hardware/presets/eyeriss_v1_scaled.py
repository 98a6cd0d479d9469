"""Eyeriss v1 in the scaling study of JETCAS 2019: one flat array behind buses that do not grow with it."""

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import DENSE_KGATES_PER_PE, eyeriss_65nm
from eyeriss_jax.hardware.presets.eyeriss_v1 import eyeriss_v1_192
from eyeriss_jax.hardware.presets.eyeriss_v2 import V2_GLB_BITS
from eyeriss_jax.hardware.presets.eyeriss_v2_scaled import CLUSTER_SIDE, SCALING_SOURCES
from eyeriss_jax.hardware.quantities import Types

NO_LINKS_MM: float = 0.0
"""A flat array is one cluster: no word hops from one to another."""

GLB_BITS_PER_PE: int = int(V2_GLB_BITS.total) // CLUSTER_SIDE**2
"""GLB bits per PE that give a scaled v1 array the total capacity of the scaled v2 array with as many PEs."""


def eyeriss_v1_scaled(rows: int, cols: int) -> Accelerator:
    """Dense Eyeriss v1 with ``rows`` x ``cols`` PEs; the study has 16x16, 32x32 and 128x128.

    Raises:
        SpecError: ``rows`` or ``cols`` is not a positive integer.
    """
    base = eyeriss_v1_192().replace(name="eyeriss_v1_scaled", pe_rows=rows, pe_cols=cols)
    array = "JETCAS 2019 [P]: flat arrays of 16x16, 32x32 and 128x128 PEs; other sizes [D]"
    return base.replace(
        name=f"eyeriss_v1_{rows}x{cols}",
        description=f"Eyeriss v1 scaled (JETCAS 2019): one {rows}x{cols} array of dense PEs, flat multicast buses, 8 b",
        glb_shared_bits=GLB_BITS_PER_PE * base.pes,
        noc_words_per_cycle=Types(iact=1, weight=1, psum=4),
        dataflow="rs_t1",
        energy=eyeriss_65nm(f"EYERISS_65NM_{base.pes}", base.word_bits, DENSE_KGATES_PER_PE * base.pes, NO_LINKS_MM),
        sources={
            **base.sources,
            **SCALING_SOURCES,
            "pe_rows": array,
            "pe_cols": array,
            "glb_shared_bits": "not published; chosen [D]: the total of the scaled v2 array with as many PEs (12 kB "
            "per 16 PEs), shared by iacts and psums as in the v1 chip",
            "noc_words_per_cycle": "derived [D] from the published AlexNet speed-ups: 1 weight per cycle at any "
            "array size; iacts 1 per cycle like the v1 chip's ifmap bus (JSSC 2017 [P]), on which MobileNet DW does "
            "not scale; psums not published, chosen [D]: the 4 per cycle of the v1 chip",
            "dataflow": "JETCAS 2019 [P]: row stationary; without sets of other filters is derived [D] from the "
            "published MobileNet speed-ups, more than twice as large as with them",
            "overlap": "not published; chosen [D]: none, as in the 192-PE baseline of the same paper",
        },
    )
