"""Eyeriss v1.5: the v1 PE on the hierarchical mesh of v2, so that only the network differs from v1."""

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import EYERISS_V1_65NM
from eyeriss_jax.hardware.presets.eyeriss_v1 import V1_PE_SOURCES, V1_SPAD_WORDS
from eyeriss_jax.hardware.presets.eyeriss_v2 import eyeriss_v2


def eyeriss_v1_5() -> Accelerator:
    """Eyeriss v2 with v1's dense, one-lane PE: 192 PEs, 192 MACs.

    JETCAS 2019 defines v1.5 as v1 with the hierarchical mesh, and v2 as v1.5 with the sparse PE and SIMD.
    """
    v2 = eyeriss_v2()
    return v2.replace(
        name="eyeriss_v1_5",
        description="Eyeriss v1.5 (JETCAS 2019): 8x2 clusters of 3x4 dense v1 PEs, hierarchical mesh, 8 b",
        lanes=1,
        spad_words=V1_SPAD_WORDS,
        pass_ramp_cycles=3,
        sparse_pe=None,
        energy=EYERISS_V1_65NM,
        sources={
            **v2.sources,
            "lanes": "JETCAS 2019 [P]: dense PE without SIMD; 192 MACs [M]",
            "spad_words": "JETCAS 2019 [P]: v1's PE, with the 12, 224 and 24 words of JSSC 2017 [P] kept at 8 b [D]",
            **{name: V1_PE_SOURCES[name] for name in ("pass_ramp_cycles", "gates_zero_iacts", "sparse_pe")},
        },
    )
