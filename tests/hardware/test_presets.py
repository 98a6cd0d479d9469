"""The presets: what the papers say about each design, and that every number says where it comes from."""

import dataclasses
import math
import re
from collections.abc import Callable

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import BITS_PER_KB, ISCA16, TIMELOOP_E168, Accelerator, Types
from eyeriss_jax.hardware.presets import (
    ACCELERATORS,
    MOST_PES,
    accelerator,
    eyeriss_v1_scaled,
    eyeriss_v2_scaled,
    timeloop_e168,
)

UNCITED = {"name", "description", "sources"}
TAG = re.compile(r"\[(P|PF|S|M|D)\]")


def _claim(name: str, preset: str, expected: float, value: Callable[[Accelerator], float]) -> object:
    return pytest.param(preset, expected, value, id=name)


def _unicast(data_type: str, ports: Callable[[Accelerator], int]) -> Callable[[Accelerator], float]:
    return lambda a: a.clusters * ports(a) * a.noc_words_per_cycle[data_type]


CLAIMS = [
    _claim("v1: 168 PEs", "eyeriss_v1", 168, lambda a: a.pes),
    _claim("v1: 33.6 GMAC/s peak", "eyeriss_v1", 33.6, lambda a: a.peak_gops / 2),
    _claim("v1: 108 kB GLB", "eyeriss_v1", 108, lambda a: a.glb_total_bits / BITS_PER_KB),
    _claim("v1: 100 kB GLB for ifmaps and psums", "eyeriss_v1", 100, lambda a: a.glb_shared_bits / BITS_PER_KB),
    _claim("v1: 16-bit ifmap bus", "eyeriss_v1", 16, lambda a: a.noc_words_per_cycle.iact * a.word_bits.iact),
    _claim("v1: 64-bit filter bus", "eyeriss_v1", 64, lambda a: a.noc_words_per_cycle.weight * a.word_bits.weight),
    _claim("v1: 64-bit psum bus", "eyeriss_v1", 64, lambda a: a.noc_words_per_cycle.psum * a.word_bits.psum),
    _claim("v1: 480 MB/s of DRAM", "eyeriss_v1", 480e6, lambda a: a.dram_total_bits_per_cycle / 8 * a.clock_hz),
    _claim("v1: 448 B filter SPad", "eyeriss_v1", 448, lambda a: a.spad_words.weight * a.word_bits.weight / 8),
    _claim("v1 baseline: 192 MACs", "eyeriss_v1_192", 192, lambda a: a.macs_per_cycle),
    _claim("v1 baseline: 192 kB GLB", "eyeriss_v1_192", 192, lambda a: a.glb_total_bits / BITS_PER_KB),
    _claim(
        "v1 baseline: 24-bit weight bus",
        "eyeriss_v1_192",
        24,
        lambda a: a.noc_words_per_cycle.weight * a.word_bits.weight,
    ),
    _claim("v1.5: 192 MACs", "eyeriss_v1_5", 192, lambda a: a.macs_per_cycle),
    _claim("v1.5: 192 kB GLB", "eyeriss_v1_5", 192, lambda a: a.glb_total_bits / BITS_PER_KB),
    _claim("v1.5: 144 unicast iacts per cycle", "eyeriss_v1_5", 144, _unicast("iact", lambda a: 1)),
    _claim("v2: 192 PEs", "eyeriss_v2", 192, lambda a: a.pes),
    _claim("v2: 384 MACs", "eyeriss_v2", 384, lambda a: a.macs_per_cycle),
    _claim("v2: 16 clusters", "eyeriss_v2", 16, lambda a: a.clusters),
    _claim("v2: 153.6 GOPS peak", "eyeriss_v2", 153.6, lambda a: a.peak_gops),
    _claim("v2: 192 kB GLB", "eyeriss_v2", 192, lambda a: a.glb_total_bits / BITS_PER_KB),
    _claim("v2: 72 kB iact GLB", "eyeriss_v2", 72, lambda a: a.clusters * a.glb_bits.iact / BITS_PER_KB),
    _claim("v2: 120 kB psum GLB", "eyeriss_v2", 120, lambda a: a.clusters * a.glb_bits.psum / BITS_PER_KB),
    _claim("v2: no weight GLB", "eyeriss_v2", 0, lambda a: a.glb_bits.weight),
    _claim("v2: 144 unicast iacts per cycle", "eyeriss_v2", 144, _unicast("iact", lambda a: 1)),
    _claim("v2: 9 broadcast iacts per cycle", "eyeriss_v2", 9, lambda a: a.noc_words_per_cycle.iact),
    _claim("v2: 144 unicast weights per cycle", "eyeriss_v2", 144, _unicast("weight", lambda a: a.pe_rows)),
    _claim("v2: 9 weights per source cluster", "eyeriss_v2", 9, lambda a: a.pe_rows * a.noc_words_per_cycle.weight),
    _claim("v2: 128 psums per cycle", "eyeriss_v2", 128, _unicast("psum", lambda a: a.pe_cols)),
    _claim("v2: 24-bit weight port", "eyeriss_v2", 24, lambda a: a.noc_words_per_cycle.weight * a.word_bits.weight),
    _claim("v2: 40-bit psum port", "eyeriss_v2", 40, lambda a: a.noc_words_per_cycle.psum * a.word_bits.psum),
    _claim("v2: window of 16 iacts", "eyeriss_v2", 16, lambda a: a.spad_words.iact),
    _claim("v2: 192 weights per PE", "eyeriss_v2", 192, lambda a: a.spad_words.weight),
    _claim("v2: M0 up to 32", "eyeriss_v2", 32, lambda a: a.spad_words.psum),
    _claim("v2: 80 B psum SPad", "eyeriss_v2", 80, lambda a: a.spad_words.psum * a.word_bits.psum / 8),
    _claim("v2: unlimited DRAM", "eyeriss_v2", math.inf, lambda a: a.dram_total_bits_per_cycle),
    _claim("v2 scaled: 64 FC weights per cycle on 256 PEs", "eyeriss_v2_256", 64, _unicast("weight", lambda a: 4)),
    _claim("v2 scaled: 32x32 clusters on 16384 PEs", "eyeriss_v2_16384", 32, lambda a: a.cluster_cols),
    _claim("v1 scaled: 1 weight per cycle at 256 PEs", "eyeriss_v1_256", 1, lambda a: a.noc_words_per_cycle.weight),
    _claim("v1 scaled: 1 weight per cycle at 16384 PEs", "eyeriss_v1_16384", 1, lambda a: a.noc_words_per_cycle.weight),
    _claim("v1 scaled: 128 columns at 16384 PEs", "eyeriss_v1_16384", 128, lambda a: a.pe_cols),
    _claim("E168: 168 PEs", "timeloop_e168", 168, lambda a: a.macs_per_cycle),
    _claim("E168: 64 Ki words of GLB", "timeloop_e168", 65536, lambda a: a.glb_total_bits / a.word_bits.iact),
    _claim("E168: DRAM reads 4 words per cycle", "timeloop_e168", 64, lambda a: a.dram_read_bits_per_cycle),
    _claim("E168: DRAM writes 4 words per cycle", "timeloop_e168", 64, lambda a: a.dram_write_bits_per_cycle),
    _claim("E168: ideal network", "timeloop_e168", math.inf, lambda a: a.noc_words_per_cycle.weight),
]


@pytest.mark.parametrize(("preset", "expected", "value"), CLAIMS)
def test_claim(preset: str, expected: float, value: Callable[[Accelerator], float]) -> None:
    assert value(accelerator(preset)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_number_has_a_tagged_source(name: str) -> None:
    design = accelerator(name)
    fields = {item.name for item in dataclasses.fields(design)} - UNCITED
    fields -= set() if design.clock_volts else {"clock_volts"}  # no table, no number
    assert fields - set(design.sources) == set()
    assert [field for field, source in design.sources.items() if not TAG.search(source)] == []


@pytest.mark.parametrize("name", ACCELERATORS)
def test_the_name_finds_the_design_of_that_name(name: str) -> None:
    assert accelerator(name).name == name


def test_v1_5_is_v2_with_the_v1_pe() -> None:
    v1, v1_5, v2 = (accelerator(name) for name in ("eyeriss_v1_192", "eyeriss_v1_5", "eyeriss_v2"))
    of_the_pe = {"lanes", "spad_words", "pass_ramp_cycles", "sparse_pe", "energy"}
    different = {item.name for item in dataclasses.fields(v2) if getattr(v2, item.name) != getattr(v1_5, item.name)}
    assert different - UNCITED == of_the_pe
    assert all(getattr(v1_5, field) == getattr(v1, field) for field in of_the_pe)


@pytest.mark.parametrize(
    ("clusters", "grid"), [(1, (1, 1)), (2, (2, 1)), (8, (4, 2)), (16, (4, 4)), (64, (8, 8)), (1024, (32, 32))]
)
def test_the_scaled_grid_is_the_squarest(clusters: int, grid: tuple[int, int]) -> None:
    design = eyeriss_v2_scaled(clusters)
    assert (design.cluster_rows, design.cluster_cols) == grid
    assert design.pes == 16 * clusters
    assert accelerator(f"eyeriss_v2_{design.pes}") == design


@pytest.mark.parametrize("clusters", [0, -4, 12, 2.0])
def test_a_scaled_grid_needs_a_power_of_two(clusters: int) -> None:
    with pytest.raises(SpecError, match="scaled array: clusters"):
        eyeriss_v2_scaled(clusters)


@pytest.mark.parametrize("pes", [16, 256, 512, 1024, 16384])
def test_scaled_v1_has_the_pes_rows_and_glb_of_scaled_v2(pes: int) -> None:
    v1, v2 = accelerator(f"eyeriss_v1_{pes}"), accelerator(f"eyeriss_v2_{pes}")
    assert v1.pe_rows == v2.cluster_rows * v2.pe_rows
    assert v1.pe_cols == v2.cluster_cols * v2.pe_cols
    assert v1.glb_total_bits == v2.glb_total_bits
    assert v1.spad_words == v2.spad_words


def test_a_scaled_v1_array_may_have_any_shape() -> None:
    design = eyeriss_v1_scaled(12, 14)
    assert (design.name, design.pes) == ("eyeriss_v1_12x14", 168)
    with pytest.raises(SpecError, match="pe_cols = 0"):
        eyeriss_v1_scaled(12, 0)


@pytest.mark.parametrize("name", ["eyeriss_v1", "timeloop_e168"])
def test_16_bit_designs_use_their_table_as_published(name: str) -> None:
    assert accelerator(name).energy in (ISCA16, TIMELOOP_E168)


@pytest.mark.parametrize("name", ["eyeriss_v1_192", "eyeriss_v1_5", "eyeriss_v2", "eyeriss_v1_256", "eyeriss_v2_1024"])
def test_8_bit_designs_pay_for_the_bits_they_move_in_picojoules(name: str) -> None:
    table = accelerator(name).energy
    assert table.unit == "pJ"
    assert table.glb == Types(iact=6.96, weight=6.96, psum=17.4)  # 3.0 and 7.5 MACs


def test_the_clock_grows_with_the_logic() -> None:
    # JETCAS 2019: v2 has twice the logic of v1 and v1.5.
    v1, v1_5, v2 = (
        accelerator(name).energy.static_per_cycle for name in ("eyeriss_v1_192", "eyeriss_v1_5", "eyeriss_v2")
    )
    assert v1 == v1_5 == v2 / 2
    small, large = (accelerator(f"eyeriss_v2_{pes}").energy.static_per_cycle for pes in (256, 1024))
    assert large == pytest.approx(4 * small)


def test_e168_expresses_a_bypass_another_shape_and_other_bandwidths() -> None:
    design = timeloop_e168(pe_x=4, pe_y=3, keeps=("psum",), dram_words_per_cycle=1, glb_words_per_cycle=2)
    assert (design.pe_rows, design.pe_cols, design.glb_keeps) == (3, 4, ("psum",))
    assert (design.dram_read_bits_per_cycle, design.dram_write_bits_per_cycle) == (16, 16)
    assert (design.glb_read_words_per_cycle, design.glb_write_words_per_cycle) == (2, 2)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("eyeris_v2", "did you mean 'eyeriss_v2'?"),
        ("eyeriss_v3", "did you mean 'eyeriss_v"),
        ("tpu", "Known names: eyeriss_v1, "),
        ("eyeriss_v2_300", "did you mean 'eyeriss_v2_256' or 'eyeriss_v2_512'?"),
        ("eyeriss_v1_192192", "16 x a power of two PEs"),
        ("eyeriss_v2_0256", "did you mean 'eyeriss_v2_256'?"),
        ("eyeriss_v2_15", "did you mean 'eyeriss_v2_16' or 'eyeriss_v2_32'?"),
    ],
)
def test_an_unknown_name_is_refused_with_a_suggestion_and_the_list(name: str, said: str) -> None:
    with pytest.raises(SpecError, match="Known names: eyeriss_v1, ") as refusal:
        accelerator(name)
    assert said in str(refusal.value)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("pes", [2 * MOST_PES, 2**62, 3**150])
def test_a_design_too_large_is_refused_with_the_largest(version: str, pes: int) -> None:
    with pytest.raises(SpecError, match=f"is too large; 'eyeriss_{version}_{MOST_PES}' is the largest"):
        accelerator(f"eyeriss_{version}_{pes}")
    assert accelerator(f"eyeriss_{version}_{MOST_PES}").pes == MOST_PES
