"""The area law: what it adds up to, what it grows with, and that it runs on a device as a function of scalars."""

import dataclasses
import math

import jax
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Types
from eyeriss_jax.hardware.area import TSMC65, area, area_of
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator

V2 = accelerator("eyeriss_v2")
PARTS = ("macs", "spads", "pe_control", "noc", "glb")


@pytest.mark.parametrize("name", ACCELERATORS)
def test_components_add_up(name):
    found = area_of(accelerator(name))
    assert found.pes == pytest.approx(found.macs + found.spads + found.pe_control)
    assert found.total == pytest.approx(found.pes + found.noc + found.glb)
    assert found.logic == pytest.approx(found.total - found.glb - found.spad_sram)
    assert 0 < found.spad_sram < found.spads
    assert math.isfinite(found.mm2)


def test_the_routers_of_eyeriss_v2_by_hand():
    """JETCAS 2019 section III: 4 x 4, 2 x 2 and 3 x 3 ports; 3 routers of 24 bits, 3 of 24 and 4 of 40 in a cluster."""
    crosspoints = 3 * 24 * 4 * 4 + 3 * 24 * 2 * 2 + 4 * 40 * 3 * 3
    selection = 12 * 3 * 24  # each PE among the iact routers of its cluster
    registers = 3 * 24 * 4 + 3 * 24 * 2 + 4 * 40 * 3
    table = TSMC65.build()
    gates = 16 * ((crosspoints + selection) * table.crosspoint_bit + registers * table.register_bit)
    assert area_of(V2).noc == pytest.approx(float(gates))
    wider = 16 * (3 * 24 * (5 * 5 - 4 * 4 + 3 * 3 - 2 * 2) * table.crosspoint_bit + 2 * 3 * 24 * table.register_bit)
    four_columns = V2.replace(cluster_rows=4, cluster_cols=4)
    assert area_of(four_columns).noc == pytest.approx(float(gates + wider))


def test_the_buses_of_eyeriss_v1_by_hand():
    """A register for every bit at every PE; psums enter and leave."""
    v1 = accelerator("eyeriss_v1")
    words, bits = v1.noc_words_per_cycle, v1.word_bits
    each = words.iact * bits.iact + words.weight * bits.weight + 2 * words.psum * bits.psum
    assert area_of(v1).noc == pytest.approx(float(168 * each * TSMC65.build().register_bit))


def test_four_times_the_clusters_are_four_times_the_area_of_two_columns():
    """Each cluster brings its PEs, GLB and routers, so area is linear in clusters as long as the routers are alike."""
    once, more = area_of(V2), area_of(V2.replace(cluster_rows=32))
    for part in (*PARTS, "total"):
        assert getattr(more, part) == pytest.approx(4 * getattr(once, part))


def test_a_grid_of_more_than_two_columns_needs_larger_routers():
    """JETCAS 2019 section III: one more port pair in the iact and weight routers."""
    two, four = area_of(V2), area_of(V2.replace(cluster_rows=4, cluster_cols=4))
    assert four.noc > two.noc
    assert four.pes == pytest.approx(two.pes)


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"lanes": 3}, {"macs", "spads", "pe_control"}),
        ({"word_bits": Types(iact=16, weight=8, psum=20)}, {"macs", "noc"}),
        ({"spad_words": Types(iact=16, weight=192, psum=64)}, {"spads"}),
        ({"glb_shared_bits": 8192}, {"glb"}),
        ({"noc_words_per_cycle": Types(iact=12, weight=3, psum=2)}, {"noc"}),
        ({"noc_words_per_cycle": Types(iact=9, weight=6, psum=2)}, {"noc"}),
        ({"noc_words_per_cycle": Types(iact=9, weight=3, psum=4)}, {"noc"}),
        ({"noc_words_per_cycle": Types(iact=math.inf, weight=3, psum=2)}, set()),
    ],
)
def test_a_larger_parameter_grows_what_it_belongs_to_and_nothing_else(change, parts):
    before, after = area_of(V2), area_of(V2.replace(**change))
    grown = {
        part for part in ("macs", "spads", "pe_control", "noc", "glb") if getattr(after, part) > getattr(before, part)
    }
    assert grown == parts


def test_sweeps_vary_it_on_the_device():
    """vmap over any leaf; the gradient with respect to the GLB is what a bit of SRAM costs."""
    machine, table = V2.build(), TSMC65.build()

    def total(glb_shared_bits):
        return area(machine.replace(glb_shared_bits=glb_shared_bits), table).total

    sizes = jax.numpy.array([0.0, 1024.0, 4096.0])
    assert jax.jit(jax.vmap(total))(sizes).shape == (3,)
    assert jax.grad(total)(1024.0) == pytest.approx(V2.clusters * TSMC65.glb_sram_bit)


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_size_that_no_gate_has_is_refused(value):
    with pytest.raises(SpecError, match="TSMC65: adder_bit"):
        dataclasses.replace(TSMC65, adder_bit=value)
