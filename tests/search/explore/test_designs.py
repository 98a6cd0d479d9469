"""What a hand can set, and the design that results; what goes with a field goes along, nonsense is refused."""

import math

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator
from eyeriss_jax.search.explore import MOST_PES, changed_design, controls, read_changes, settable_fields
from eyeriss_jax.search.space import DesignSpace, axis, sweepable_fields
from tests.search.explore.small import MACHINE


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_field_has_a_control_whose_stops_hold_its_value(name):
    base = accelerator(name)
    found = {each.field: each for each in controls(base)}
    assert set(settable_fields(base)) - set(found) == ({"dataflow", "sparse_pe"} & set(sweepable_fields(base)))
    for each in found.values():
        assert each.meaning.text
        if each.numeric:
            assert each.value == field_of(base, each.field)
            assert list(each.stops) == sorted(set(each.stops))
            assert each.value in each.stops
            endless = "per_cycle" in each.field and not each.field.startswith("energy")
            assert (each.stops[-1] == math.inf) == endless, each.field


def test_what_goes_with_a_field_goes_along_as_on_an_axis_of_a_sweep():
    for field, value in (("noc_words_per_cycle.weight", 6), ("word_bits.iact", 16), ("spad_words.weight", 96)):
        swept = DesignSpace(base=MACHINE, axes=(axis(field, [value], MACHINE),)).design(0)
        mine = changed_design(MACHINE, {field: value})
        assert mine.build() == swept.build()
        assert mine != MACHINE


def test_what_is_changed_itself_does_not_go_along():
    both = changed_design(MACHINE, {"spad_words.weight": 96, "sparse_pe.weight_pairs": 150})
    assert both.sparse_pe is not None
    assert (both.spad_words.weight, both.sparse_pe.weight_pairs) == (96, 150)


def test_energies_are_set_one_by_one_and_stand_whatever_the_widths_are():
    wide = changed_design(MACHINE, {"word_bits.iact": 16})
    both = changed_design(MACHINE, {"energy.dram.iact": 100.0, "energy.mac": 1.0, "word_bits.iact": 16})
    assert (both.energy.dram.iact, both.energy.mac) == (100.0, 1.0)
    assert both.energy.dram.weight == wide.energy.dram.weight
    assert both.energy.spad == wide.energy.spad
    assert both.energy.name.count("changed") == 1


def test_nothing_changed_is_the_design_itself():
    assert changed_design(MACHINE, {}) is MACHINE


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"pe_rows": 0}, "pe_rows", "must be an integer of at least 1"),
        ({"pe_rows": 2.5}, "pe_rows", "must be an integer"),
        ({"clock_hz": "fast"}, "clock_hz", "must be a finite number above 0"),
        ({"noc": "torus"}, "noc", "did you mean|Known names"),
        ({"noc_words_per_cycle.iact": 0}, "noc_words_per_cycle.iact", "must be a bandwidth above 0"),
        ({"pe_rows": 5000, "pe_cols": 5000}, "pe_rows", f"at most {MOST_PES:,} are explored by hand"),
        ({"glb_bits.psum": 0}, "glb_bits.psum", "keeps 'psum' in a GLB without room"),
        ({"energy.dram.psum": -1}, "energy.dram.psum", "dram.psum = -1 must be a finite number"),
        ({"lanes": 10**400}, "lanes", "more than any machine has"),
        ({"clock_hz": math.nan}, "clock_hz", "more than any"),
    ],
)
def test_a_design_that_does_not_exist_is_refused_with_its_field(changes, field, message):
    with pytest.raises(SpecError, match=message) as refused:
        changed_design(MACHINE, changes).build()
    assert refused.value.field == field


def test_changes_are_read_as_a_page_spells_them():
    told = {"dram_total_bits_per_cycle": "unlimited", "overlap": ["iact"], "pe_rows": 4.0, "clock_hz": 2e8}
    read = read_changes(told, MACHINE)
    assert read == {"dram_total_bits_per_cycle": math.inf, "overlap": ("iact",), "pe_rows": 4, "clock_hz": 2e8}
    assert isinstance(read["pe_rows"], int)
    with pytest.raises(SpecError, match="did you mean 'pe_rows'"):
        read_changes({"pe_rowz": 3}, MACHINE)
