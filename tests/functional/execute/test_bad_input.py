"""What cannot run is refused before anything runs, with the number that is wrong and what to change."""

import re
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.counting import count
from eyeriss_jax.functional.execute import run
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.layers.layer import Layer

V2 = eyeriss_v2()
LAYER = Layer.conv2d("CONV", 32, 48, 12, 3, padding=1)
FITS = Mapping(glb=Dims(M=8, C=8, E=12, F=4, R=3, S=3), spad=Dims(M=8, C=4, R=3), pe_rows=Dims(S=3), pe_cols=Dims(F=4))
IACTS = np.ones((1, 1, 32, 12, 12), np.int8)
WEIGHTS = np.ones((1, 48, 32, 3, 3), np.int8)

MAPPINGS = {
    "axis": (
        replace(FITS, pe_rows=Dims(S=3, M=2)),
        "layer 'CONV' on 'eyeriss_v2': mapping.pe_rows = M2 x S3 needs 6 places but there are 3",
    ),
    "iact spad": (
        replace(FITS, spad=Dims(M=4, C=8, R=3)),
        "a PE needs 24 iact words but its SPad has 16; lower mapping's spad.C, spad.R or spad.S",
    ),
    "weight spad": (
        replace(FITS, spad=Dims(M=17, C=4, R=3), glb=Dims(M=17, C=8, E=12, F=4, R=3, S=3)),
        "a PE needs 204 weight words but its SPad has 192; lower mapping's spad.M or spad.C",
    ),
    "psum spad": (
        replace(FITS, spad=Dims(M=33, C=1, R=3), glb=Dims(M=33, C=8, E=12, F=4, R=3, S=3)),
        "a PE needs 33 psum words but its SPad has 32; lower mapping's spad.M",
    ),
    "reduction": (
        replace(FITS, pe_cols=Dims(C=2, F=2)),
        "mapping.pe_cols spreads C, but psums cannot be added up along that axis; use cluster_rows or pe_rows",
    ),
    "tangled": (
        replace(FITS, spad=Dims(M=8, C=1, E=4, R=2), pe_rows=Dims(R=2)),
        "keep R off the PE axes or set spad.R or spad.E to 1",
    ),
    "glb": (
        replace(FITS, glb=Dims(M=48, C=32, E=12, F=12, R=3, S=3)),
        "a DRAM tile exceeds the GLB: one cluster needs 6272 iact words (50176 of 36864 bits), 6912 psum words "
        "(138240 of 61440 bits)",
    ),
}


@pytest.mark.parametrize("rule", MAPPINGS)
def test_mappings_that_do_not_fit(rule: str) -> None:
    mapping, message = MAPPINGS[rule]
    with pytest.raises(SpecError, match=re.escape(message)):
        run(LAYER, mapping, V2, IACTS, WEIGHTS)
    with pytest.raises(SpecError, match=re.escape(message)):
        count(LAYER, mapping, V2)


OPERANDS = {
    "iact shape": (IACTS[..., :-1], WEIGHTS, "iacts have shape (1, 1, 32, 12, 11) but must be (1, 1, 32, 12, 12)"),
    "weight shape": (IACTS, WEIGHTS[0], "weights have shape (48, 32, 3, 3) but must be (1, 48, 32, 3, 3)"),
    "too large": (IACTS * np.int16(128), WEIGHTS, "iacts go from 128 to 128, beyond the 8-bit range -128 to 127"),
    "too small": (IACTS, WEIGHTS * np.int32(-129), "weights go from -129 to -129, beyond the 8-bit range"),
    "unsigned": (
        np.full(IACTS.shape, 256, np.uint16),
        WEIGHTS,
        "256 to 256, beyond the 8-bit range 0 to 255",
    ),
    "half": (IACTS.astype(np.float16), WEIGHTS, "iacts are float16, but must be int8"),
    "bool": (IACTS, WEIGHTS.astype(bool), "weights are bool, but must be int8"),
    "mixed": (IACTS.astype(np.float32), WEIGHTS, "iacts are float32 and weights integer"),
    "float64": (IACTS.astype(np.float64), WEIGHTS.astype(np.float64), "which needs jax.enable_x64(True)"),
}


@pytest.mark.parametrize("what", OPERANDS)
def test_operands_that_are_not_the_layers(what: str) -> None:
    iacts, weights, message = OPERANDS[what]
    with pytest.raises(SpecError, match=re.escape(message)):
        run(LAYER, FITS, V2, iacts, weights)


def test_overflow_must_be_known() -> None:
    with pytest.raises(SpecError, match="overflow = 'clamp' must be one of 'wrap', 'saturate'"):
        run(LAYER, FITS, V2, IACTS, WEIGHTS, overflow="clamp")


@pytest.mark.parametrize("bits", [1, 32])
def test_psum_widths_that_int32_cannot_hold(bits: int) -> None:
    accelerator = V2.replace(word_bits=Types(iact=8, weight=8, psum=bits), oact_bits=1)
    with pytest.raises(SpecError, match=f"psums of {bits} bits are not supported"):
        run(LAYER, default_mapping(LAYER, accelerator), accelerator, IACTS, WEIGHTS)


def test_sums_that_could_exceed_int32_unseen() -> None:
    layer = Layer.fully_connected("fc", 1 << 18, 1)
    accelerator = V2.replace(spad_words=Types(iact=1 << 20, weight=1 << 20, psum=1), glb_keeps=())
    whole = Mapping(glb=Dims(C=1 << 18), spad=Dims(C=1 << 18))
    full: NDArray[np.int8] = np.full((1, 1, 1 << 18, 1, 1), 127, np.int8)
    with pytest.raises(SpecError, match=r"may exceed 32 bits unseen; lower mapping's spad\.C"):
        run(layer, whole, accelerator, full, full)
