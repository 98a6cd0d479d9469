"""A generic Eyeriss-like machine, the one that analytical tools are compared on."""

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import TIMELOOP_E168
from eyeriss_jax.hardware.presets.eyeriss_v1 import V1_SPAD_WORDS
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.hardware.timeloop_machine import timeloop_machine

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

    Its SPad limit of 2 words per cycle never binds at one MAC per cycle and is left out.

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
    return timeloop_machine(
        "architecture of the Timeloop reference cases [D]",
        name="timeloop_e168",
        description=f"Timeloop reference machine: {pe_y}x{pe_x} PEs, shared GLB, ideal network, {WORD_BITS} b",
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
        dram_read_bits_per_cycle=dram_words_per_cycle * WORD_BITS,
        dram_write_bits_per_cycle=dram_words_per_cycle * WORD_BITS,
        energy=TIMELOOP_E168,
        sources={"clock_hz": "not given; chosen [D]: 200 MHz as for the Eyeriss chips, without effect on cycles"},
    )
