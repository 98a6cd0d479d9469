"""A flat accelerator as a Timeloop architecture (v0.4), with the levels that the mapping files written here name."""

from typing import Any

import yaml

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator

SPAD_NAMES: dict[str, str] = {"iact": "ifmap_spad", "weight": "weights_spad", "psum": "psum_spad"}
"""What the files written here call the SPad of each data type."""


def check_flat(accelerator: Accelerator) -> None:
    """Refuses machines that no architecture of Timeloop's is like.

    Raises:
        SpecError: it has clusters, several MACs per PE, or GLB banks for one data type; with the reason.
    """
    reasons = []
    if accelerator.clusters > 1:
        reasons.append("clusters, whose GLBs share data over a mesh")
    if accelerator.lanes > 1:
        reasons.append(f"{accelerator.lanes} MACs per PE")
    if accelerator.sparse_pe is not None:
        reasons.append("PEs for compressed data")
    if reasons:
        raise SpecError(
            f"{accelerator.name!r} has {', '.join(reasons)}: no Timeloop machine is like it, so nothing is written "
            "for Timeloop; map on a flat dense design, such as eyeriss_v1 or timeloop_e168"
        )


def architecture_yaml(accelerator: Accelerator) -> str:
    """``accelerator`` as an architecture file; limits of its network on chip and its ramps have no place in one.

    Raises:
        SpecError: as for :func:`check_flat`.
    """
    check_flat(accelerator)
    bits, cols, pes = accelerator.word_bits, accelerator.pe_cols, accelerator.pes
    kept = [bits[t] for t in accelerator.glb_keeps] or [bits.iact]
    room = accelerator.glb_shared_bits + sum(accelerator.glb_bits[t] for t in accelerator.glb_keeps)
    ports = {"read": accelerator.dram_read_bits_per_cycle, "write": accelerator.dram_write_bits_per_cycle}
    glb = {"read": accelerator.glb_read_words_per_cycle, "write": accelerator.glb_write_words_per_cycle}
    dram = _memory("DRAM", "DRAM", 0, int(bits.iact), {way: words / bits.iact for way, words in ports.items()})
    buffer = _memory("shared_glb", "smartbuffer_SRAM", int(room / max(kept)), int(max(kept)), glb)
    nothing = _memory("DummyBuffer", "regfile", 1, int(bits.psum), {})
    rows = _memory(f"PE_row[0..{accelerator.pe_rows - 1}]", "regfile", 1, int(bits.psum), {})
    rows["attributes"] |= {"meshX": 1}
    inside = [nothing] + [
        _memory(name, "smartbuffer_RF", int(accelerator.spad_words[t]), int(bits[t]), {})
        for t, name in SPAD_NAMES.items()
    ]
    inside.append({"name": "mac", "class": "intmac", "attributes": {"datawidth": int(bits.iact)}})
    for component in inside:
        component["attributes"] |= {"meshX": cols}
    array = {"name": f"PE[0..{pes - 1}]", "local": inside}
    chip = {"name": "chip", "local": [buffer, rows], "subtree": [array]}
    system = {
        "name": "system",
        "attributes": {"global_cycle_seconds": 1 / accelerator.clock_hz},
        "local": [dram],
        "subtree": [chip],
    }
    content = {"architecture": {"version": 0.4, "subtree": [system]}}
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=120)


def _memory(name: str, kind: str, words: int, bits: int, ports: dict[str, float]) -> dict[str, Any]:
    """A memory of ``words`` words of ``bits``; ``ports`` that do not limit are left out."""
    attributes: dict[str, Any] = {"width": bits, "datawidth": bits} | ({"depth": words} if words else {})
    attributes |= {f"{way}_bandwidth": words for way, words in ports.items() if words != float("inf")}
    return {"name": name, "class": kind, "attributes": attributes}
