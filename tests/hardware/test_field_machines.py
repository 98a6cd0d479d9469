"""The machines of the field: what no hardware has is refused in one line, and every number of a preset is cited."""

import re

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.field import TreeMachine
from eyeriss_jax.hardware.presets.field import FIELD_MACHINES, field_machine

CITED = re.compile(r".*\[(P|PF|S|M|D)\]")


@pytest.mark.parametrize("name", FIELD_MACHINES)
def test_every_number_of_a_chip_carries_its_citation_and_tag(name):
    chip = field_machine(name)
    assert chip.name == name
    assert set(chip.sources) == set(chip.cited())
    assert all(CITED.match(source) for source in chip.sources.values())


def test_an_unknown_chip_is_named_with_the_closest():
    with pytest.raises(SpecError, match="did you mean 'diannao'"):
        field_machine("dianao")


def tree(**changes):
    return TreeMachine(**{"name": "t", "description": "", "filters": 3, "channels": 2, "clock_hz": 1e6, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"filters": 0}, "filters = 0 must be an integer of at least 1"),
        ({"rows": 1.5}, "rows = 1.5 must be an integer of at least 1"),
        ({"merged_taps": 1}, "merged_taps = 1 must be True or False"),
        ({"tile_ramp_cycles": -1}, "tile_ramp_cycles = -1 must be a finite number of at least 0"),
        ({"weight_bits_per_cycle": 0}, "weight_bits_per_cycle = 0 must be a bandwidth above 0"),
        ({"clock_hz": 0}, "clock_hz = 0 must be a finite number above 0"),
        ({"merged_taps": True, "filter_rows": 3}, "merged_taps excludes filter_rows = 3"),
        ({"sources": {"filter": "x"}}, "unknown name 'filter'; did you mean 'filters'"),
    ],
)
def test_a_tree_that_no_hardware_has_is_refused(changes, message):
    with pytest.raises(SpecError, match="machine 't': ") as error:
        tree(**changes)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_changed_field_loses_its_citation_and_an_unknown_one_is_refused():
    chip = field_machine("diannao").replace(filters=32)
    assert "filters" not in chip.sources and "channels" in chip.sources
    with pytest.raises(SpecError, match="did you mean 'filters'"):
        chip.replace(filter=32)
