"""The law of weight tiles equals a walk of memory, FIFO, shift and array, cycle by cycle."""

import jax
import jax.numpy as jnp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.hardware.field import WeightTileMachine
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.field import spent, weight_tile_spent
from eyeriss_jax.model.field.weight_tile import tile_cycles
from eyeriss_jax.numerics import real

FIFO = 4


def machine(**changes) -> WeightTileMachine:
    fields = {"name": "w", "description": "", "rows": 4, "cols": 4, "accumulators": 10, "shift_cycles": 4}
    return WeightTileMachine(**fields | {"weight_bits_per_cycle": 8.0, "clock_hz": 1e6} | changes)


def walk(tiles: int, streaming: int, load: int, shift: int) -> tuple[int, int, int]:
    """Cycles until the last tile is used up: array streaming, idle while a tile is shifted, idle otherwise."""
    loaded = in_fifo = started = shifted = 0
    loading, shifting, streams = load, 0, 0
    counts, behind = [0, 0, 0], False
    while started < tiles or streams:
        # What is ready at the beginning of a cycle moves on without taking time.
        if not streams and behind and started < tiles:
            started, streams, behind = started + 1, streaming, False
        if not shifting and not behind and in_fifo and shifted < tiles:
            in_fifo, shifting = in_fifo - 1, shift
        counts[0 if streams else 1 if shifting else 2] += 1
        streams = max(streams - 1, 0)
        if shifting:
            shifting -= 1
            if not shifting:
                behind, shifted = True, shifted + 1
        if loaded < tiles and in_fifo < FIFO:
            loading -= 1
            if not loading:
                loaded, in_fifo, loading = loaded + 1, in_fifo + 1, load
    return counts[0], counts[1], counts[2]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 12))
def test_every_further_tile_takes_what_the_law_says(streaming, load, shift):
    few, many = (walk(tiles, streaming, load, shift) for tiles in (20, 50))
    law = tile_cycles(*(real(value) for value in (streaming, load, shift)))
    assert tuple(more - less for more, less in zip(many, few, strict=True)) == tuple(30 * float(each) for each in law)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3), st.integers(1, 25), st.integers(1, 3))
def test_a_layer_is_its_tiles_block_by_block(filters, channels, taps, positions, passes):
    array = machine(passes_per_mac=passes, ramp_cycles=3)
    layer = Layer(name="layer", M=filters, C=channels, R=taps, E=positions)
    load = 4 * 4 * 8 / 8
    inputs = channels * taps
    streamed = waited = 0.0
    blocks = [positions] if inputs <= 4 else [min(10, positions - at) for at in range(0, positions, 10)]
    for block in blocks:
        for _ in range(0, filters, 4):
            for _ in range(0, inputs, 4):
                streamed += block * passes
                waited += max(load, 4, block * passes) - block * passes
    parts = spent(layer, array)
    assert parts.total == pytest.approx(streamed + waited + 3)
    assert parts.useful + parts.shape + parts.precision == pytest.approx(streamed)
    assert parts.useful == pytest.approx(layer.macs / 16)


def test_an_array_that_streams_longer_than_its_memory_loads_waits_for_nothing():
    parts = spent(Layer.fully_connected("fc", 4, 4, batch=16), machine())
    assert parts.weight_shift == parts.weight_bandwidth == parts.shape == 0


def test_it_is_differentiable_and_takes_many_machines_at_once():
    layer = Layer.fully_connected("fc", 64, 64, batch=2).build()

    def total(bits):
        return weight_tile_spent(layer, machine().build().replace(weight_bits_per_cycle=bits)).total

    totals = jax.vmap(total)(jnp.array([1.0, 8.0, 1e3]))
    assert bool((totals[1:] < totals[:-1]).all())
    assert float(jax.grad(total)(8.0)) == pytest.approx(-(16 * 16) * 128 / 8**2)
