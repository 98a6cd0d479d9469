"""The parts of a machine: which fields belong to each, what a page says of them, and which of them a limiter is."""

import math
import re
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.hardware.file_fields import UNLIMITED
from eyeriss_jax.search.explore import Control
from eyeriss_jax.search.space import cost_in_words

PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "array": ("Cluster grid", ("cluster_rows", "cluster_cols", "reduce_axes", "chained_axes")),
    "pe": (
        "PEs",
        ("pe_rows", "pe_cols", "lanes", "psum_chain_cycles", "pass_ramp_cycles", "sends_windows_ahead",
         "gates_zero_iacts"),
    ),
    "spad": ("SPads", ("spad_words", "word_bits", "oact_bits")),
    "noc": ("NoC", ("noc", "noc_words_per_cycle", "overlap")),
    "glb": (
        "GLB",
        ("glb_bits", "glb_shared_bits", "glb_keeps", "oacts_bypass_glb", "glb_read_words_per_cycle",
         "glb_write_words_per_cycle"),
    ),
    "dram": ("DRAM", ("dram_read_bits_per_cycle", "dram_write_bits_per_cycle", "dram_total_bits_per_cycle")),
    "clock": ("Clock and energy", ("clock_hz", "energy")),
    "sparse": ("Compressed data", ("sparse_pe",)),
}  # fmt: skip
"""Part -> its name, and the fields that belong to it."""

_GLOWS: dict[str, tuple[str, ...]] = {
    "PE count": ("pe",), "array shape": ("pe", "array"), "storage": ("spad-weight", "spad-iact", "spad-psum"),
    "GLB bandwidth": ("glb-iact", "glb-psum", "glb-weight", "glb-shared"), "DRAM bandwidth": ("dram",),
    "psum accumulation": ("chain",), "workload imbalance": ("pe",), "ramp-up": ("pe",),
    **{f"{t} bandwidth": (f"link-{t}", f"router-{t}") for t in TYPES},
}  # fmt: skip


def glowing(limiter: str, overlap: tuple[str, ...]) -> tuple[str, ...]:
    """The marks that light up where ``limiter`` holds a layer back; what is not in ``overlap`` is what is exposed."""
    if limiter == "exposed delivery":
        return tuple(mark for t in TYPES if t not in overlap for mark in (f"link-{t}", f"router-{t}"))
    return _GLOWS.get(limiter, ())


def control_data(controls: tuple[Control, ...]) -> list[dict[str, Any]]:
    """What the page needs of each control, by the part that it belongs to."""
    of_field = {field: part for part, (_, fields) in PARTS.items() for field in fields}
    return [
        {
            "field": each.field,
            "part": of_field[each.field.split(".")[0]],
            "label": _label(each.field),
            "kind": each.kind,
            "value": _plain(each.value),
            "stops": [_plain(stop) for stop in each.stops],
            "unit": each.meaning.unit,
            "text": each.meaning.text,
            "source": each.source,
            "partner": each.partner,
            "costs": cost_in_words(each.costs) if each.numeric else "",
        }
        for each in controls
    ]


_WORDS = {"noc": "NoC", "pe": "PE", "glb": "GLB", "dram": "DRAM", "mac": "MAC", "spad": "SPad"}


def _label(field: str) -> str:
    """``noc_words_per_cycle.iact`` as ``iact NoC words per cycle``, ``energy.dram.psum`` as ``psum DRAM energy``."""
    first, *inner = field.split(".")
    parts = [*reversed(inner), first] if first != "sparse_pe" else inner
    words = " ".join(parts).replace("_", " ").replace("clock hz", "clock")
    return re.sub(rf"\b({'|'.join(_WORDS)})\b", lambda found: _WORDS[found[0]], words)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isinf(value):
        return UNLIMITED
    return list(value) if isinstance(value, tuple) else value
