"""Eyeriss v1 in the scaling study of JETCAS 2019: one flat array behind buses that do not grow with it."""

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import DENSE_KGATES_PER_PE, eyeriss_65nm
from eyeriss_jax.hardware.presets.eyeriss_v1 import eyeriss_v1_192
from eyeriss_jax.hardware.presets.eyeriss_v2 import V2_GLB_BITS, V2_SPAD_WORDS
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
        spad_words=V2_SPAD_WORDS,
        glb_shared_bits=GLB_BITS_PER_PE * base.pes,
        noc_words_per_cycle=Types(iact=3, weight=1, psum=2),
        overlap=("iact",),
        dataflow="rs_r1",
        energy=eyeriss_65nm(f"EYERISS_65NM_{base.pes}", base.word_bits, DENSE_KGATES_PER_PE * base.pes, NO_LINKS_MM),
        sources={
            **base.sources,
            **SCALING_SOURCES,
            "pe_rows": array,
            "pe_cols": array,
            "glb_shared_bits": "not published; chosen [D]: the total of the scaled v2 array with as many PEs (12 kB "
            "per 16 PEs), shared by iacts and psums as in the v1 chip",
            "noc_words_per_cycle": "1 weight per cycle at any array size is fitted on the published AlexNet speed-ups; "
            "3 iacts and 2 psums are derived [D]: one port of v2 (JETCAS 2019 [P]: 24 and 40 b), as in the 192-PE "
            "baseline of the same paper",
            "dataflow": "JETCAS 2019 [P]: row stationary, channel groups on the array; sets on other filters as in the "
            "v1 chip (JSSC 2017 [P]). That channels meet in the GLB and that PE tiles divide C and M is fitted on the "
            "published speed-ups of GoogLeNet and AlexNet",
            "overlap": "weights are waited for as in the v1 chip [D]; that psums are, in both directions, and iacts "
            "are not is fitted on the published speed-ups",
        },
    )
