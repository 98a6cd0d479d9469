"""Relaxed mappings: points of the mapspace come back unchanged, and whatever is asked for fits axes and SPads."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eyeriss_jax as ej
from eyeriss_jax.dataflow.mapping import ORDERS, LoopOrder
from eyeriss_jax.dataflow.mapspace import host_mapping, mapspace
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.hardware.accelerator import AXES
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.search.mapping import decode
from eyeriss_jax.search.tune.relaxed_mapping import LEVELS, Box, mapping, overflow, squeezed

LAYER = ej.Layer.conv2d("conv", in_channels=24, out_channels=40, input_size=12, kernel=3, padding=1)
MACHINE = ej.accelerator("eyeriss_v2")
SPACE = mapspace(LAYER, MACHINE, ej.DATAFLOWS["rs_plus"])
BOX = Box.of(SPACE, MACHINE)
ORDER = LoopOrder.of(ORDERS[0])


@st.composite
def tiles(draw, beyond=1.0):
    """log2 tiles in the box stretched by ``beyond``."""
    part = st.floats(0, 1, width=32)
    return {
        level: Dims.build(
            lambda d, level=level: BOX.low[level][d] + draw(part) * beyond * (BOX.high[level][d] - BOX.low[level][d])
        )
        for level in LEVELS
    }


def test_the_box_leaves_free_what_the_mapspace_varies():
    free = BOX.free()
    assert {"spad.M", "spad.C", "parts.M", "pe_cols.M"} <= set(free)
    assert not [name for name in free if name.endswith((".N", ".G"))]  # extent 1


@pytest.mark.parametrize("share", [0.0, 0.13, 0.5, 0.77])
def test_a_point_of_the_mapspace_comes_back(share):
    point = int(share * SPACE.plan_count * SPACE.tile_count) * SPACE.outer_count
    wanted = host_mapping(decode(LAYER, SPACE, point, OURS))
    logs = {level: Dims.build(lambda d, level=level: np.log2(getattr(wanted, level)[d])) for level in (*AXES, "spad")}
    parts = Dims.build(lambda d: np.log2(-(-LAYER.extent(d) // wanted.glb[d])))
    machine, layer = jax.tree.map(np.float32, (MACHINE.build(), LAYER.build()))
    found = mapping({**logs, "parts": parts}, BOX, machine, layer, (ORDER, ORDER))
    assert host_mapping(jax.tree.map(np.asarray, found)) == host_mapping(jax.tree.map(np.asarray, wanted.build()))


@given(tiles(beyond=3.0))
def test_what_is_asked_for_is_squeezed_into_the_machine(asked):
    got = jax.tree.map(lambda u: np.exp2(np.asarray(u)), squeezed(asked, BOX.room, MACHINE.build()))
    for axis in AXES:
        assert np.prod([got[axis][d] for d in DIMS]) <= getattr(MACHINE, axis) * 1.001
    spad = got["spad"]
    assert MACHINE.spad_words.psum * 1.001 >= spad.G * spad.M
    assert MACHINE.spad_words.iact * 1.001 >= spad.G * spad.C * spad.R * spad.S
    assert MACHINE.spad_words.weight * BOX.room * 1.001 >= spad.G * spad.M * spad.C * spad.R * spad.S


@given(tiles())
def test_sizes_are_whole_when_rounding_is_hard(asked):
    machine, layer = jax.tree.map(np.float32, (MACHINE.build(), LAYER.build()))
    found = mapping(asked, BOX, machine, layer, (ORDER, ORDER), 1.0)
    for leaf in jax.tree.leaves(found):
        assert float(leaf) == round(float(leaf)) >= 0


def test_overflow_is_zero_exactly_where_the_glb_holds_the_tile():
    layer, machine = jax.tree.map(np.float32, (LAYER.build(), MACHINE.build()))
    small = ej.map_layer(LAYER, MACHINE, ej.DATAFLOWS["rs_plus"]).mapping
    assert float(overflow(layer, machine, small.build())) == 0.0
    big = ej.Layer.conv2d("big", in_channels=512, out_channels=512, input_size=112, kernel=3, padding=1)
    whole = ej.Mapping(glb=Dims(**{d: big.extent(d) for d in DIMS}), spad=Dims(E=112, R=3))
    assert float(overflow(jax.tree.map(np.float32, big.build()), machine, whole.build())) > 1.0
