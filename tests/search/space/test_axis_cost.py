"""What every field costs: nothing that a sweep can move is free without saying so."""

import time

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.area import area_of
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.hardware.energy import ISCA16
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.hardware.voltage import at_clock
from eyeriss_jax.layers import network
from eyeriss_jax.search.space import axis, cost_in_words, costs_of, design_space, sweepable_fields
from eyeriss_jax.search.space.axes import MOST_VALUES
from eyeriss_jax.search.sweep import Sweep

V1, V2 = accelerator("eyeriss_v1"), accelerator("eyeriss_v2")

OTHER = {
    "noc": "bus", "dataflow": "rs", "energy": "ISCA16", "overlap": ("iact",), "glb_keeps": ("psum",),
    "reduce_axes": ("pe_rows",), "chained_axes": (),
}  # fmt: skip
"""Another value for fields that are no numbers."""

AREA = (
    *("cluster_rows", "cluster_cols", "pe_rows", "pe_cols", "lanes", "glb_shared_bits", "noc", "word_bits.psum"),
    *(f"{name}.{t}" for name in ("spad_words", "glb_bits", "noc_words_per_cycle") for t in ("iact", "weight", "psum")),
    *("word_bits.iact", "word_bits.weight"),
    *(f"sparse_pe.{n}" for n in ("weight_columns", "weight_pairs", "iact_pairs", "pair_bits", "address_bits")),
    *("sparse_pe.iact_noc_pairs_per_cycle", "sparse_pe.weight_noc_pairs_per_cycle"),
)
ENERGY = (*(f"word_bits.{t}" for t in ("iact", "weight", "psum")), "oact_bits", "energy")
FREE = (
    *(
        "glb_keeps",
        "oacts_bypass_glb",
        "glb_read_words_per_cycle",
        "glb_write_words_per_cycle",
        "overlap",
        "reduce_axes",
        "chained_axes",
    ),
    *("psum_chain_cycles", "pass_ramp_cycles", "sends_windows_ahead", "gates_zero_iacts", "dataflow"),
    *("dram_read_bits_per_cycle", "dram_write_bits_per_cycle", "dram_total_bits_per_cycle", "clock_hz"),
    *("sparse_pe.psum_fifo", "sparse_pe.window_cycles", "sparse_pe.raw_mode"),
)


def other(field, base=V2):
    value = field_of(base, field)
    if field in OTHER or isinstance(value, bool):
        return OTHER.get(field, not value)
    return 64.0 if value == float("inf") else 2 * value or 1


@pytest.mark.parametrize("field", sweepable_fields(V2))
def test_what_every_field_costs(field):
    costs = costs_of(axis(field, (other(field),), V2), V2)
    assert costs == tuple(name for name, fields in (("area", AREA), ("energy", ENERGY)) if field in fields)
    assert (not costs) == (field in FREE)


def test_a_space_says_what_is_free():
    space = design_space(V2, {"clock_hz": (1e8, 2e8), "lanes": (1, 2)})
    assert space.free == ("clock_hz",)


def test_an_axis_that_stays_at_the_base_is_not_free():
    space = design_space(
        V2, {"lanes": (2,), "clock_hz": (2e8,), "energy": (V2.energy.name,), "psum_chain_cycles": (2,)}
    )
    assert (space.costs, space.free) == ({"psum_chain_cycles": ()}, ("psum_chain_cycles",))
    assert cost_in_words(space.costs.get("lanes")) == "–"


@pytest.mark.parametrize(
    ("field", "partner"),
    [
        ("spad_words.weight", "sparse_pe.weight_pairs"),
        ("spad_words.iact", "sparse_pe.iact_pairs"),
        ("noc_words_per_cycle.iact", "sparse_pe.iact_noc_pairs_per_cycle"),
        ("noc_words_per_cycle.weight", "sparse_pe.weight_noc_pairs_per_cycle"),
    ],
)
def test_one_piece_of_hardware_moves_as_one(field, partner):
    """Either of the two sets the other in proportion; both as axes are free of one another."""
    for one, moved in ((field, partner), (partner, field)):
        double = design_space(V2, {one: (2 * field_of(V2, one),)}).design(0)
        assert field_of(double, moved) == 2 * field_of(V2, moved)
        assert area_of(double).total > area_of(V2).total
    both = design_space(V2, {field: (2 * field_of(V2, field),), partner: (field_of(V2, partner),)}).design(0)
    assert field_of(both, partner) == field_of(V2, partner)


def test_the_base_value_leaves_the_base_as_it_is():
    for field in sweepable_fields(V2):
        value = field_of(V2, field)
        assert design_space(V2, {field: (value.name if field == "energy" else value,)}).base_index == 0
        assert axis(field, (value,), V2).apply(V2, value).build() == V2.build()


def test_dense_pes_have_no_compressed_spads():
    assert design_space(V1, {"spad_words.weight": (112,)}).axes[0].partner == ""
    with pytest.raises(SpecError, match="PEs of 'eyeriss_v1' are dense"):
        design_space(V1, {"sparse_pe.weight_pairs": (96,)})


def test_layers_with_zeros_are_mapped_for_their_ports():
    """A port of compressed pairs decides which mapping is best; dense layers never use it."""
    space = design_space(V2, {"clock_hz": (1e8, 2e8), "noc_words_per_cycle.iact": (9, 18)})
    assert (space.shapes, space.for_zeros().shapes) == (1, 2)


def test_a_table_of_voltages_prices_the_clock():
    space = design_space(V1, {"clock_hz": (100e6, 200e6, 250e6)})
    assert space.free == ()
    slow, base, fast = (space.design(i) for i in range(3))
    assert base.energy == V1.energy == ISCA16
    assert slow.energy.mac == pytest.approx(0.82**2)
    assert (fast.energy.mac, fast.energy.glb.iact) == (pytest.approx(1.17**2), pytest.approx(6 * 1.17**2))
    assert fast.energy.dram == V1.energy.dram
    assert fast.energy.name == "ISCA16 at 1.17 V"


def test_a_clock_and_back_is_the_same_energy():
    again = at_clock(at_clock(V1, 250e6), 200e6)
    assert again.energy.mac == pytest.approx(V1.energy.mac)


def test_between_entries_the_voltage_is_linear():
    assert at_clock(V1, 150e6).energy.mac == pytest.approx(0.91**2)


def test_a_clock_outside_the_table_is_refused():
    with pytest.raises(SpecError, match=r"clock_hz = 4e\+08 is not within 1e\+08 to 2.5e\+08 Hz"):
        design_space(V1, {"clock_hz": (4e8,)})


@pytest.mark.parametrize(
    "table",
    [
        ((1e8, 0.8), (1e8, 1.0)), ((2e8, 1.0), (1e8, 0.8)), ((1e8, 1.0), (2e8, 0.8)), ((1e8,),), [(1e8, 1.0)],
        ((0, 1),),
    ],
)  # fmt: skip
def test_a_table_that_does_not_rise_is_refused(table):
    with pytest.raises(SpecError, match="clock_volts"):
        V2.replace(clock_volts=table)


def test_below_some_clock_the_voltage_may_stay():
    assert V2.replace(clock_volts=((1e8, 1.0), (2e8, 1.0))).clock_volts[0] == (1e8, 1.0)


def test_the_table_holds_the_clock_that_the_energies_are_for():
    with pytest.raises(SpecError, match=r"must hold clock_hz = 2e\+08"):
        V2.replace(clock_volts=((1e8, 0.8), (1.5e8, 1.0)))


@pytest.mark.attack("limits")
@pytest.mark.parametrize(
    ("values", "words"),
    [
        (range(1, 1_000_001), "has 1,000,000 values"),
        ({"first": 1, "last": 9e11, "step": 1}, "has 900,000,000,000 values"),
        ({"first": 1, "last": 9e11, "points": 1_000_000}, "has 1,000,000 values"),
        ({"first": 1, "last": 9e11, "factor": 1.00001}, "values; an axis may have up to 65,536"),
        ({"first": 1e-300, "last": 1e300, "step": 1e-300}, "values; an axis may have up to 65,536"),
        ({"first": 1, "last": 10**400, "step": 1}, "last must be a finite number up to 1e+300"),
        ((1e8, 10**400), "must be a finite number above 0"),
        (({"first": 1e8}, 1e8), "lists {'first': 100000000.0}, which no field can be"),
    ],
)
def test_too_many_values_are_refused_before_they_are_made(values, words):
    with pytest.raises(SpecError) as error:
        axis("clock_hz", values, V2)
    assert words in str(error.value)


@pytest.mark.attack("limits")
def test_the_longest_axis_is_checked_whole():
    """By its ends, and by one value that is not whole where a count is wanted."""
    assert len(axis("noc_words_per_cycle.iact", range(1, MOST_VALUES + 1), V2).values) == MOST_VALUES
    with pytest.raises(SpecError, match="lists 7 twice"):
        axis("noc_words_per_cycle.iact", [*range(1, MOST_VALUES), 7], V2)
    with pytest.raises(SpecError, match=r"pe_rows = 7\.5"):
        axis("pe_rows", [*range(1, 1000), 7.5], V2)
    with pytest.raises(SpecError, match=r"pe_rows = 7\.0"):
        axis("pe_rows", [*range(8, 1000), 7.0], V2)


@pytest.mark.attack("limits")
def test_a_space_of_more_parts_than_anybody_waits_for_is_refused_before_one_is_made():
    axes = {each: {"first": 1, "last": 60_000, "step": 1} for each in ("clock_hz", "noc_words_per_cycle.iact")}
    start = time.thread_time()
    with pytest.raises(SpecError, match=r"span 3\.6e\+09 designs, which are 3\.52e\+06 parts .* 1,048,576 parts"):
        Sweep(space=design_space(V2, axes), networks=(network("alexnet"),), objectives=("inferences_per_s", "area_mm2"))
    assert time.thread_time() - start < 5
