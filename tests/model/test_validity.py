"""Why a mapping does not fit: the right code for every rule, and a sentence with the numbers."""

import re
from dataclasses import replace

import pytest

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.hardware import AXES, Accelerator, Types
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import ACCELFORGE, OURS
from eyeriss_jax.model.validity import SENTENCES, Code, broken_field, explain
from eyeriss_jax.search.mapping import evaluate_exactly

MACHINE = eyeriss_v2()  # 8x2 clusters of 3x4 PEs; SPads 16 iacts, 192 weights, 32 psums; GLB 36,864 + 61,440 bits
LAYER = Layer.conv2d("conv", in_channels=32, out_channels=64, input_size=28, kernel=3, padding=1)
FITS = Mapping(
    glb=Dims(M=32, C=32, E=28, F=4, R=3, S=3),
    spad=Dims(M=8, C=5, E=28, R=3),
    cluster_rows=Dims(C=7),
    cluster_cols=Dims(M=2),
    pe_rows=Dims(S=3),
    pe_cols=Dims(F=4),
)

# One broken rule each, and the numbers that the sentence must give: what is needed and what there is.
BROKEN: dict[Code, tuple[Mapping, tuple[str, ...]]] = {
    Code.CLUSTER_ROWS: (replace(FITS, cluster_rows=Dims(C=3, M=3)), ("9", "8")),
    Code.CLUSTER_COLS: (replace(FITS, cluster_cols=Dims(M=3)), ("3", "2")),
    Code.PE_ROWS: (replace(FITS, pe_rows=Dims(S=2, C=2)), ("4", "3")),
    Code.PE_COLS: (replace(FITS, pe_cols=Dims(F=5)), ("5", "4")),
    # C=6 and R=3: 18 iacts for 16. C=5, R=3, M=13: 195 weights for 192. C=1, R=3, M=33: 33 psums for 32.
    Code.SPAD_IACT: (replace(FITS, spad=Dims(M=8, C=6, E=28, R=3)), ("18", "16")),
    Code.SPAD_WEIGHT: (replace(FITS, spad=Dims(M=13, C=5, E=28, R=3)), ("195", "192")),
    Code.SPAD_PSUM: (replace(FITS, glb=FITS.glb.replace(M=64), spad=Dims(M=33, C=1, E=28, R=3)), ("33", "32")),
    # 28 positions slide while two PE rows hold two filter taps each, one more than the stride steps over.
    Code.SLIDE: (replace(FITS, spad=Dims(M=8, C=4, E=28, R=2), pe_rows=Dims(R=2)), ("2",)),
    # Half of M is 32 x 28 x 28 psums of 20 bits, 501,760 for 61,440; they come back, as C takes two passes.
    Code.GLB: (
        replace(FITS, glb=Dims(M=64, C=32, E=28, F=28, R=3, S=3), cluster_rows=Dims(C=6)),
        ("25,088", "440,320", "36,864", "61,440"),
    ),
    # JETCAS 2019: psums travel and add up vertically only, so C on the PE columns leaves four unfinished sums.
    Code.REDUCE: (
        replace(FITS, pe_cols=Dims(C=4), spad=Dims(M=8, C=5, E=28, R=3), cluster_rows=Dims()),
        ("4",),
    ),
    # JETCAS 2019: psums leave a column at its top PE, so three PEs of it cannot hold sums of their own.
    Code.CHAIN: (replace(FITS, pe_rows=Dims(F=3), cluster_rows=Dims()), ("3",)),
}


def code_of(mapping: Mapping, machine: Accelerator = MACHINE, layer: Layer = LAYER) -> Code:
    return Code(int(evaluate_exactly(machine, layer, mapping).code))


def test_the_reference_mapping_fits() -> None:
    assert code_of(FITS) is Code.VALID


def test_there_is_a_case_and_a_sentence_for_every_code() -> None:
    assert set(BROKEN) == set(Code) - {Code.VALID}
    assert set(SENTENCES) == set(Code)
    assert [Code[axis.upper()] for axis in AXES] == [1, 2, 3, 4]


@pytest.mark.parametrize("code", BROKEN, ids=lambda code: code.name)
def test_a_broken_rule_has_its_code(code: Code) -> None:
    assert code_of(BROKEN[code][0]) is code


@pytest.mark.parametrize("code", BROKEN, ids=lambda code: code.name)
def test_the_sentence_names_layer_machine_rule_and_numbers(code: Code) -> None:
    mapping, numbers = BROKEN[code]
    sentence = explain(LAYER, MACHINE, mapping, int(code), OURS)
    assert sentence.startswith("layer 'conv': the mapping does not fit 'eyeriss_v2': ")
    assert SENTENCES[code] in sentence
    given = re.findall(r"\d[\d,.]*(?<![,.])", sentence.replace(MACHINE.name, "").replace(SENTENCES[code], ""))
    assert set(numbers) <= set(given)
    level = broken_field(MACHINE, mapping, int(code))
    assert all(f"{level}.{dim} = {n}" in sentence for dim in DIMS if (n := getattr(mapping, level)[dim]) > 1)


def test_room_that_all_data_types_share_is_told_so() -> None:
    machine = MACHINE.replace(glb_bits=Types(iact=0, weight=0, psum=0), glb_shared_bits=1000)
    sentence = explain(LAYER, machine, FITS, int(Code.GLB), OURS)
    assert re.search(r" bits more than the 1,000 for all there\)$", sentence)


@pytest.mark.parametrize("code", [Code.SPAD_IACT, Code.SPAD_WEIGHT, Code.SPAD_PSUM], ids=lambda code: code.name)
def test_exactly_as_much_room_as_needed_is_enough(code: Code) -> None:
    # E=1: no window slides, so 4 channels of 3 taps are 12 iacts; 3 outputs of them 36 weights and 3 psums.
    mapping = replace(FITS, spad=Dims(M=3, C=4, E=1, R=3), cluster_rows=Dims(E=8), cluster_cols=Dims())
    need = {"iact": 12, "weight": 36, "psum": 3}
    short = code.name.removeprefix("SPAD_").lower()
    assert code_of(mapping, MACHINE.replace(spad_words=Types(**need))) in (Code.VALID, Code.GLB)
    assert code_of(mapping, MACHINE.replace(spad_words=Types(**need | {short: need[short] - 1}))) is code


def test_one_bit_less_glb_than_needed_is_too_little() -> None:
    # 16 psums of M in each cluster column, 28 x 4 of them, 20 bits: they come back, because C takes 7 passes.
    mapping = replace(FITS, cluster_rows=Dims())
    bits = 16 * 28 * 4 * 20
    assert code_of(mapping, MACHINE.replace(glb_bits=Types(iact=1e6, weight=0, psum=bits))) is Code.VALID
    assert code_of(mapping, MACHINE.replace(glb_bits=Types(iact=1e6, weight=0, psum=bits - 1))) is Code.GLB


def test_the_first_broken_rule_is_named() -> None:
    everything = replace(
        BROKEN[Code.GLB][0], cluster_rows=Dims(C=9), spad=Dims(M=33, C=33, E=28, R=3), pe_cols=Dims(F=9)
    )
    assert code_of(everything) is Code.CLUSTER_ROWS
    assert code_of(replace(everything, cluster_rows=Dims())) is Code.PE_COLS
    assert code_of(replace(everything, cluster_rows=Dims(), pe_cols=Dims())) is Code.SPAD_IACT


def test_without_a_sliding_window_no_pe_slides() -> None:
    mapping, _ = BROKEN[Code.SLIDE]
    assert Code(int(evaluate_exactly(MACHINE, LAYER, mapping, ACCELFORGE).code)) is Code.VALID


def test_dilation_makes_a_sliding_window_longer() -> None:
    # 3 taps 2 apart keep the two rows between them: 5 words per channel, so 3 channels fit in 16 and 4 do not.
    layer = Layer.conv2d("dilated", 32, 64, input_size=28, kernel=3, padding=2, dilation=2)
    assert code_of(replace(FITS, spad=Dims(M=8, C=3, E=28, R=3)), layer=layer) is Code.VALID
    assert code_of(replace(FITS, spad=Dims(M=8, C=4, E=28, R=3)), layer=layer) is Code.SPAD_IACT
