"""The six designs of ISCA 2016: 256 PEs of equal area, whose storage is split as each dataflow needs it.

Area (section VI-A): a design may spend what 256 RFs of 512 B and a GLB of 128 kB take. A small memory takes more area
per byte, so the less RF a dataflow has, the more storage it has in all (section VII). All of them are meant for the
conventions ``isca16``.
"""

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import ISCA16
from eyeriss_jax.hardware.quantities import BITS_PER_KB, Types

PES: int = 256
_BITS = 16
_UNLIMITED = Types(iact=float("inf"), weight=float("inf"), psum=float("inf"))

# Per dataflow: words of RF per PE that hold operands, kB of GLB, what the GLB keeps.
_SPLITS: dict[str, tuple[Types, float, tuple[str, ...]]] = {
    "rs_isca16": (Types(iact=12, weight=224, psum=20), 128.2, ("iact", "psum")),
    "ws": (Types(iact=0, weight=1, psum=0), 334.7, ("psum",)),
    "os_a": (Types(iact=0, weight=0, psum=1), 244.0, ("iact", "weight")),
    "os_b": (Types(iact=0, weight=0, psum=1), 304.0, ("iact", "weight")),
    "os_c": (Types(iact=0, weight=0, psum=1), 334.7, ("iact", "weight")),
    "nlr": (Types(iact=0, weight=0, psum=0), 338.8, ("iact", "weight", "psum")),
}

ISCA16_DATAFLOWS: tuple[str, ...] = tuple(_SPLITS)
"""The dataflows that the paper compares; :func:`isca16` builds the design of each."""


def isca16(dataflow: str) -> Accelerator:
    """The design with 256 PEs for ``dataflow``, one of :data:`ISCA16_DATAFLOWS`.

    Raises:
        SpecError: no such dataflow.
    """
    checks.known_name("isca16", dataflow, ISCA16_DATAFLOWS)
    rf_words, glb_kb, keeps = _SPLITS[dataflow]
    unlimited = "ISCA 2016 [P]: energy and active PEs only; no bandwidth limits the comparison"
    return Accelerator(
        name=f"isca16_{dataflow.removesuffix('_isca16')}",
        description=f"ISCA 2016 comparison: {PES} PEs without a shape for {dataflow}, {glb_kb:g} kB GLB, 16 b",
        cluster_rows=1,
        cluster_cols=1,
        pe_rows=PES,
        pe_cols=1,
        spad_words=rf_words,
        word_bits=Types(iact=_BITS, weight=_BITS, psum=_BITS),
        oact_bits=_BITS,
        glb_bits=Types(iact=0, weight=0, psum=0),
        glb_shared_bits=int(glb_kb * BITS_PER_KB) // _BITS * _BITS,
        glb_keeps=keeps,
        noc="bus",
        noc_words_per_cycle=_UNLIMITED,
        reduce_axes=("pe_rows",),
        psum_chain_cycles=0,
        dataflow=dataflow,
        energy=ISCA16,
        sources={
            "cluster_rows": "ISCA 2016 [P]: one array",
            "cluster_cols": "ISCA 2016 [P]: one array",
            "pe_rows": "ISCA 2016, Figs 10 to 13 [PF]: 256 PEs; one axis, as the paper gives no shape, chosen [D]",
            "pe_cols": "chosen [D]: all PEs on one axis",
            "lanes": "ISCA 2016 [P]: one MAC per PE",
            "spad_words": "ISCA 2016, section VII [P]: the RF of a PE; how RS splits its 256 words is the mapping's, "
            "the ifmap delay lines of OS_A and OS_B are part of the array [D]",
            "word_bits": "ISCA 2016, Table IV [P]: 16 b",
            "oact_bits": "ISCA 2016, Table IV [P]: 16 b",
            "glb_bits": "chosen [D]: nothing is reserved for one data type",
            "glb_shared_bits": "ISCA 2016, section VII [P]: what the area of 256 PEs leaves for the GLB",
            "glb_keeps": "derived [D] from the definitions of the dataflows in ISCA 2016, section IV",
            "oacts_bypass_glb": "derived [D] from Fig 10: CONV1 would hold all 3 channels in a PE if psums that need "
            "not come back took no room in the GLB",
            "glb_read_words_per_cycle": unlimited,
            "glb_write_words_per_cycle": unlimited,
            "noc": unlimited,
            "noc_words_per_cycle": unlimited,
            "overlap": unlimited,
            "reduce_axes": "ISCA 2016, section IV [P]: psums are added up over the PEs",
            "chained_axes": "chosen [D]: none, as the array has no shape",
            "psum_chain_cycles": unlimited,
            "pass_ramp_cycles": unlimited,
            "sends_windows_ahead": unlimited,
            "gates_zero_iacts": "ISCA 2016 [P]: sparsity is not used",
            "sparse_pe": "ISCA 2016 [P]: sparsity is not used",
            "dram_read_bits_per_cycle": unlimited,
            "dram_write_bits_per_cycle": unlimited,
            "dram_total_bits_per_cycle": unlimited,
            "clock_hz": "not published and not used; chosen [D]: the 200 MHz of the v1 chip",
            "dataflow": "ISCA 2016, sections IV and V [P]",
            "energy": "ISCA 2016, Table IV [P]",
        },
    )
