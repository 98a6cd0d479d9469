"""The law of adder trees equals a literal walk: every step taken, every multiplier looked at."""

from dataclasses import fields, replace
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.hardware.field import TreeMachine
from eyeriss_jax.hardware.field.reduction_tree import SPREAD
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.field import spent, tree_spent

DIMS = ("M", "C", "E", "F", "R", "S")


def machine(**changes) -> TreeMachine:
    return TreeMachine(**{"name": "t", "description": "", "filters": 3, "channels": 2, "clock_hz": 1e6, **changes})


def blocks(extent: int, size: int) -> list[int]:
    """How many of a dimension there are in each of its blocks."""
    return [min(size, extent - start) for start in range(0, extent, size)]


def walk(layer: Layer, tree: TreeMachine) -> tuple[int, int, int]:
    """Steps, MACs done in them, and pairs of tiles of filters and channels, by taking every step."""
    size = dict(zip(DIMS, (getattr(tree, name) for name in SPREAD), strict=True))
    steps = macs = tiles = 0
    for _ in product(range(layer.G), range(layer.N)):
        for filters in blocks(layer.M, size["M"]):
            if tree.merged_taps:
                reduced = [(inputs,) for inputs in blocks(layer.C * layer.R * layer.S, tree.channels)]
                tiles += len(reduced)
            else:
                reduced = list(product(*(blocks(layer.extent(d), size[d]) for d in "CRS")))
                tiles += len(blocks(layer.C, size["C"]))
            for inputs in reduced:
                for outputs in product(blocks(layer.E, size["E"]), blocks(layer.F, size["F"])):
                    steps += 1
                    macs += filters * int(np.prod(inputs)) * int(np.prod(outputs))
    return steps, macs, tiles


extents = st.integers(1, 7)
layers = st.builds(
    lambda **sizes: Layer(name="layer", **sizes),
    M=extents, C=extents, E=extents, F=extents, R=st.integers(1, 4), S=st.integers(1, 4), G=st.integers(1, 2),
    N=st.integers(1, 2),
)  # fmt: skip
boxes = st.builds(machine, **dict.fromkeys(SPREAD, st.integers(1, 5)), tile_ramp_cycles=st.integers(0, 9))
trees = st.one_of(
    boxes, st.builds(machine, filters=extents, channels=st.integers(1, 20), merged_taps=st.just(True))
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(layers, trees)
def test_cycles_and_macs_are_those_of_the_walk(layer, tree):
    steps, macs, tiles = walk(layer, tree)
    parts = spent(layer, tree)
    assert macs == layer.macs
    assert parts.total == steps + (tree.tile_ramp_cycles * tiles if tiles > 1 else 0)
    assert parts.useful == pytest.approx(macs / tree.macs_per_cycle)
    assert parts.useful + parts.shape == pytest.approx(steps)


@settings(max_examples=30, deadline=None)
@given(layers, boxes, st.integers(1, 64))
def test_weights_are_waited_for_where_their_rows_come_slower_than_they_are_used(layer, tree, bits):
    slow = tree.replace(weight_bits_per_cycle=bits, tile_ramp_cycles=0)
    rows = spent(replace(layer, N=1, E=1, F=1), tree.replace(tile_ramp_cycles=0)).total
    width = tree.filters * tree.channels * tree.filter_rows * tree.filter_cols * tree.weight_bits
    steps = spent(layer, tree.replace(tile_ramp_cycles=0)).total
    assert spent(layer, slow).total == pytest.approx(max(steps, rows * width / bits))


def test_a_box_that_divides_the_layer_loses_nothing():
    parts = spent(Layer(name="even", M=6, C=4, E=5, F=5, R=3, S=3), machine())
    assert parts.utilization == 1.0


def test_one_call_takes_many_machines():
    layer = Layer(name="layer", M=100, C=30, E=5, F=5).build()
    wide = jax.vmap(lambda width: tree_spent(layer, machine().build().replace(channels=width)).total)
    assert wide(jnp.array([1.0, 7.0, 30.0])).tolist() == [34 * 30 * 25, 34 * 5 * 25, 34 * 25]


def test_a_slower_stream_of_weights_has_a_slope():
    layer = Layer.fully_connected("fc", 64, 64).build()
    streamed = jax.grad(lambda bits: tree_spent(layer, machine().build().replace(weight_bits_per_cycle=bits)).total)
    assert float(streamed(8.0)) < 0 == float(streamed(1e4))


def test_every_field_of_the_arrays_is_one_of_the_machine():
    assert {each.name for each in fields(TreeMachine)} >= set(machine().build().__dataclass_fields__)
