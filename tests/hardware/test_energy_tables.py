"""The energy tables and how they follow the word width."""

import dataclasses
import math
from typing import Any

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import (
    ENERGY_TABLES,
    EYERISS_V1_65NM,
    EYERISS_V2_65NM,
    ISCA16,
    TIMELOOP_E168,
    Types,
    energy_table,
    eyeriss_65nm,
    scaled_by_bits,
)
from eyeriss_jax.hardware.area import TSMC65, area_of
from eyeriss_jax.hardware.energy import CLOCK_PJ_PER_KGATE, INTER_PE_MM, MAC_PJ, PE_PITCH_MM
from eyeriss_jax.hardware.presets import accelerator

# level -> energy per 16-bit word for every data type, relative to one MAC
PUBLISHED = {
    "ISCA16": {"mac": 1, "spad": 1, "noc": 2, "glb": 6, "dram": 200},
    "TIMELOOP_E168": {"mac": 1, "spad": 1, "noc": 0, "glb": 6, "dram": 200},
}


def _same(value: float) -> Types:
    return Types(iact=value, weight=value, psum=value)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_table_holds_the_published_ratios(name: str) -> None:
    table = energy_table(name)
    assert table.mac == PUBLISHED[name]["mac"]
    for level in ("spad", "noc", "glb", "dram"):
        assert getattr(table, level) == _same(PUBLISHED[name][level])


def test_every_table_has_a_claim_a_unit_and_a_source() -> None:
    assert set(ENERGY_TABLES) == {*PUBLISHED, "EYERISS_V1_65NM", "EYERISS_V2_65NM"}
    assert all(table.unit and table.source and table.name == name for name, table in ENERGY_TABLES.items())


def test_scaling_to_the_reference_width_changes_no_energy() -> None:
    assert scaled_by_bits(ISCA16, _same(16)).build() == ISCA16.build()


def test_accesses_scale_with_the_bits_they_move() -> None:
    table = scaled_by_bits(ISCA16, Types(iact=8, weight=8, psum=20))
    assert table.spad == Types(iact=0.5, weight=0.5, psum=1.25)
    assert table.noc == Types(iact=1.0, weight=1.0, psum=2.5)
    assert table.glb == Types(iact=3.0, weight=3.0, psum=7.5)
    assert table.dram == Types(iact=100.0, weight=100.0, psum=250.0)


@pytest.mark.parametrize(("iact", "weight", "mac"), [(16, 16, 1.0), (8, 16, 0.5), (8, 8, 0.25), (4, 4, 0.0625)])
def test_a_mac_scales_with_the_product_of_its_operand_widths(iact: int, weight: int, mac: float) -> None:
    assert scaled_by_bits(ISCA16, Types(iact=iact, weight=weight, psum=20)).mac == mac


def test_static_energy_does_not_follow_the_word_width() -> None:
    table = dataclasses.replace(ISCA16, static_per_cycle=7.0)
    assert scaled_by_bits(table, _same(8)).static_per_cycle == 7.0


def test_the_65_nm_table_keeps_the_published_ratios_but_for_a_psum_hop() -> None:
    relative = scaled_by_bits(ISCA16, Types(iact=8, weight=8, psum=20))
    for table in (EYERISS_V1_65NM, EYERISS_V2_65NM):
        for level in ("spad", "glb", "dram"):
            ours, published = getattr(table, level), getattr(relative, level)
            assert all(ours[t] == pytest.approx(published[t] * MAC_PJ) for t in ("iact", "weight", "psum"))
        assert table.mac == relative.mac * MAC_PJ
        assert table.noc.iact == relative.noc.iact * MAC_PJ
        assert table.noc.psum == pytest.approx(relative.noc.psum * MAC_PJ * PE_PITCH_MM / INTER_PE_MM)


def test_the_psum_hop_of_the_65_nm_table_is_the_side_of_a_pe() -> None:
    gates = area_of(accelerator("eyeriss_v2")).pes / accelerator("eyeriss_v2").pes
    assert math.sqrt(gates * TSMC65.um2_per_gate) / 1000 == pytest.approx(PE_PITCH_MM, rel=0.01)


@pytest.mark.parametrize("name", ["eyeriss_v2", "eyeriss_v1_5", "eyeriss_v2_256", "eyeriss_v2_16384"])
def test_a_hop_of_the_65_nm_tables_crosses_a_cluster_of_the_area_model(name: str) -> None:
    machine = accelerator(name)
    cluster_mm = math.sqrt(area_of(machine).total / machine.clusters * TSMC65.um2_per_gate) / 1000
    inter_pe = scaled_by_bits(ISCA16, machine.word_bits).noc
    for t in ("iact", "weight", "psum"):
        assert getattr(machine.energy.hop, t) == pytest.approx(
            getattr(inter_pe, t) * MAC_PJ * cluster_mm / INTER_PE_MM, rel=0.01
        )


def test_the_65_nm_table_pays_for_every_gate_in_every_cycle() -> None:
    bits = _same(8)
    assert eyeriss_65nm("none", bits, 0.0, 0.0).static_per_cycle == 0
    assert eyeriss_65nm("some", bits, 10.0, 0.0).static_per_cycle == 10 * CLOCK_PJ_PER_KGATE
    with pytest.raises(SpecError, match="eyeriss_65nm: kgates"):
        eyeriss_65nm("some", bits, -1.0, 0.0)
    with pytest.raises(SpecError, match="eyeriss_65nm: cluster_mm"):
        eyeriss_65nm("some", bits, 10.0, math.nan)


def test_scaling_names_the_widths() -> None:
    table = scaled_by_bits(TIMELOOP_E168, Types(iact=8, weight=8, psum=20))
    assert table.name == "TIMELOOP_E168 at 8/8/20 b"
    assert TIMELOOP_E168.source in table.source


@pytest.mark.parametrize("bad", [0, -8, math.nan, math.inf])
def test_a_width_must_be_positive(bad: float) -> None:
    with pytest.raises(SpecError, match=r"bits\.weight"):
        scaled_by_bits(ISCA16, Types(iact=8, weight=bad, psum=20))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mac": -1.0}, "energy table ISCA16: mac = -1.0"),
        ({"static_per_cycle": math.nan}, "static_per_cycle = nan"),
        ({"glb": Types(iact=6, weight=math.inf, psum=6)}, "glb.weight = inf"),
        ({"dram": 200.0}, "dram = 200.0 must be a Types"),
    ],
)
def test_an_energy_must_be_finite_and_not_negative(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as refusal:
        dataclasses.replace(ISCA16, **changes)
    assert said in str(refusal.value)


def test_an_unknown_table_is_refused_with_a_suggestion_and_the_list() -> None:
    with pytest.raises(
        SpecError, match=r"'ISCA17'; did you mean 'ISCA16'\? Known names: ISCA16, TIMELOOP_E168, EYERISS"
    ):
        energy_table("ISCA17")
