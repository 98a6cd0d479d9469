"""Every rule of the accelerator spec: the error names the value, the rule and the fix."""

import dataclasses
import math
import re
from typing import Any

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import AXES, Types
from eyeriss_jax.hardware.presets import eyeriss_v2

NAN = math.nan
BANDWIDTHS = (
    "glb_read_words_per_cycle",
    "glb_write_words_per_cycle",
    "dram_read_bits_per_cycle",
    "dram_write_bits_per_cycle",
    "dram_total_bits_per_cycle",
)


def _with(changed: dict[str, Any]) -> Types:
    return Types(**{"iact": 16, "weight": 16, "psum": 16, **changed})


def _case(field: str, value: Any, *said: str) -> Any:
    return pytest.param(field, value, said, id=f"{field}={value!r}"[:60])


CASES = [
    *(_case(axis, 0, f"{axis} = 0", "integer of at least 1") for axis in AXES),
    _case("pe_rows", -3, "pe_rows = -3", "integer of at least 1"),
    _case("pe_rows", 2.5, "pe_rows = 2.5", "integer of at least 1"),
    _case("pe_rows", 3.0, "pe_rows = 3.0", "integer of at least 1"),
    _case("pe_rows", "3", "pe_rows = '3'", "integer of at least 1"),
    _case("pe_rows", True, "pe_rows = True", "integer of at least 1"),
    _case("lanes", 0, "lanes = 0", "integer of at least 1"),
    _case("oact_bits", 0, "oact_bits = 0", "integer of at least 1"),
    _case("spad_words", _with({"iact": -1}), "spad_words.iact = -1", "whole number of at least 0"),
    _case("spad_words", _with({"psum": 1.5}), "spad_words.psum = 1.5", "whole number of at least 0"),
    _case("spad_words", _with({"weight": math.inf}), "spad_words.weight = inf", "whole number of at least 0"),
    _case("spad_words", (16, 192, 32), "spad_words = (16, 192, 32)", "write Types(iact=..., weight=..., psum=...)"),
    _case("word_bits", _with({"weight": 0}), "word_bits.weight = 0", "whole number of at least 1"),
    _case("glb_bits", _with({"psum": -8}), "glb_bits.psum = -8", "whole number of at least 0"),
    _case("glb_bits", _with({"psum": NAN}), "glb_bits.psum = nan", "whole number of at least 0"),
    _case("glb_shared_bits", -1, "glb_shared_bits = -1", "integer of at least 0"),
    _case("glb_keeps", ("iact", "weigth"), "glb_keeps: unknown name 'weigth'", "did you mean 'weight'?"),
    _case("glb_keeps", "iact", "glb_keeps = 'iact'", "tuple of names"),
    _case("glb_keeps", ("iact", "weight"), "keeps 'weight' in a GLB without room", "glb_bits.weight"),
    _case("glb_keeps", ("psum", "iact", "psum"), "glb_keeps = ('psum', 'iact', 'psum') names 'psum' more than once"),
    _case("overlap", ("iact", "iact"), "names 'iact' more than once", "name each once"),
    _case("overlap", ("psums",), "overlap: unknown name 'psums'", "did you mean 'psum'?"),
    _case("reduce_axes", ("pe_row",), "reduce_axes: unknown name 'pe_row'", "did you mean 'pe_rows'?"),
    _case("noc", "mash", "noc: unknown name 'mash'", "did you mean 'mesh'?", "Known names: mesh, bus"),
    _case("noc_words_per_cycle", _with({"iact": 0}), "noc_words_per_cycle.iact = 0", "bandwidth above 0", "math.inf"),
    _case("noc_words_per_cycle", _with({"iact": NAN}), "noc_words_per_cycle.iact = nan", "bandwidth above 0"),
    *(_case(field, 0, f"{field} = 0", "bandwidth above 0", "math.inf") for field in BANDWIDTHS),
    *(_case(field, NAN, f"{field} = nan", "bandwidth above 0") for field in BANDWIDTHS),
    *(_case(field, 1e-30, f"{field} = 1e-30 must be at least 1e-06 a cycle", "no hardware") for field in BANDWIDTHS),
    _case("noc_words_per_cycle", _with({"psum": 9e-7}), "noc_words_per_cycle.psum = 9e-07 must be at least 1e-06"),
    _case("glb_read_words_per_cycle", None, "glb_read_words_per_cycle = None", "bandwidth above 0"),
    _case("psum_chain_cycles", -1, "psum_chain_cycles = -1", "finite number of at least 0"),
    _case("psum_chain_cycles", math.inf, "psum_chain_cycles = inf", "finite number of at least 0"),
    _case("pass_ramp_cycles", NAN, "pass_ramp_cycles = nan", "finite number of at least 0"),
    _case("clock_hz", 0, "clock_hz = 0", "finite number above 0"),
    _case("clock_hz", -200e6, "clock_hz = -200000000.0", "finite number above 0"),
    _case("clock_hz", math.inf, "clock_hz = inf", "finite number above 0"),
    _case("clock_hz", 1e-300, "clock_hz = 1e-300 must be between 1 and 1e+12 Hz", "check the unit"),
    _case("clock_hz", 2e17, "clock_hz = 2e+17 must be between", "200 MHz is 200e6"),
    _case("clock_hz", NAN, "clock_hz = nan", "finite number above 0"),
    _case("gates_zero_iacts", 1, "gates_zero_iacts = 1", "True or False"),
    _case("sparse_pe", 192, "sparse_pe = 192", "must be a SparsePe"),
    _case("energy", "ISCA16", "energy = 'ISCA16'", "energy_table()"),
    _case("sources", {"lane": "somewhere"}, "sources: unknown name 'lane'", "did you mean 'lanes'?"),
]


@pytest.mark.parametrize(("field", "value", "said"), CASES)
def test_a_bad_value_is_refused_with_its_rule_and_fix(field: str, value: Any, said: tuple[str, ...]) -> None:
    with pytest.raises(SpecError, match=re.escape(f"accelerator 'eyeriss_v2': {field}")) as refusal:
        eyeriss_v2().replace(**{field: value})
    assert [part for part in said if part not in str(refusal.value)] == []


@pytest.mark.parametrize("field", BANDWIDTHS)
def test_a_bandwidth_may_be_infinite(field: str) -> None:
    assert getattr(eyeriss_v2().replace(**{field: math.inf}), field) == math.inf


def test_a_shared_glb_makes_room_for_every_kept_type() -> None:
    assert eyeriss_v2().replace(glb_keeps=("iact", "weight", "psum"), glb_shared_bits=8192).glb_keeps[1] == "weight"


def test_an_error_knows_its_field_apart_from_its_words():
    """What files say of a place goes by the field and not by the words, whatever a design is called."""
    design = eyeriss_v2().replace(name="lanes: glb_keeps = x")
    for field, changes in {
        "lanes": {"lanes": 0},
        "spad_words.psum": {"spad_words": Types(iact=16, weight=192, psum=-1)},
        "glb_keeps": {"glb_bits": Types(iact=0, weight=0, psum=9)},
        "clock_volts": {"clock_volts": ((1.0, 2.0),)},
    }.items():
        with pytest.raises(SpecError) as error:
            design.replace(**changes)
        assert (error.value.field, error.value.where) == (field, f"accelerator {design.name!r}: ")
        assert str(error.value) == error.value.where + error.value.message
        assert error.value.message.startswith(f"{field} = ")
    with pytest.raises(SpecError, match=r"pe_cols = 0 .*lanes = 0 ") as error:
        design.replace(lanes=0, pe_cols=0)
    assert error.value.field == ""


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_name_that_cannot_be_seen_is_refused(name: Any) -> None:
    with pytest.raises(SpecError, match="must be text that is not empty; messages and reports use it"):
        eyeriss_v2().replace(name=name)
    with pytest.raises(SpecError, match="must be text that is not empty"):
        dataclasses.replace(eyeriss_v2().energy, unit=name)
