"""The shortlist of mappings: it holds what fits, covers loop orders, and stays close to the certified optimum."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.mapspace import Outer, mapping_of
from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Types
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.batch import inner_of, order_of
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.sweep.shortlist import shortlist

V2 = accelerator("eyeriss_v2")
LAYERS = [*network("alexnet").layers[:2], network("alexnet").layers[-1], *network("mobilenet_v1_0.5_128").layers[1:3]]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_candidates_obey_the_array_and_the_spads(layer):
    found = shortlist(layer, (V2,), 32, 8)
    for i, axis in enumerate(AXES):
        assert (found.inner[i].prod(0) <= getattr(V2, axis)).all()
    tile = dict(zip(DIMS, found.inner[4], strict=True))
    assert (tile["M"] <= V2.spad_words.psum).all()
    assert (tile["M"] * tile["C"] * tile["R"] * tile["S"] <= V2.spad_words.weight).all()
    points = {tuple(choice) for choice in found.inner.reshape(40, -1).T}
    assert len(points) == found.inner.shape[-1] <= 32
    assert found.size == found.inner.shape[-1] * len(found.parts) * len(found.orders)


def test_dram_tilings_keep_both_ends():
    found = shortlist(Layer(name="x", M=96, C=32, E=20, F=20, R=3, S=3), (V2,), 8, 6)
    parts = found.parts[:, DIMS.index("M")]
    assert len(found.parts) <= 6
    assert parts.max() == 96
    assert found.parts[:, DIMS.index("C")].max() == 1  # the psums of a GLB tile are finished in it


def test_spads_without_room_are_an_error():
    small = V2.replace(spad_words=Types(iact=0, weight=0, psum=0))
    with pytest.raises(SpecError, match="no SPad for iact and weight and psum; enlarge spad_words"):
        shortlist(LAYERS[0], (small,), 8, 8)


def test_same_every_time():
    first, second = (shortlist(LAYERS[1], (V2,), 32, 8) for _ in range(2))
    assert np.array_equal(first.inner, second.inner)


@jit_unfused
def _fewest_cycles(layer, inner, parts, orders):
    """Of the mappings of a shortlist that fit."""

    def cycles(inner, parts, order):
        outer = Outer(parts=Dims(*parts), dram_order=order_of(order[0]), glb_order=order_of(order[1]))
        result = evaluate(V2.build(), layer, mapping_of(layer.dims, inner_of(inner), outer))
        return jnp.where(result.code == 0, result.cycles.total, jnp.inf)

    by_order = jax.vmap(cycles, (None, None, 0))
    return jax.vmap(jax.vmap(by_order, (None, 0, None)), (2, None, None))(inner, parts, orders).min()


@pytest.mark.slow
def test_layers_with_zeros_stay_close_to_the_certified_optimum():
    gaps = {}
    for layer in network("alexnet_sparse").layers[1:5]:
        found = shortlist(layer, (V2,), 64, 16)
        best = _fewest_cycles(layer.build(sparse=True), found.inner, found.parts, found.orders)
        gaps[layer.name] = best / map_layer(layer, V2, DATAFLOWS["rs_plus"], objective="cycles").primary - 1
    assert max(gaps["CONV2"], gaps["CONV3"], gaps["CONV4"]) < 0.001, gaps
    assert gaps["CONV5"] < 0.06, gaps
