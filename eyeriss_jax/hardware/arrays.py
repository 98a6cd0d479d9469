"""The accelerator as a pytree of scalars: the form the laws take."""

from typing import Any

from flax import struct

from eyeriss_jax.dims import PerType
from eyeriss_jax.hardware.energy import EnergyArrays
from eyeriss_jax.hardware.sparse_pe import SparsePeArrays


class AcceleratorArrays(struct.PyTreeNode):
    """An accelerator as scalars, the form the laws take.

    Booleans are 0 or 1; bandwidths may be infinite. Fields and units are those of
    :class:`eyeriss_jax.hardware.accelerator.Accelerator`; ``glb_keeps`` and ``overlap`` hold a 0 or 1 per data
    type, ``reduces`` and ``chained`` one per physical axis, ``noc_is_mesh`` is 1 for the hierarchical mesh and 0 for
    the flat bus.
    """

    cluster_rows: Any
    cluster_cols: Any
    pe_rows: Any
    pe_cols: Any
    lanes: Any
    spad_words: PerType
    word_bits: PerType
    oact_bits: Any
    glb_bits: PerType
    glb_shared_bits: Any
    glb_keeps: PerType
    oacts_bypass_glb: Any
    glb_read_words_per_cycle: Any
    glb_write_words_per_cycle: Any
    noc_is_mesh: Any
    noc_words_per_cycle: PerType
    overlap: PerType
    reduces: dict[str, Any]
    chained: dict[str, Any]
    psum_chain_cycles: Any
    pass_ramp_cycles: Any
    sends_windows_ahead: Any
    dram_read_bits_per_cycle: Any
    dram_write_bits_per_cycle: Any
    dram_total_bits_per_cycle: Any
    clock_hz: Any
    gates_zero_iacts: Any
    sparse_pe: SparsePeArrays
    energy: EnergyArrays
