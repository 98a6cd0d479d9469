"""A generic Eyeriss-like machine, the one that analytical tools are compared on."""

import math

from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.energy import TIMELOOP_E168
from eyeriss_jax.hardware.presets.eyeriss_v1 import V1_SPAD_WORDS
from eyeriss_jax.hardware.quantities import Types

WORD_BITS: int = 16
"""Width of every word of the machine, in bits."""


def timeloop_e168(
    *,
    pe_x: int = 14,
    pe_y: int = 12,
    keeps: tuple[str, ...] = ("iact", "psum"),
    spad_words: Types = V1_SPAD_WORDS,
    glb_words: int = 65536,
    dram_words_per_cycle: float = 4.0,
    glb_words_per_cycle: float = 16.0,
) -> Accelerator:
    """The machine of the Timeloop reference cases: 14 x 12 PEs, one shared GLB, no network limits, 16-bit words.

    Timeloop takes the slowest level as the latency, so nothing is exposed, chained or ramped. Its SPad limit of 2
    words per cycle never binds at one MAC per cycle and is left out.

    Args:
        pe_x: PE columns (Timeloop's X).
        pe_y: PE rows (Timeloop's Y).
        keeps: Data types that the GLB stores.
        spad_words: SPad words per PE.
        glb_words: GLB words, shared by what it keeps.
        dram_words_per_cycle: DRAM words per cycle that can be read, and as many written.
        glb_words_per_cycle: GLB words per cycle that can be read, and as many written.

    Raises:
        SpecError: a value that no hardware has.
    """
    case = "architecture of the Timeloop reference cases [D]"
    convention = "Timeloop's latency and network conventions [D]"
    return Accelerator(
        name="timeloop_e168",
        description=f"Timeloop reference machine: {pe_y}x{pe_x} PEs, shared GLB, ideal network, {WORD_BITS} b",
        cluster_rows=1,
        cluster_cols=1,
        pe_rows=pe_y,
        pe_cols=pe_x,
        spad_words=spad_words,
        word_bits=Types(iact=WORD_BITS, weight=WORD_BITS, psum=WORD_BITS),
        oact_bits=WORD_BITS,
        glb_bits=Types(iact=0, weight=0, psum=0),
        glb_shared_bits=glb_words * WORD_BITS,
        glb_keeps=keeps,
        glb_read_words_per_cycle=glb_words_per_cycle,
        glb_write_words_per_cycle=glb_words_per_cycle,
        noc="bus",
        noc_words_per_cycle=Types(iact=math.inf, weight=math.inf, psum=math.inf),
        reduce_axes=AXES,
        psum_chain_cycles=0,
        pass_ramp_cycles=0,
        dram_read_bits_per_cycle=dram_words_per_cycle * WORD_BITS,
        dram_write_bits_per_cycle=dram_words_per_cycle * WORD_BITS,
        energy=TIMELOOP_E168,
        sources={
            "cluster_rows": case,
            "cluster_cols": case,
            "pe_rows": case,
            "pe_cols": case,
            "lanes": case,
            "spad_words": case,
            "word_bits": case,
            "oact_bits": case,
            "glb_bits": case,
            "glb_shared_bits": case,
            "glb_keeps": case,
            "oacts_bypass_glb": case,
            "dataflow": convention,
            "glb_read_words_per_cycle": case,
            "glb_write_words_per_cycle": case,
            "noc": convention,
            "noc_words_per_cycle": convention,
            "overlap": convention,
            "reduce_axes": convention,
            "psum_chain_cycles": convention,
            "chained_axes": convention,
            "pass_ramp_cycles": convention,
            "sends_windows_ahead": convention,
            "gates_zero_iacts": case,
            "sparse_pe": case,
            "dram_read_bits_per_cycle": case,
            "dram_write_bits_per_cycle": case,
            "dram_total_bits_per_cycle": "Timeloop limits reads and writes separately [D]",
            "clock_hz": "not given; chosen [D]: 200 MHz as for the Eyeriss chips, without effect on cycles",
            "energy": case,
        },
    )
