"""A flat Eyeriss-like machine under Timeloop's conventions: what its reference machine and architecture files share.

One shared GLB, one array of PEs, and nothing between them that could limit: Timeloop takes the slowest level as the
latency, so nothing is exposed, chained or ramped, and networks on chip move any number of words per cycle.
"""

import math
from typing import Any

from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.quantities import Types

_CONVENTIONS: dict[str, Any] = {
    "cluster_rows": 1,
    "cluster_cols": 1,
    "noc": "bus",
    "noc_words_per_cycle": Types(iact=math.inf, weight=math.inf, psum=math.inf),
    "reduce_axes": AXES,
    "psum_chain_cycles": 0,
    "pass_ramp_cycles": 0,
}
_IMPLIED = ("dataflow", "overlap", "chained_axes", "sends_windows_ahead")
_FROM_THE_FILE = (
    "lanes", "glb_bits", "glb_shared_bits", "glb_keeps", "oacts_bypass_glb", "glb_read_words_per_cycle",
    "glb_write_words_per_cycle", "gates_zero_iacts", "sparse_pe", "dram_read_bits_per_cycle",
    "dram_write_bits_per_cycle", "pe_rows", "pe_cols", "spad_words", "word_bits", "oact_bits", "energy",
)  # fmt: skip


def timeloop_machine(case: str, *, sources: dict[str, str] | None = None, **fields: Any) -> Accelerator:
    """The machine with these ``fields`` of :class:`Accelerator`; the others are Timeloop's conventions.

    Args:
        case: where the fields come from, for ``sources``.
        sources: further citations by field.
        fields: sizes, widths, bandwidths and energies.

    Raises:
        SpecError: a value that no hardware has.
    """
    convention = "Timeloop's latency and network conventions [D]"
    cited = {
        **dict.fromkeys((*_CONVENTIONS, *_IMPLIED), convention),
        **dict.fromkeys(("cluster_rows", "cluster_cols", *_FROM_THE_FILE), case),
        "dram_total_bits_per_cycle": "Timeloop limits reads and writes separately [D]",
    }
    return Accelerator(**_CONVENTIONS, **fields, sources=cited | (sources or {}))
