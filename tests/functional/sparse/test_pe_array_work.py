"""The work of the array: every effectual MAC is somewhere, once, whatever the split; masks must match their layer."""

import dataclasses

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse import ArraySplit, LayerMasks, array_work, random_masks, real_masks
from eyeriss_jax.layers import Layer

LAYERS = [
    Layer(name="PW", M=24, C=32, E=6, F=4),
    Layer.conv2d("CONV", in_channels=6, out_channels=10, input_size=9, kernel=3, padding=1),
    Layer.conv2d("CONV1", in_channels=3, out_channels=8, input_size=17, kernel=3, stride=2, padding="same"),
    Layer.fully_connected("FC", 50, 30),
]
SPLITS = [
    ArraySplit(M0=8, C0=4, lanes=1),
    ArraySplit(M0=7, C0=3, channel_tiles=2, m_tiles=2, position_blocks=3, lanes=1),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
@pytest.mark.parametrize("split", SPLITS, ids=["even", "uneven"])
def test_one_lane_does_the_effectual_macs(layer, split):
    masks = random_masks(layer, 0.6, 0.5)
    work = array_work(masks, split)
    assert work.macs.sum() == masks.effectual_macs
    chain = split.channel_tiles * layer.R
    assert work.macs.shape[1:] == (chain, split.m_tiles, split.position_blocks)
    assert work.pairs.shape == (work.macs.shape[0], chain, split.position_blocks)
    assert work.loads.sum() == masks.weights.sum()


def test_effectual_macs_are_those_of_the_convolution():
    masks = random_masks(LAYERS[2], 0.6, 0.5)
    padded = np.pad(masks.iacts, ((0, 0), *LAYERS[2].padding))
    by_hand = sum(
        int((masks.weights[m] & padded[:, 2 * e : 2 * e + 3, 2 * f : 2 * f + 3]).sum())
        for m in range(LAYERS[2].M)
        for e in range(LAYERS[2].E)
        for f in range(LAYERS[2].F)
    )
    assert masks.effectual_macs == by_hand


def test_dense_work_is_the_dense_law():
    work = array_work(random_masks(LAYERS[0], 1, 1), ArraySplit(M0=9, C0=8, channel_tiles=4, position_blocks=2))
    assert work.macs.sum(0).max() == 12 * 8 * (5 + 5 + 3)  # M = 9 + 9 + 6 on two lanes
    assert (work.pairs == 8).all()


def test_ports_that_serve_several_tiles_take_them_in_turn():
    masks = random_masks(LAYERS[0], 0.5, 0.5)
    split = ArraySplit(M0=8, C0=8, m_tiles=3)
    shared = array_work(masks, dataclasses.replace(split, tiles_per_weight_port=3))
    assert (shared.loads == 3 * array_work(masks, split).loads).all()


def test_a_slide_brings_in_its_stride_of_columns():
    work = array_work(random_masks(LAYERS[2], 1, 1), ArraySplit(M0=8, C0=3))
    pairs = work.pairs.reshape(9, 9, 3)  # E, F, R
    inside = pairs[1:-1, 1:-1]  # away from the padding
    assert (inside == 3 * 2).all()  # C0·U


def test_random_masks_have_their_density():
    masks = random_masks(Layer(name="big", M=64, C=64, E=32, F=32), 0.3, 0.7, seed=1)
    assert masks.iacts.mean() == pytest.approx(0.3, abs=0.01)
    assert masks.weights.mean() == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize("density", [-0.1, 1.5, float("nan")])
def test_densities_outside_the_unit_interval_are_refused(density):
    with pytest.raises(SpecError, match=r"iact_density = .* must lie in \[0, 1\]"):
        random_masks(LAYERS[0], density, 0.5)


def test_masks_of_another_layer_are_refused_with_both_shapes():
    masks = real_masks()["L07"]
    with pytest.raises(SpecError, match=r"iacts has shape \(64, 32, 32\) .* needs \(32, 6, 4\) and bool"):
        LayerMasks(layer=LAYERS[0], iacts=masks.iacts, weights=masks.weights)
    with pytest.raises(SpecError, match="type int8"):
        LayerMasks(layer=masks.layer, iacts=masks.iacts.astype(np.int8), weights=masks.weights)
    with pytest.raises(SpecError, match="need G = 1, not 16"):
        random_masks(Layer.depthwise("DW", 16, 8, 3, padding=1), 0.5, 0.5)


def test_bad_splits_are_refused():
    with pytest.raises(SpecError, match="m_tiles = 0"):
        ArraySplit(M0=8, C0=8, m_tiles=0)
