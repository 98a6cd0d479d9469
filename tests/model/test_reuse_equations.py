"""Equations 3 and 4 of ISCA 2016: the figure's own mappings give the figure's bars, and each rule by itself."""

import dataclasses

import pytest

from eyeriss_jax.dataflow import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware import Accelerator, Types
from eyeriss_jax.hardware.presets.isca16 import isca16
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.conventions import FRAMEWORKS, ISCA16, conventions
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.validity import Code
from eyeriss_jax.search.mapping import evaluate_exactly

LAYERS = {layer.name: layer for layer in network("alexnet", batch=16).layers}

# ISCA 2016, Fig 10, digitised: energies of DRAM, GLB, array and RF in 10^9 MACs, and the (e, n, m, p, q, r, t) that
# they imply.
BARS = {
    "CONV1": ((2.1899, 0.15036, 0.37539, 6.4402), (5, 2, 96, 20, 1, 1, 4)),
    "CONV3": ((1.8371, 0.29618, 0.46999, 9.3393), (13, 4, 78, 10, 7, 2, 3)),
    "CONV4": ((1.5680, 0.17847, 0.36008, 7.0278), (13, 4, 64, 9, 8, 3, 2)),
    "CONV5": ((1.0454, 0.13286, 0.23691, 4.6852), (13, 4, 64, 9, 8, 2, 3)),
    "FC6": ((7.6222, 0.044735, 0.23922, 2.3154), (1, 16, 3814, 18, 2, 4, 10)),
}


def rs_mapping(layer: Layer, e: int, n: int, m: int, p: int, q: int, r: int, t: int) -> Mapping:
    """The paper's parameters as a mapping."""
    return Mapping(
        glb=Dims(N=n, M=m, C=min(q * r, layer.C), E=layer.E, F=e, R=layer.R, S=layer.S),
        pe_rows=Dims(S=layer.S, F=e, C=r, M=t),
        spad=Dims(N=n, M=p, C=q, E=layer.E, R=layer.R),
        dram_order=("NEF", "M", "CRS"),
        glb_order=("M", "CRS", "NEF"),
    )


@pytest.mark.parametrize("name", BARS)
def test_the_mapping_behind_fig_10_of_isca_2016_gives_its_bars(name: str) -> None:
    bars, parameters = BARS[name]
    found = evaluate_exactly(isca16("rs_isca16"), LAYERS[name], rs_mapping(LAYERS[name], *parameters), ISCA16)
    assert found.code == Code.VALID
    energy = found.energy
    assert [x / 1e9 for x in (energy.dram, energy.glb, energy.noc, energy.spad)] == pytest.approx(bars, rel=2e-4)


# 6 channels, 4 filters of 3x3 and 5x5 outputs of 2 images; no padding.
SMALL = Layer.conv2d("small", 6, 4, input_size=7, kernel=3, batch=2)
OUTPUTS, MACS = 2 * 4 * 25, 2 * 4 * 25 * 54


def evaluated(machine: Accelerator, mapping: Mapping, **switches: bool) -> Evaluation:
    return evaluate_exactly(machine, SMALL, mapping, dataclasses.replace(ISCA16, **switches))


def test_rs_by_hand() -> None:
    # e = 5, r = 3, t = 2, p = 2, q = 1: two passes over the channels.
    found = evaluated(isca16("rs_isca16"), rs_mapping(SMALL, 5, 2, 4, 2, 1, 3, 2))
    assert found.dram.iact.reads == 2 * 6 * 49
    assert found.dram.weight.reads == 4 * 54
    assert found.dram.psum.updates == OUTPUTS
    # Equation 3: the ifmaps are read once from the GLB, and each row goes to every PE that needs it.
    assert found.glb.iact.reads == 2 * 6 * 49
    assert found.noc.iact == 2 * 6 * 5 * 3 * 7 * 2
    assert found.noc.weight == 4 * 54 * 5
    # Equation 4 with a = 1, b = 2, c = 9 PEs, d = 3 taps.
    assert found.glb.psum.reads + found.glb.psum.updates == 2 * OUTPUTS * (2 - 1)
    assert found.noc.psum == OUTPUTS * 2 * (9 - 1)
    assert found.spad.psum.reads + found.spad.psum.updates == 2 * OUTPUTS * 2 * 9 * (3 - 1)
    assert found.spad.iact.reads == found.spad.weight.reads == MACS
    assert found.spad.iact.fills == found.spad.weight.fills == found.glb.iact.fills == 0


def test_ws_adds_up_along_a_row_of_pes_and_the_rows_in_the_glb() -> None:
    mapping = Mapping(
        glb=Dims(N=2, M=4, C=6, E=5, F=5, R=3, S=3),
        pe_rows=Dims(R=3, S=3, M=4, C=2),
        spad=Dims(N=2, E=5, F=5),
        dram_order=("M", "CRS", "NEF"),
    )
    found = evaluated(isca16("ws"), mapping)
    assert found.code == Code.VALID
    assert found.dram.iact.reads == 2 * 6 * 49  # every pixel once for all PEs
    assert (found.spad.weight.reads, found.spad.iact.reads, found.spad.psum.reads) == (MACS, 0, 0)
    visits = OUTPUTS * 3 * 3  # three pairs of channels, three rows of a filter
    assert found.glb.psum.reads == found.glb.psum.updates == visits - OUTPUTS
    assert found.noc.psum == MACS - visits


def test_what_has_no_words_in_the_rf_comes_again_at_every_step() -> None:
    # OS_C with one image in space: 4 weights and 1 ifmap pixel per step.
    glb = Dims(N=2, M=4, C=6, R=3, S=3)
    mapping = Mapping(glb=glb, pe_rows=Dims(M=4), spad=Dims(C=6, R=3, S=3), dram_order=("M", "NEF", "CRS"))
    found = evaluated(isca16("os_c"), mapping)
    assert (found.glb.weight.reads, found.glb.iact.reads) == (MACS, MACS / 4)
    assert (found.noc.iact, found.noc.weight, found.noc.psum) == (MACS, MACS, 0)
    assert (found.spad.iact.reads, found.spad.weight.reads) == (0, 0)
    assert found.spad.psum.reads + found.spad.psum.updates == 2 * (MACS - OUTPUTS)
    assert found.dram.weight.reads == 4 * 54


def test_a_pe_without_rf_takes_weights_past_the_array() -> None:
    mapping = Mapping(glb=Dims(N=2, M=4, C=6, E=5, F=5, R=3, S=3), pe_rows=Dims(M=4, C=6), spad=Dims())
    found = evaluated(isca16("nlr"), mapping)
    assert (found.noc.iact, found.noc.weight, found.noc.psum) == (MACS, 0, MACS * 5 / 6)
    assert found.glb.weight.reads == MACS
    assert found.energy.spad == 0


def test_the_data_types_share_one_rf() -> None:
    machine = isca16("rs_isca16").replace(spad_words=Types(iact=1, weight=15, psum=1))
    fits = rs_mapping(SMALL, 5, 2, 4, 2, 1, 3, 2)  # 6 weights, 3 iacts, 2 psums in 17 words
    assert evaluated(machine, fits).code == Code.VALID
    assert evaluated(machine, fits, one_rf=False).code == Code.SPAD_IACT
    full = rs_mapping(SMALL, 5, 2, 4, 4, 1, 3, 1)  # 12 + 3 + 4
    assert evaluated(machine, full).code == Code.SPAD_IACT


def test_levels_round_up_for_themselves() -> None:
    # 4 filters in DRAM tiles of 3 and array tiles of 2: nested 2 + 1 steps, by themselves 2.
    mapping = rs_mapping(SMALL, 5, 2, 3, 2, 1, 3, 1)
    assert evaluated(isca16("rs_isca16"), mapping).glb.iact.reads == 2 * 588
    assert evaluated(isca16("rs_isca16"), mapping, nested_tiles=True).glb.iact.reads == 3 * 588


def test_strips_leave_the_glb_with_their_psums() -> None:
    # All channels are in the GLB, which cannot hold the psums of more than 2 filters.
    mapping = rs_mapping(SMALL, 5, 2, 2, 2, 2, 3, 1)
    assert evaluated(isca16("rs_isca16"), mapping).dram.iact.reads == 2 * 588
    assert evaluated(isca16("rs_isca16"), mapping, glb_iacts_stay=True).dram.iact.reads == 588


def test_padding_is_read_from_dram() -> None:
    padded = Layer.conv2d("padded", 6, 4, input_size=5, kernel=3, padding=1, batch=2)
    found = evaluate_exactly(isca16("rs_isca16"), padded, rs_mapping(padded, 5, 2, 4, 2, 1, 3, 2), ISCA16)
    assert found.dram.iact.reads == 2 * 6 * 49


def test_the_framework_is_found_by_name_and_is_no_tool() -> None:
    assert conventions("isca16") is ISCA16
    assert list(FRAMEWORKS) == ["isca16"]
