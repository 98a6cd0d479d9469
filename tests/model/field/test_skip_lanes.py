"""Lanes that skip zeros and meet at the end of a window: the law against windows of drawn activations."""

import numpy as np
import pytest

from eyeriss_jax.hardware.presets.field import cnvlutin, dadiannao
from eyeriss_jax.layers import Layer, Sparsity
from eyeriss_jax.model.field import spent


def walk(layer: Layer, windows: int = 400) -> float:
    """Mean cycles of a window of random activations, its bricks dealt out to the lanes one by one."""
    machine, random, total = cnvlutin(), np.random.default_rng(0), 0
    for _ in range(windows):
        lanes = [0] * machine.lanes
        brick = 0
        for _ in range(layer.R * layer.S):
            for first in range(0, layer.C, machine.brick):
                values = random.random(min(machine.brick, layer.C - first)) < layer.sparsity.iact
                lanes[brick % machine.lanes] += max(1, int(values.sum()))
                brick += 1
        total += max(lanes)
    return total / windows


@pytest.mark.parametrize(
    ("channels", "kernel", "density"),
    [(256, 3, 0.56), (64, 3, 0.56), (192, 1, 0.4), (512, 1, 0.8), (48, 5, 0.56), (256, 3, 0.02), (256, 3, 1.0)],
)
def test_the_law_is_within_4_percent_of_drawn_windows(channels, kernel, density):
    layer = Layer(name="l", M=256, C=channels, R=kernel, S=kernel, sparsity=Sparsity(iact=density))
    assert spent(layer, cnvlutin()).total == pytest.approx(walk(layer), rel=0.04)


@pytest.mark.parametrize("channels", [16, 256, 768])
def test_without_zeros_it_takes_as_long_as_the_node_that_it_changes(channels):
    layer = Layer(name="l", M=300, C=channels, E=7, F=7, R=4, S=4)
    assert spent(layer, cnvlutin()).total == pytest.approx(spent(layer, dadiannao()).total)


def test_the_first_layer_is_dense():
    layer = Layer.conv2d("CONV1", 3, 64, 32, 7)
    assert spent(layer, cnvlutin()).total == spent(layer, dadiannao()).total
