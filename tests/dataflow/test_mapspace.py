"""The mapspace: every point is a mapping that the dataflow allows and the array can hold."""

import math

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import DATAFLOWS, RS, RS_PLUS, RS_R1, dataflow
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import ORDERS, MappingArrays
from eyeriss_jax.dataflow.mapspace import (
    Inner,
    MapSpace,
    Outer,
    host_mapping,
    mapping_of,
    mapspace,
)
from eyeriss_jax.dataflow.rs_plus import column_tiles
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import AXES, Accelerator, Types
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator, eyeriss_v2, timeloop_e168
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.cycles import compute_cycles
from eyeriss_jax.model.tiling import tile_all

from .strategies import layers, machines

SMALL = eyeriss_v2().replace(cluster_rows=2, cluster_cols=1, pe_rows=3, pe_cols=2)
CONV = Layer.conv2d("conv", 3, 4, input_size=6, kernel=3, padding=1)
both_flows = pytest.mark.parametrize("flow", [RS, RS_PLUS], ids=lambda flow: flow.name)


BATCH = 1 << 12
EVERY = [
    CONV,
    Layer.depthwise("depthwise", 4, input_size=7, kernel=3, stride=2),
    Layer.fully_connected("fc", 12, 10, batch=2),
    Layer.conv2d("grouped", 4, 6, input_size=5, kernel=(3, 2), groups=2, dilation=2),
]


@jit_unfused
def _decode(layer_dims: Dims, inner: Inner, outer: Outer) -> MappingArrays:
    return jax.vmap(lambda i, o: mapping_of(layer_dims, i, o))(inner, outer)


def points(layer: Layer, space: MapSpace, index: np.ndarray) -> MappingArrays:
    """The points ``index`` as the mapper decodes them; leaves are arrays ``[B]``."""
    parts = []
    for start in range(0, len(index), BATCH):
        some = np.resize(index[start : start + BATCH], BATCH)
        plan, tile, outer = np.unravel_index(some, (space.plan_count, space.tile_count, space.outer_count))
        axes = jax.tree.map(lambda table, plan=plan: table[plan], space.plans)
        inner = Inner(**axes, spad=jax.tree.map(lambda table, tile=tile: table[tile], space.pe_tiles))
        choice = jax.tree.map(lambda table, outer=outer: table[outer], space.outer)
        parts.append(jax.tree.map(np.asarray, _decode(layer.build().dims, inner, choice)))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves)[: len(index)], *parts)


def check_points(layer: Layer, machine: Accelerator, flow: Dataflow, mappings: MappingArrays) -> None:
    """Every one is a mapping that the array can hold, that the dataflow allows and whose DRAM tiles are whole."""
    allowed = flow.spatial_dims(layer, machine)
    for axis in AXES:
        factors = getattr(mappings, axis)
        assert np.all(math.prod(factors[d] for d in DIMS) <= getattr(machine, axis))
        for dim in DIMS:
            assert np.all((factors[dim] >= 1) & (factors[dim] <= layer.extent(dim)))
            assert dim in allowed[axis] or np.all(factors[dim] == 1)
    for dim in DIMS:
        extent, spad, glb = layer.extent(dim), mappings.spad[dim], mappings.glb[dim]
        array = spad * math.prod(getattr(mappings, axis)[dim] for axis in AXES)
        assert np.all((spad >= 1) & (spad <= extent))
        assert np.all((glb >= 1) & (glb <= extent))
        assert np.all((glb == extent) | (glb % array == 0))
        assert dim in flow.dram_dims(layer, machine) or np.all(glb == extent)
    for order in (mappings.dram_order, mappings.glb_order):
        ranks = np.stack([order.M, order.CRS, order.NEF])
        assert np.all(np.sort(ranks, axis=0) == np.arange(3)[:, None])


@both_flows
@pytest.mark.parametrize("layer", EVERY, ids=lambda layer: layer.name)
def test_every_point_is_a_mapping_of_the_array(layer: Layer, flow: Dataflow) -> None:
    # All of a small space; of a large one every so many, an odd number so that all rows of all tables take part.
    space = mapspace(layer, SMALL, flow)
    check_points(layer, SMALL, flow, points(layer, space, np.arange(0, space.size, space.size // 1_000_000 | 1)))


@given(layers(), machines(), st.sampled_from([RS, RS_PLUS]))
def test_points_of_any_mapspace_are_mappings_of_the_array(layer: Layer, machine: Accelerator, flow: Dataflow) -> None:
    space = mapspace(layer, machine, flow)
    mappings = points(layer, space, np.linspace(0, space.size - 1, BATCH).astype(np.int64))
    check_points(layer, machine, flow, mappings)


@given(layers(), machines())
@settings(max_examples=20)
def test_points_come_back_as_host_mappings(layer: Layer, machine: Accelerator) -> None:
    space = mapspace(layer, machine, RS_PLUS)
    mappings = points(layer, space, np.array([0, space.size // 3, space.size - 1]))
    for i in range(3):
        arrays = jax.tree.map(lambda leaf, i=i: leaf[i], mappings)
        assert jax.tree.leaves(host_mapping(arrays).build()) == jax.tree.leaves(arrays)


@given(layers(), machines())
@settings(max_examples=20)
def test_no_outer_choice_needs_less_glb_than_the_smallest(layer: Layer, machine: Accelerator) -> None:
    # What the mapper prunes with: the last numbers of DRAM tiles make the smallest there are.
    space = mapspace(layer, machine, RS_PLUS)
    mappings = points(layer, space, np.linspace(0, space.size - 1, BATCH).astype(np.int64))
    inner = Inner(**{axis: getattr(mappings, axis) for axis in AXES}, spad=mappings.spad)
    outer = jax.tree.map(lambda leaf: np.full(BATCH, leaf[-1]), space.outer)
    least = jax.tree.map(np.asarray, _decode(layer.build().dims, inner, outer)).glb
    assert all(np.all(least[dim] <= mappings.glb[dim]) for dim in DIMS)


@given(layers(), machines())
@settings(max_examples=40)
def test_the_size_is_the_product_of_the_tables(layer: Layer, machine: Accelerator) -> None:
    space = mapspace(layer, machine, RS_PLUS)
    lengths = {
        "plans": {len(table) for table in jax.tree.leaves(space.plans)} | {len(space.plan_cycles)},
        "tiles": {len(table) for table in jax.tree.leaves(space.pe_tiles)},
        "parts": {len(table) for table in jax.tree.leaves(space.parts)},
        "orders": {len(table) for table in jax.tree.leaves((space.dram_order, space.glb_order))},
        "outer": {len(table) for table in jax.tree.leaves(space.outer)},
    }
    assert lengths == {
        "plans": {space.plan_count},
        "tiles": {space.tile_count},
        "parts": {space.parts_count},
        "orders": {space.order_count},
        "outer": {space.parts_count * space.order_count},
    }
    assert space.size == space.plan_count * space.tile_count * space.outer_count


@given(layers(), machines())
@settings(max_examples=40)
def test_the_pe_holds_the_whole_column_and_filter_column(layer: Layer, machine: Accelerator) -> None:
    # RS+ keeps e0 = E and r0 = R (arXiv 1807.07928v1, Fig 10); the small layers here never need the exceptions.
    for flow in (RS, RS_PLUS):
        for tile in flow.pe_tiles(layer, machine):
            assert (tile.E, tile.R, tile.S) == (layer.E, layer.R, 1)


@given(layers(), machines())
@settings(max_examples=40)
def test_pe_tiles_fit_the_spads(layer: Layer, machine: Accelerator) -> None:
    for tile in RS_PLUS.pe_tiles(layer, machine):
        assert machine.spad_words.iact >= tile.C * tile.R
        assert machine.spad_words.weight >= tile.M * tile.C * tile.R
        assert machine.spad_words.psum >= tile.M


@given(layers(), machines())
@settings(max_examples=40)
def test_plans_come_fastest_first_and_their_cycles_are_a_lower_bound(layer: Layer, machine: Accelerator) -> None:
    space = mapspace(layer, machine, RS_PLUS)
    assert np.all(np.diff(space.plan_cycles) >= 0)
    assert space.plan_cycles[0] >= layer.macs / machine.macs_per_cycle
    for plan in (0, space.plan_count - 1):
        places = {d: math.prod(int(space.plans[axis][d][plan]) for axis in AXES) for d in DIMS}
        tiles = {d: math.ceil(layer.extent(d) / places[d]) for d in DIMS}
        tiles["M"] = math.ceil(tiles["M"] / machine.lanes)
        assert space.plan_cycles[plan] == math.prod(tiles.values())


@both_flows
@pytest.mark.parametrize("reduce_axes", [("cluster_rows", "pe_rows"), ("pe_rows",), ("pe_cols",), (), AXES])
def test_reduced_dimensions_sit_only_where_psums_can_be_accumulated(
    flow: Dataflow, reduce_axes: tuple[str, ...]
) -> None:
    machine = SMALL.replace(cluster_cols=2, reduce_axes=reduce_axes)
    space = mapspace(CONV, machine, flow)
    for axis in set(AXES) - set(reduce_axes):
        for dim in ("C", "R", "S"):
            assert np.all(np.asarray(space.plans[axis][dim]) == 1)


def test_only_rs_cuts_channels_at_dram() -> None:
    # JSSC 2017 Table III: v1's GLB holds q r channels at a time. RS+ has no DRAM loop over C (arXiv 1807.07928v1).
    parts = {flow.name: set(mapspace(CONV, SMALL, flow).parts.C.tolist()) for flow in (RS, RS_PLUS)}
    assert parts == {"rs": {1, 2, 3}, "rs_plus": {1}}


@pytest.mark.parametrize("name", [name for name in ACCELERATORS if "16384" not in name])
def test_channels_of_rs_r1_meet_in_the_glb_and_never_in_space(name: str) -> None:
    space = mapspace(CONV, accelerator(name), RS_R1)
    for axis in AXES:
        spread = {d for d in DIMS if np.any(np.asarray(space.plans[axis][d]) > 1)}
        assert spread <= ({"S", "M", "F"} if axis.endswith("rows") else {"F", "M"})


def test_rs_r1_spreads_channel_groups() -> None:
    # JETCAS 2019, Fig 4: channel groups fill v1's array in depthwise layers; RS of ISCA 2016 has no such sets.
    layer = Layer.depthwise("dw", channels=16, input_size=6, kernel=3, padding=1)
    places = [mapspace(layer, SMALL, flow).plans["pe_cols"].G.max() for flow in (RS_R1, RS)]
    assert places == [SMALL.pe_cols, 1]


def test_pe_tiles_of_rs_r1_divide_channels_and_filters() -> None:
    # 7 channels and 10 filters: RS cuts 7 into 4 + 3 and 10 into 4 + 4 + 2.
    layer = Layer.conv2d("odd", 7, 10, 6, 1)
    tiles = RS_R1.pe_tiles(layer, SMALL)
    assert tiles and all(layer.C % tile.C == 0 and layer.M % tile.M == 0 for tile in tiles)
    assert {(tile.C, tile.M) for tile in tiles} < {(tile.C, tile.M) for tile in RS.pe_tiles(layer, SMALL)}


@pytest.mark.parametrize("name", [name for name in ACCELERATORS if "16384" not in name])
def test_rs_keeps_filter_rows_on_rows_and_output_rows_on_columns(name: str) -> None:
    # ISCA'16 section V: filter rows shared horizontally, psums added vertically, segments of wide sets on further
    # rows; no G or N in space.
    space = mapspace(CONV, accelerator(name), RS)
    for axis in AXES:
        spread = {d for d in DIMS if np.any(np.asarray(space.plans[axis][d]) > 1)}
        assert spread <= ({"S", "C", "M", "F"} if axis.endswith("rows") else {"F", "M"})


def test_rs_plus_spreads_groups_where_rs_leaves_the_array_idle() -> None:
    # What RS+ adds for depthwise layers: G in space.
    layer = Layer.depthwise("dw", channels=16, input_size=6, kernel=3, padding=1)
    assert mapspace(layer, SMALL, RS_PLUS).plan_cycles[0] < mapspace(layer, SMALL, RS).plan_cycles[0]


@both_flows
def test_a_published_dataflow_is_found_by_name(flow: Dataflow) -> None:
    assert dataflow(flow.name) is flow
    assert DATAFLOWS[flow.name] is flow


def test_an_unknown_dataflow_is_refused_with_a_suggestion() -> None:
    with pytest.raises(SpecError, match=r"'rs_pluss'.*did you mean 'rs_plus'") as error:
        dataflow("rs_pluss")
    assert all(name in str(error.value) for name in DATAFLOWS)


def test_e_is_not_cut_at_dram_when_a_pe_holds_the_whole_column() -> None:
    # "G, N, M and F; E as well only when column_tiles had to cut it"; otherwise the points only repeat each other.
    space = mapspace(CONV, SMALL, RS_PLUS)
    assert set(np.asarray(space.pe_tiles.E)) == {CONV.E}
    assert set(np.asarray(space.outer.parts.E)) == {1}


def test_orders_of_groups_that_cannot_iterate_are_not_told_apart() -> None:
    # A fully connected layer of batch 1 has M and C only: of the six orders two differ.
    space = mapspace(Layer.fully_connected("fc", 8, 8), SMALL, RS_PLUS)
    orders = {tuple(int(rank[i]) for rank in jax.tree.leaves(space.outer.glb_order)) for i in range(space.outer_count)}
    assert len(orders) == 2
    assert len(ORDERS) == 6


def test_a_column_is_cut_only_when_the_glb_cannot_hold_it() -> None:
    tall = Layer.conv2d("tall", 3, 4, input_size=(4096, 8), kernel=3, padding=1)
    machine = SMALL.replace(glb_bits=Types(iact=3 * 12288, weight=0, psum=1000 * 20))
    (e,) = column_tiles(tall, machine)
    assert e < tall.E
    assert e * machine.word_bits.psum <= machine.glb_bits.psum < 2 * e * machine.word_bits.psum
    assert column_tiles(CONV, machine) == [CONV.E]


def test_a_column_whose_psums_never_come_to_the_glb_is_not_cut_for_them() -> None:
    layer, machine = Layer.conv2d("conv1", 3, 8, 17, 3, stride=2), eyeriss_v2()
    tiny = machine.replace(glb_bits=Types(iact=machine.glb_bits.iact, weight=0, psum=20))
    assert column_tiles(layer, machine) == [8]
    assert column_tiles(layer, tiny) == [8, 1]
    assert column_tiles(layer, tiny.replace(oacts_bypass_glb=False)) == [1]


def test_spads_without_room_are_refused_by_name() -> None:
    machine = SMALL.replace(spad_words=Types(iact=16, weight=192, psum=0))
    with pytest.raises(SpecError, match=r"layer 'conv': no tile fits the SPads of 'eyeriss_v2' under rs_plus"):
        mapspace(CONV, machine, RS_PLUS)


def test_a_filter_column_longer_than_the_iact_spad_is_cut() -> None:
    layer = Layer.conv2d("long", 2, 2, input_size=40, kernel=(20, 1))
    assert {tile.R for tile in RS_PLUS.pe_tiles(layer, timeloop_e168())} == {12}


@given(layers(), machines())
@settings(max_examples=20)
def test_distinct_tilings_are_all_dram_tiles_and_each_once(layer: Layer, machine: Accelerator) -> None:
    space = mapspace(layer, machine, RS_PLUS)
    inners = np.unique(np.linspace(0, space.plan_count * space.tile_count - 1, 7).astype(np.int64))
    at, parts = space.distinct_tilings(layer, inners)
    kept = {(int(i), int(q)) for i, q in zip(at, parts, strict=True)}
    assert list(zip(at, parts, strict=True)) == sorted(kept)
    for i, inner in enumerate(inners):
        index = (inner * space.parts_count + np.arange(space.parts_count)) * space.order_count
        tiles = points(layer, space, index).glb
        seen: dict[tuple[int, ...], int] = {}
        for q in range(space.parts_count):
            seen.setdefault(tuple(int(tiles[d][q]) for d in DIMS), q)
        assert {q for at_, q in kept if at_ == i} == set(seen.values())


@jit_unfused
def _law_of_compute_cycles(layer_dims: Dims, mapping: MappingArrays, lanes: int) -> jax.Array:
    return compute_cycles(tile_all(layer_dims, mapping), lanes)


@given(layers(), machines())
@settings(max_examples=20)
def test_compute_cycles_are_those_of_the_time_law(layer: Layer, machine: Accelerator) -> None:
    space = mapspace(layer, machine, RS_PLUS)
    plans = np.unique(np.linspace(0, space.plan_count - 1, 5).astype(np.int64))
    found = space.compute_cycles(layer, machine, plans)
    tiles = np.unique(np.linspace(0, space.tile_count - 1, 5).astype(np.int64))
    for i, plan in enumerate(plans):
        first = (plan * space.tile_count + tiles) * space.outer_count
        for tile, mapping in zip(tiles, _unstacked(points(layer, space, first)), strict=True):
            with jax.enable_x64(True):
                assert found[i, tile] == float(_law_of_compute_cycles(layer.build().dims, mapping, machine.lanes))
        assert found[i].min() >= space.plan_cycles[plan]


def _unstacked(mappings: MappingArrays) -> list[MappingArrays]:
    count = len(mappings.glb.M)
    return [jax.tree.map(lambda leaf, i=i: int(leaf[i]), mappings) for i in range(count)]
