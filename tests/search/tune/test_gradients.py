"""Gradients of the laws: finite everywhere, equal to differences where a law is smooth, and through rounding at all."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eyeriss_jax as ej
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.hardware.area import TSMC65, area
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.numerics import ceil_div, floor_div, whole_part
from eyeriss_jax.search.mapping import decode
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.tune import gradients

LAYERS = (
    ej.Layer.conv2d("conv", in_channels=24, out_channels=40, input_size=12, kernel=3, padding=1),
    ej.Layer.conv2d("strided", in_channels=3, out_channels=32, input_size=31, kernel=3, stride=2),
    ej.Layer.depthwise("dw", channels=32, input_size=14, kernel=3, padding=1),
    ej.Layer.fully_connected("fc", in_features=300, out_features=70),
)
MACHINE = ej.accelerator("eyeriss_v2")
METRICS = {
    "cycles": lambda r: r.cycles.total,
    "energy": lambda r: r.energy.total,
    "edp": lambda r: r.cycles.total * r.energy.total,
    "Eyexam step 5": lambda r: r.work / r.cycles.compute,
    "Eyexam step 6": lambda r: r.work / r.cycles.bandwidth_bound,
    "Eyexam step 7": lambda r: r.work / r.cycles.total,
}


@given(st.integers(0, 4000), st.integers(1, 300))
def test_rounded_quotients_have_the_gradient_of_the_quotient(a, b):
    a, b = float(a), float(b)
    for divide in (ceil_div, floor_div):
        slopes = jax.grad(divide, argnums=(0, 1))(a, b)
        np.testing.assert_allclose(slopes, (1 / b, -a / b**2), rtol=1e-5, atol=1e-9)


def test_whole_parts_have_the_gradient_of_the_number():
    assert float(whole_part(jnp.float32(2.7))) == 2.0
    assert float(whole_part(jnp.exp2(jnp.log2(jnp.float32(13.0))))) == 13.0
    assert float(jax.grad(whole_part)(2.7)) == 1.0


def _with_rates(machine, rates):
    """The accelerator with its smooth parameters replaced."""
    table = machine.energy
    return machine.replace(
        noc_words_per_cycle=machine.noc_words_per_cycle.replace(iact=rates[0], weight=rates[1], psum=rates[2]),
        dram_total_bits_per_cycle=rates[3],
        glb_read_words_per_cycle=rates[4],
        psum_chain_cycles=rates[5],
        energy=table.replace(mac=rates[6], static_per_cycle=rates[7], dram=table.dram.replace(weight=rates[8])),
    )


@pytest.fixture(scope="module")
def by_rates():
    """Value and gradient of every metric by nine smooth hardware parameters."""

    def values(rates, layer, mapping):
        result = ej.evaluate(_with_rates(jax.tree.map(jnp.asarray, MACHINE.build()), rates), layer, mapping)
        return jnp.stack([jnp.log(metric(result)) for metric in METRICS.values()])

    with jax.enable_x64(True):
        return jax.jit(values), jax.jit(jax.jacfwd(values))


@given(st.sampled_from(LAYERS), st.floats(0, 0.999), st.data())
def test_gradients_by_rates_equal_differences(by_rates, layer, share, data):
    value, slope = by_rates
    space = mapspace(layer, MACHINE, ej.DATAFLOWS["rs_plus"])
    rates = np.array([data.draw(st.floats(0.5, 50.0, width=32)) for _ in range(9)])
    with jax.enable_x64(True):
        mapping = decode(layer, space, int(share * space.size), OURS)
        arguments = layer.build(), mapping
        found = np.asarray(slope(rates, *arguments))
        assert np.isfinite(found).all()
        for i in range(len(rates)):
            step = np.zeros(len(rates))
            step[i] = 1e-6 * rates[i]
            up, down = (np.asarray(value(rates + sign * step, *arguments)) for sign in (1, -1))
            middle = np.asarray(value(rates, *arguments))
            # A maximum has a kink: only where both sides agree is it smooth.
            smooth = np.isclose(up - middle, middle - down, rtol=1e-3, atol=1e-12)
            difference = (up - down) / (2 * step[i])
            np.testing.assert_allclose(found[smooth, i], difference[smooth], rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("points", [1, 5, 8, 11])
def test_blocks_of_points_have_the_gradients_of_each_point(points):
    def loss(a, b):
        return jnp.maximum(a["x"] * b, a["y"]) / jnp.exp(b)

    random = np.random.default_rng(points)
    x, y, b = random.uniform(0.5, 2.0, (3, points)).astype(np.float32)
    found = jax.jit(gradients(loss, (1, 0), block=4))({"x": x, "y": y}, b)
    expected = jax.vmap(jax.grad(loss, argnums=(1, 0)))({"x": x, "y": y}, b)
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6), found, expected)


def test_area_has_finite_gradients():
    slopes = jax.grad(lambda m: area(m, TSMC65.build()).mm2)(jax.tree.map(jnp.float32, MACHINE.build()))
    assert all(np.isfinite(leaf) for leaf in jax.tree.leaves(slopes))
    assert slopes.pe_rows > 0
    assert slopes.sparse_pe.weight_pairs > 0  # what holds the weights of a sparse PE


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["cycles", "edp"])
def test_gradients_are_finite_for_every_tile_and_field(objective):
    """All layers, 500 mappings each, those that do not fit included; by every scalar of machine and mapping."""

    def loss(machine, mapping, layer):
        return jnp.log(OBJECTIVES[objective](ej.evaluate(machine, layer, mapping))[0])

    found = jax.jit(gradients(loss, (0, 1)))
    for layer in LAYERS:
        space = mapspace(layer, MACHINE, ej.DATAFLOWS["rs_plus"])
        points = np.random.default_rng(0).integers(0, space.size, 500)
        mappings = [decode(layer, space, int(p), OURS) for p in points]
        stacked = jax.tree.map(lambda *leaves: np.array(leaves, np.float32), *mappings)
        machine, sizes = (
            jax.tree.map(lambda x: np.full(500, x, np.float32), x) for x in (MACHINE.build(), layer.build())
        )
        slopes = found(machine, stacked, sizes)
        for path, leaf in jax.tree_util.tree_leaves_with_path(slopes):
            assert np.isfinite(leaf).all(), (layer.name, jax.tree_util.keystr(path))
