"""Design spaces: what a config may say, what is refused and how the message helps."""

import math

import jax
import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.area import area_of
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator
from eyeriss_jax.search.space import QUANTITIES, Constraint, design_space, digits_of, quantities_of, sweepable_fields

V2 = accelerator("eyeriss_v2")


def space(axes, constraints=None):
    return design_space(V2, axes, constraints, accelerator)


def test_ranges_lists_and_nesting_say_the_same():
    nested = space({"noc_words_per_cycle": {"iact": (3, 6, 9)}})
    dotted = space({"noc_words_per_cycle.iact": {"first": 3, "last": 9, "step": 3}})
    assert nested.axes == dotted.axes
    assert nested.axes[0].values == (3, 6, 9)


def test_log_ranges():
    by_factor = space({"glb_bits.iact": {"first": 1024, "last": 8192, "factor": 2}})
    by_points = space({"glb_bits.iact": {"first": 1024, "last": 8192, "points": 4}})
    assert by_factor.axes[0].values == by_points.axes[0].values == (1024, 2048, 4096, 8192)


def test_numbers_of_a_range_are_what_somebody_would_write():
    tenths = space({"pass_ramp_cycles": {"first": 0.1, "last": 0.7, "step": 0.1}}).axes[0].values
    assert tenths == (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    clocks = space({"clock_hz": {"first": 1e8, "last": 1e9, "points": 4}}).axes[0].values
    assert clocks == (1e8, 215443000, 464159000, 1e9)
    ports = space({"noc_words_per_cycle.iact": {"first": 3, "last": 9, "step": 3}}).axes[0].values
    assert all(type(words) is int for words in ports)


def test_whole_fields_stay_whole():
    values = space({"pe_rows": {"first": 1, "last": 20, "points": 6}}).axes[0].values
    assert all(isinstance(v, int) for v in values)
    assert len(set(values)) == len(values)


def test_index_is_mixed_radix_with_shapes_first():
    found = space({"noc_words_per_cycle.iact": (3, 6, 9), "cluster_rows": (2, 4), "clock_hz": (1e8, 2e8)})
    assert [a.field for a in found.axes] == ["cluster_rows", "noc_words_per_cycle.iact", "clock_hz"]
    assert (found.size, found.shapes, found.rates) == (12, 2, 6)
    designs = {found.digits(i) for i in range(found.size)}
    assert len(designs) == found.size
    machine = found.design(found.size - 1)
    assert (machine.cluster_rows, machine.noc_words_per_cycle.iact, machine.clock_hz) == (4, 9, 2e8)
    assert machine.noc_words_per_cycle.weight == V2.noc_words_per_cycle.weight


def test_digits_need_no_machine_integers():
    assert digits_of(10**30 - 1, [10] * 30) == (9,) * 30


@pytest.mark.parametrize("field", sweepable_fields(V2))
def test_every_field_can_be_an_axis(field):
    value = "ISCA16" if field == "energy" else field_of(V2, field)
    assert space({field: (value,)}).size == 1


def test_energy_table_by_name():
    found = space({"energy": ("ISCA16", "TIMELOOP_E168")})
    assert found.design(1).energy.name == "TIMELOOP_E168"


def test_a_bound_may_be_the_text_of_a_number():
    """As a command line gives it where the config has the name of an accelerator."""
    assert space({"lanes": (1,)}, {"area_mm2": {"at_most": "12.5"}}).constraints[0].at_most == 12.5


@pytest.mark.parametrize("name", ACCELERATORS)
def test_quantities_on_the_host_are_those_on_a_device(name):
    machine = accelerator(name)
    for quantity, value in quantities_of(machine, tuple(QUANTITIES)).items():
        assert value == pytest.approx(float(QUANTITIES[quantity](machine.build())), rel=1e-6)


@pytest.mark.parametrize("side", ["at_most", "at_least"])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_an_accelerator_meets_its_own_bound_wherever_it_is_computed(quantity, side):
    """In float32 on the host and on a device the last digits differ."""
    (limit,) = space({"cluster_rows": (2, 8)}, {quantity: {side: "eyeriss_v2"}}).constraints
    on_device = float(jax.jit(QUANTITIES[quantity])(jax.tree.map(np.float32, V2.build())))
    for value in (on_device, quantities_of(V2, (quantity,))[quantity]):
        assert limit.is_met(value)
        assert limit.broken_by(value) == ""


@pytest.mark.parametrize(
    ("value", "limits", "words"),
    [
        (22.5, {"at_most": 20.0}, "pes is 22.5, 12.5 % above at_most 20"),
        (60.0, {"at_most": 20.0}, "pes is 60, a factor of 3 above at_most 20"),
        (15.0, {"at_least": 20.0}, "pes is 15, 25.0 % below at_least 20"),
        (16.5731, {"at_most": 16.573}, "pes is 16.5731, less than 0.1 % above at_most 16.573"),
        (16.5730002, {"at_most": 16.573}, "pes is 16.5730002, less than 0.1 % above at_most 16.573"),
        (99.9999999, {"at_least": 100.0}, "pes is 99.9999999, less than 0.1 % below at_least 100"),
    ],
)
def test_how_a_constraint_is_broken_is_said_in_numbers_that_differ(value, limits, words):
    assert Constraint(quantity="pes", **limits).broken_by(value) == words


def test_a_bound_may_be_another_accelerators():
    found = space({"cluster_rows": (2, 4)}, {"area_mm2": {"at_most": "eyeriss_v2"}})
    assert found.constraints[0].at_most == pytest.approx(float(area_of(V2).mm2) * (1 + 1e-6), rel=1e-7)


@pytest.mark.parametrize(
    ("axes", "constraints", "words"),
    [
        ({}, {}, "nothing to sweep"),
        ({"cluster_rows": ()}, {}, "cluster_rows has no values"),
        ({"cluster_row": (1, 2)}, {}, "did you mean 'cluster_rows'"),
        ({"noc_words_per_cycle.iacts": (1, 2)}, {}, "did you mean 'noc_words_per_cycle.iact'"),
        ({"noc_words_per_cycle": (1, 2)}, {}, "noc_words_per_cycle.iact"),
        ({"noc_words.iact": (1, 2)}, {}, "it is called 'noc_words_per_cycle.iact' now"),
        ({"bits": {"iact": (8, 16)}}, {}, "it is called 'word_bits.iact' now"),
        ({"dram_bits_total": (8, 16)}, {}, "it is called 'dram_total_bits_per_cycle' now"),
        ({"sources": ({},)}, {}, "unknown name 'sources'"),
        ({"pe_rows": {"first": 1, "last": "many", "step": 1}}, {}, "pe_rows: last = 'many' must be a finite number"),
        ({"pe_rows": {"first": 1, "last": math.nan, "step": 1}}, {}, "pe_rows: last = nan"),
        ({"pe_rows": {"first": 4, "last": 2, "step": 1}}, {}, "pe_rows: the range from 4 to 2 is empty"),
        ({"pe_rows": {"first": 1, "last": 2, "step": 0}}, {}, "step = 0 must be above 0"),
        ({"clock_hz": {"first": 0, "last": 2, "factor": 2}}, {}, "must start above 0"),
        ({"clock_hz": {"first": 1, "last": 2, "factor": 1}}, {}, "factor = 1 must be above 1"),
        ({"clock_hz": {"first": 1, "last": 2}}, {}, "one of step, factor and points"),
        ({"clock_hz": {"first": 1, "last": 2, "steps": 1}}, {}, "did you mean 'step'"),
        ({"clock_hz": {"first": 1, "last": 2, "points": 1.5}}, {}, "points = 1.5 must be an integer"),
        ({"pe_rows": (0, 1)}, {}, "axis pe_rows"),
        ({"pe_rows": ("three",)}, {}, "axis pe_rows"),
        ({"pe_rows": (3, 3)}, {}, "lists 3 twice"),
        ({"energy": ("ISCA61",)}, {}, "did you mean 'ISCA16'"),
        ({"pe_rows": (3,)}, {"are_mm2": {"at_most": 1}}, "did you mean 'area_mm2'"),
        ({"pe_rows": (3,)}, {"pes": {"at_most": 10, "at_least": 20}}, "at_least 20 exceeds at_most 10"),
        ({"pe_rows": (3,)}, {"pes": {"atmost": 10}}, "did you mean 'at_most'"),
        ({"pe_rows": (3,)}, {"pes": {"at_most": "eyeriss_v3"}}, "eyeriss_v"),
        ({"pe_rows": (3,)}, {"pes": 10}, "must give at_least, at_most or both"),
    ],
)
def test_bad_spaces_are_refused_by_name(axes, constraints, words):
    with pytest.raises(SpecError) as error:
        space(axes, constraints)
    assert words in str(error.value)


def test_everything_wrong_with_axes_and_constraints_is_told_at_once():
    axes = {"lnes": (1, 2), "noc_words_per_cycle": {"iact": (), "weight": (1, 2)}}
    with pytest.raises(SpecError) as told:
        design_space(accelerator("eyeriss_v2"), axes, {"area": {"at_most": 3}, "pes": {"at_leest": 2}})
    for part in ("'lnes'; did you mean 'lanes'?", "noc_words_per_cycle.iact has no values", "'area'", "'at_leest'"):
        assert part in str(told.value)
