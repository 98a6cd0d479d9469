"""Layers by hand: sizes, kinds, shapes and the arrays that the laws take."""

import dataclasses

import pytest

from eyeriss_jax.dims import Dims
from eyeriss_jax.layers import Layer, LayerArrays

CONV2 = Layer.conv2d("CONV2", 96, 256, 27, 5, padding=2, groups=2)


def test_sizes_of_alexnet_conv2():
    assert CONV2.macs == 2 * 128 * 48 * 27 * 27 * 5 * 5
    assert CONV2.weights == 2 * 128 * 48 * 5 * 5
    assert CONV2.oacts == 256 * 27 * 27
    assert CONV2.iacts == 96 * 27 * 27
    assert CONV2.padded_span == (31, 31)
    assert CONV2.input_hw == CONV2.touched_input == (27, 27)


def test_build_of_alexnet_conv2():
    assert CONV2.build() == LayerArrays(
        dims=Dims(G=2, N=1, M=128, C=48, E=27, F=27, R=5, S=5),
        stride_h=1, stride_w=1, dilation_h=1, dilation_w=1, pad_h=2, pad_w=2, pad_end_h=2, pad_end_w=2,
    )  # fmt: skip


def test_build_divides_stride_and_dilation_by_their_gcd_per_axis():
    arrays = Layer(name="a", M=1, C=1, E=4, F=4, R=3, S=3, stride=(4, 2), dilation=(6, 3)).build()
    assert (arrays.stride_h, arrays.dilation_h) == (2, 3)
    assert (arrays.stride_w, arrays.dilation_w) == (2, 3)


def test_build_counts_only_touched_padding():
    # Rows read: 0 2 4 | 3 5 7 in padded positions, so of the four padding rows 0 1 2 3 before the input three.
    layer = Layer(name="a", M=1, C=1, E=2, R=3, stride=(3, 1), dilation=(2, 1), padding=((4, 0), (0, 0)))
    assert layer.build().pad_h == 3
    assert layer.touched_input == (3, 1)
    assert layer.input_hw == (4, 1)


def test_a_strided_pointwise_layer_leaves_input_untouched():
    layer = Layer.conv2d("shortcut", 256, 512, 56, 1, stride=2)
    assert layer.iacts == 256 * 56 * 56
    assert layer.touched_input == (28, 28)
    assert layer.padded_span == (55, 55)


def test_same_padding_is_tensorflows():
    # MobileNet's CONV1: 224 -> 112 with stride 2 needs 225 positions; the odd one comes after the input.
    layer = Layer.conv2d("CONV1", 3, 32, 224, 3, stride=2, padding="same")
    assert layer.padding == ((0, 1), (0, 1))
    assert (layer.E, layer.F) == (112, 112)
    assert (layer.build().pad_h, layer.build().pad_end_h) == (0, 1)


def test_without_input_size_the_input_is_what_the_outputs_read():
    implicit = dataclasses.replace(CONV2, input_size=None)
    assert implicit.input_hw == (27, 27)
    assert implicit.iacts == CONV2.iacts
    assert implicit.build() == CONV2.build()


def test_replacing_an_extent_moves_the_derived_input_size():
    layer = Layer(name="a", M=1, C=1, E=8, R=3)
    assert dataclasses.replace(layer, E=9).input_hw == (11, 1)


def test_fully_connected_behind_a_convolution_has_the_same_counts_either_way():
    conv = Layer.conv2d("FC6", 256, 4096, 6, 6, batch=4)
    flat = Layer.fully_connected("FC6", 256 * 6 * 6, 4096, batch=4)
    assert (conv.macs, conv.weights, conv.iacts, conv.oacts) == (flat.macs, flat.weights, flat.iacts, flat.oacts)
    assert conv.kind == flat.kind == "fc"


KINDS = {
    "conv": Layer.conv2d("a", 3, 8, 9, 3),
    "pointwise": Layer.conv2d("a", 3, 8, 9, 1),
    "grouped": CONV2,
    "grouped with a channel multiplier": Layer.conv2d("a", 8, 16, 9, 3, groups=8),
    "depthwise": Layer.depthwise("a", 8, 9, 3),
    "depthwise on one pixel": Layer.depthwise("a", 8, 1, 3, padding=1),
    "fc": Layer.fully_connected("a", 3, 8),
    "fc of four groups": Layer(name="a", M=4, C=5, N=6, G=2),
    "matmul": Layer.matmul("a", 4, 5, 6),
    "attention of two heads": Layer.attention("a", 4, 5, 6, groups=2),
    "conv that reads a corner of its input": Layer.conv2d("a", 3, 8, 4, 3, stride=2),
    "pointwise that reads a corner of its input": Layer.conv2d("a", 3, 8, 2, 1, stride=2),
}


@pytest.mark.parametrize("description", KINDS)
def test_kind(description: str):
    assert KINDS[description].kind == description.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Layer.conv2d("a", 32, 64, 112, 3, stride=2, padding="same"), "3x3 s2 32→64 @56x56"),
        (CONV2, "5x5 g2 96→256 @27x27"),
        (Layer.conv2d("a", 1, 8, (20, 90), (3, 5), stride=(2, 1), dilation=2, batch=4), "3x5 s2x1 d2 1→8 @8x82 n4"),
        (Layer.matmul("a", 64, 32, 10), "64x32 · 32x10"),
        (dataclasses.replace(Layer.attention("a", 197, 64, 196, groups=12), repeat=3), "197x64 · 64x196 g12 ×3"),
        (dataclasses.replace(CONV2, repeat=2), "5x5 g2 96→256 @27x27 ×2"),
    ],
)
def test_shape(layer: Layer, shape: str):
    assert layer.shape == shape


def test_layers_are_values():
    assert Layer.conv2d("CONV2", 96, 256, 27, 5, padding=2, groups=2) == CONV2
    assert len({CONV2, dataclasses.replace(CONV2)}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONV2.M = 3  # pyright: ignore[reportAttributeAccessIssue]
