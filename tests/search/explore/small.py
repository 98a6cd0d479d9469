"""A small network with mappings that need no search, for tests of what a hand does to a design."""

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.search.mapping import Rescore

MACHINE = eyeriss_v2()
NET = Network(
    name="small",
    layers=(
        Layer.conv2d("conv", 8, 32, input_size=14, kernel=3, padding=1),
        Layer.depthwise("dw", 32, 14, 3, padding=1),
        Layer.fully_connected("fc", 256, 100),
    ),
    source="made up",
)
MAPPINGS = {layer.name: default_mapping(layer, MACHINE) for layer in NET.layers}


def score() -> Rescore:
    return Rescore(NET, dataflow(MACHINE.dataflow))
