"""The six designs of ISCA 2016: section VII's storage split, and a source for every number."""

import dataclasses

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import BITS_PER_KB, ISCA16
from eyeriss_jax.hardware.presets.isca16 import ISCA16_DATAFLOWS, isca16

# kB of GLB and kB of RF of all PEs that hold operands, ISCA 2016, section VII; OS_A and OS_B without their delay lines.
STORAGE = {
    "rs_isca16": (128.2, 128.0),
    "ws": (334.7, 0.5),
    "os_a": (244.0, 0.5),
    "os_b": (304.0, 0.5),
    "os_c": (334.7, 0.5),
    "nlr": (338.8, 0.0),
}


@pytest.mark.parametrize("flow", ISCA16_DATAFLOWS)
def test_storage_is_that_of_section_vii(flow: str) -> None:
    design = isca16(flow)
    glb, rf = STORAGE[flow]
    assert design.glb_total_bits / BITS_PER_KB == pytest.approx(glb, abs=0.002)  # whole words
    assert design.spad_words.total * design.pes * design.word_bits.psum / BITS_PER_KB == rf


@pytest.mark.parametrize("flow", ISCA16_DATAFLOWS)
def test_all_have_256_pes_and_the_energies_of_table_iv(flow: str) -> None:
    design = isca16(flow)
    assert (design.pes, design.macs_per_cycle, design.energy) == (256, 256, ISCA16)
    assert design.dataflow == flow


@pytest.mark.parametrize("flow", ISCA16_DATAFLOWS)
def test_every_number_has_a_source(flow: str) -> None:
    design = isca16(flow)
    fields = {item.name for item in dataclasses.fields(design)} - {"name", "description", "sources", "clock_volts"}
    assert fields == set(design.sources)
    assert all("[" in source for source in design.sources.values())


def test_an_unknown_dataflow_is_refused() -> None:
    with pytest.raises(SpecError, match="did you mean 'os_a'"):
        isca16("os_aa")
