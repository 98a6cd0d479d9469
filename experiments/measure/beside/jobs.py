"""What all mappers are asked: layers in extents, and one machine in the numbers that all of them can express."""

from collections.abc import Mapping
from typing import Any

from experiments.measure.beside.worker import Job
from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer

MACHINE = "timeloop_e168"
"""14 x 12 PEs of a MAC and three SPads, one GLB, DRAM, no network on chip and no ramp: a machine of all three tools."""


def jobs(layers: Mapping[str, Mapping[str, Any]]) -> dict[str, Job]:
    """A job per layer, by its name; ``layers`` has the fields of :class:`~eyeriss_jax.layers.Layer` that are not 1.

    Raises:
        SpecError: no layer, a field that no layer has, or groups.
    """
    if not layers:
        raise SpecError("config field beside_layers is empty; give a layer, such as {'matmul': {'N': 196, 'M': 256}}")
    return {name: {"layer": _layer(name, fields), "machine": machine()} for name, fields in layers.items()}


def _layer(name: str, fields: Mapping[str, Any]) -> Job:
    known = (*"NMCEFRS", "stride", "dilation")
    for field in fields:
        if field not in known:
            raise SpecError(f"config field beside_layers.{name}.{field}: a layer here has {', '.join(known)}")
    given: dict[str, Any] = {"M": 1, "C": 1, **fields}
    layer = Layer(name=name, **given)
    return {"name": name, **{field: getattr(layer, field) for field in known}}


def machine() -> Job:
    """:data:`MACHINE`: counts of PEs, words, energies per word and words per cycle that can be read, and written."""
    base = accelerator(MACHINE)
    energy, bits = base.energy, base.word_bits.iact
    return {
        "name": MACHINE,
        "pe_rows": base.pe_rows,
        "pe_cols": base.pe_cols,
        "word_bits": int(bits),
        "spad_words": {t: int(base.spad_words[t]) for t in TYPES},
        "glb_words": int(base.glb_shared_bits / bits),
        "glb_keeps": list(base.glb_keeps),
        "words_per_cycle": {
            "glb": int(base.glb_read_words_per_cycle),
            "dram": int(base.dram_read_bits_per_cycle / bits),
        },
        "energy": {
            "mac": energy.mac,
            "spad": energy.spad.iact,
            "glb": energy.glb.iact,
            "dram": energy.dram.iact,
        },
    }
