"""A GLB without room is told before any search, by its bank, and never one that has room."""

import re

import jax
import numpy as np
import pytest

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Types
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.networks import known_network
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.storage import glb_need
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.search.mapping.glb_room import check_room, least_glb_words
from eyeriss_jax.search.mapping.mapper import decode, map_layer

LAYERS = (
    Layer.conv2d("strided", 3, 64, 57, 11, stride=4, padding=2),
    Layer.conv2d("small", 16, 24, 13, 3, padding=1),
    Layer.depthwise("dw", 32, 14, 3, padding=1),
    Layer.fully_connected("fc", 96, 40, batch=4),
)


@jit_unfused
def _need(layer, mapping, oacts_bypass):
    return glb_need(layer, tile_all(layer.dims, mapping), oacts_bypass=oacts_bypass)


@pytest.mark.parametrize("name", ["eyeriss_v1", "eyeriss_v2", "eyeriss_v2_256"])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_no_mapping_takes_less(layer, name):
    """Points of the mapspace drawn at random, by the law of storage itself."""
    machine = accelerator(name)
    flow = dataflow(machine.dataflow)
    least, _ = least_glb_words(layer, machine, flow)
    space, draws = mapspace(layer, machine, flow), np.random.default_rng(1)
    for index in draws.integers(0, space.size, 60):
        mapping = decode(layer, space, int(index), OURS)
        tile = int(index) // space.outer_count % space.tile_count
        with jax.enable_x64(True):
            need = jax.device_get(_need(layer.build(), mapping, float(machine.oacts_bypass_glb)))
        for data_type in machine.glb_keeps:
            assert float(need[data_type]) >= least[data_type][tile] >= 0


def test_it_is_of_use():
    """A GLB of four times the iacts that are asked for at least holds a mapping."""
    layer, machine = LAYERS[1], accelerator("eyeriss_v2")
    with pytest.raises(SpecError, match="raise it to") as error:
        check_room(layer, machine.replace(glb_bits=Types(iact=1, weight=0, psum=61440)), dataflow("rs_plus"))
    least = int(str(error.value).split("raise it to ")[1].split(" ")[0])
    found = map_layer(layer, machine.replace(glb_bits=Types(iact=4 * least, weight=0, psum=61440)))
    assert found.certified


V1, V2 = accelerator("eyeriss_v1"), accelerator("eyeriss_v2")


def shared(bits):
    return V1.replace(glb_bits=Types(iact=0, weight=0, psum=0), glb_shared_bits=bits)


TINY = [
    (V2.replace(glb_bits=Types(iact=8, weight=0, psum=61440)), r"glb_bits\.iact = 8 is too small .*'s iacts, at least"),
    (V2.replace(glb_bits=Types(iact=12288, weight=0, psum=8)), r"glb_bits\.psum = 8 is too small .* raise it to 20 or"),
    (shared(800), r"glb_shared_bits = 800 is too small for what one cluster holds of the layer's iacts"),
]


@pytest.mark.parametrize(("machine", "message"), TINY, ids=["iact", "psum", "shared"])
def test_the_bank_is_named_before_any_search(machine, message, monkeypatch):
    monkeypatch.setattr("eyeriss_jax.search.mapping.mapper.mapspace", None)  # nothing is enumerated
    with pytest.raises(SpecError, match=message):
        map_layer(known_network("alexnet").layers[0], machine)


def test_banks_that_do_not_hold_both_are_told_with_both():
    layer, flow = known_network("alexnet").layers[0], dataflow("rs")
    for bits in range(1900, 2100, 4):
        try:
            check_room(layer, shared(bits).replace(oacts_bypass_glb=False), flow)
            break
        except SpecError as error:
            told = str(error)
    assert re.search(r"glb_shared_bits = \S+ is too small .* at least iact .* bits and psum .* bits; raise it to", told)
