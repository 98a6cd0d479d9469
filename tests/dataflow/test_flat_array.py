"""The dataflows of ISCA 2016: what lies in space, what a PE holds, and on which arrays they run."""

import numpy as np
import pytest

from eyeriss_jax.dataflow import DATAFLOWS, NLR, OS_A, OS_B, OS_C, RS_ISCA16, WS
from eyeriss_jax.dataflow.flat_array import FlatArray, array_axis, batch_parts, filter_parts, strip_parts
from eyeriss_jax.dataflow.mapspace import MapSpace, mapspace
from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.hardware.presets.isca16 import ISCA16_DATAFLOWS, isca16
from eyeriss_jax.layers import Layer

CONV = Layer.conv2d("conv", 48, 128, input_size=27, kernel=5, padding=2, batch=4)
FLOWS: tuple[FlatArray, ...] = (RS_ISCA16, WS, OS_A, OS_B, OS_C, NLR)


def space_of(flow: FlatArray, layer: Layer = CONV) -> MapSpace:
    return mapspace(layer, isca16(flow.name), flow)


def in_space(space: MapSpace, dim: str) -> set[int]:
    return {int(n) for n in np.unique(space.plans["pe_rows"][dim])}


def test_all_six_are_found_by_name() -> None:
    assert {flow.name for flow in FLOWS} == set(ISCA16_DATAFLOWS)
    assert all(DATAFLOWS[flow.name] is flow for flow in FLOWS)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_only_the_dataflows_dimensions_lie_in_space_and_never_on_more_pes_than_there_are(flow: FlatArray) -> None:
    space = space_of(flow)
    assert {dim for dim in DIMS if in_space(space, dim) != {1}} <= set(flow.parallel_dims())
    assert np.prod([space.plans["pe_rows"][dim] for dim in DIMS], axis=0).max() <= 256


def test_rs_holds_a_whole_set_and_shares_the_rf_between_weights_window_and_psums() -> None:
    # ISCA'16 sections V and VI: p q R weights, q R ifmap values and p psums in 256 words.
    space = space_of(RS_ISCA16)
    p, q = space.pe_tiles.M, space.pe_tiles.C
    assert in_space(space, "S") == {5}
    assert max(p * q * 5 + q * 5 + p) <= 256
    assert min((p + 1) * q * 5 + q * 5 + p + 1 for p, q in zip(*_most_filters(space), strict=True)) > 256


def _most_filters(space: MapSpace) -> tuple[list[int], list[int]]:
    """Per q that leaves room for fewer filters than there are the most p."""
    channels = [int(q) for q in np.unique(space.pe_tiles.C) if q * 5 > 10]
    return [int(space.pe_tiles.M[q == space.pe_tiles.C].max()) for q in channels], channels


def test_ws_keeps_one_weight_per_pe_through_all_of_its_uses() -> None:
    space = space_of(WS)
    assert in_space(space, "R") == in_space(space, "S") == {5}
    assert space.tile_count == 1
    tile = {dim: int(space.pe_tiles[dim][0]) for dim in DIMS}
    assert tile == {"G": 1, "N": 4, "M": 1, "C": 1, "E": 27, "F": 27, "R": 1, "S": 1}


@pytest.mark.parametrize("flow", [OS_A, OS_B, OS_C], ids=lambda flow: flow.name)
def test_os_finishes_a_psum_in_its_pe(flow: FlatArray) -> None:
    space = space_of(flow)
    assert all(in_space(space, dim) == {1} for dim in "CRS")
    assert [int(space.pe_tiles[dim][0]) for dim in "CRS"] == [48, 5, 5]


def test_the_types_of_os_differ_in_the_pixels_that_are_made_together() -> None:
    assert (in_space(space_of(OS_A), "E"), in_space(space_of(OS_A), "F")) == ({14}, {14})
    assert in_space(space_of(OS_B), "E") == {1}
    assert max(in_space(space_of(OS_B), "F")) == 27
    assert in_space(space_of(OS_C), "E") == in_space(space_of(OS_C), "F") == {1}
    assert in_space(space_of(OS_C), "M") == set(range(1, 129))


def test_nlr_has_one_product_per_pe_and_step() -> None:
    space = space_of(NLR)
    assert space.tile_count == 1
    assert all(int(space.pe_tiles[dim][0]) == 1 for dim in DIMS)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_an_array_with_a_shape_is_refused(flow: FlatArray) -> None:
    with pytest.raises(SpecError, match=r"'eyeriss_v2' has several array axes.*put all PEs on one axis"):
        mapspace(CONV, eyeriss_v2(), flow)


def test_an_array_smaller_than_what_must_lie_in_space_is_refused() -> None:
    with pytest.raises(SpecError, match="layer 'conv': ws needs 25 PEs at least"):
        mapspace(CONV, isca16("ws").replace(pe_rows=24), WS)


def test_the_array_may_lie_on_any_axis() -> None:
    turned = isca16("ws").replace(pe_rows=1, pe_cols=256, reduce_axes=("pe_cols",))
    assert array_axis(turned) == "pe_cols"
    plans = mapspace(CONV, turned, WS).plans
    assert {int(n) for n in plans["pe_cols"].R} == {5}
    assert {int(n) for n in plans["pe_rows"].R} == {1}


def test_the_parts_worth_trying_begin_with_the_whole_and_end_with_ones() -> None:
    assert filter_parts(5) == [1, 2, 3, 4, 5]
    assert filter_parts(40)[-4:] == [20, 24, 32, 40]
    assert (batch_parts(1), batch_parts(6), batch_parts(16)) == ([1], [1, 2, 4, 6], [1, 2, 4, 8, 16])
    assert (strip_parts(1), strip_parts(3), strip_parts(13)) == ([1], [1, 2, 3], [1, 2, 3, 4, 13])
