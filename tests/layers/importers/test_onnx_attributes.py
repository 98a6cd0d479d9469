"""Attributes that contradict ONNX's definition of an operator are refused by name; its inference accepts most."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import SpecError, from_onnx
from tests.layers.importers import onnx_models as made

MADE = {"ConvInteger": TensorProto.INT32, "QLinearConv": TensorProto.UINT8}
CONVOLUTIONS = ["Conv", "ConvInteger", "ConvTranspose", "QLinearConv"]


def convolution(operator: str, **attributes: Any) -> onnx.ModelProto:
    """4 channels of 8 x 8 to 4, by 3 x 3 taps."""
    whole = operator in ("ConvInteger", "QLinearConv")
    scale, zero = numpy_helper.from_array(np.float32(1), "s"), numpy_helper.from_array(np.uint8(0), "z")
    filters = numpy_helper.from_array(np.zeros((4, 4, 3, 3), np.uint8 if whole else np.float32), "w")
    inputs = ["x", "s", "z", "w", "s", "z", "s", "z"] if operator == "QLinearConv" else ["x", "w"]
    node = helper.make_node(operator, inputs, ["y"], "/op", **attributes)
    weights = [filters, scale, zero] if operator == "QLinearConv" else [filters]
    kind = TensorProto.UINT8 if whole else TensorProto.FLOAT
    model = made.model([node], [made.value("x", [1, 4, 8, 8], kind)], weights)
    model.graph.output[0].type.tensor_type.elem_type = MADE.get(operator, TensorProto.FLOAT)
    return model


def pooling(operator: str, **attributes: Any) -> onnx.ModelProto:
    """Windows of 3 x 3, and a convolution behind them."""
    nodes = [
        helper.make_node(operator, ["x"], ["p"], "/op", kernel_shape=[3, 3], **attributes),
        helper.make_node("Conv", ["p", "w"], ["y"], "/conv"),
    ]
    return made.model(nodes, [made.value("x", [1, 4, 8, 8])], [made.weight("w", 4, 4, 3, 3)])


def refusal(folder: Path, model: onnx.ModelProto) -> str:
    with pytest.raises(SpecError) as error:
        from_onnx(made.saved(folder, model))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("operator", CONVOLUTIONS)
def test_a_kernel_shape_is_that_of_the_weights(tmp_path: Path, operator: str):
    right = from_onnx(made.saved(tmp_path, convolution(operator, kernel_shape=[3, 3])))
    assert right.macs == from_onnx(made.saved(tmp_path, convolution(operator))).macs > 0
    message = refusal(tmp_path, convolution(operator, kernel_shape=[5, 3]))
    assert message.startswith("layer 'op': kernel_shape = [5, 3], but its weights have [3, 3]; leave")


@pytest.mark.parametrize("operator", CONVOLUTIONS)
def test_a_convolution_is_padded_in_a_way_that_onnx_knows(tmp_path: Path, operator: str):
    """An empty name is NOTSET, as in ONNX Runtime; pads beside it are refused by inference for a transposed one."""
    pads = {} if operator == "ConvTranspose" else {"pads": [1] * 4}
    plain, empty = (
        from_onnx(made.saved(tmp_path, convolution(operator, **way, **pads))) for way in ({}, {"auto_pad": ""})
    )
    assert plain.macs == empty.macs > 0
    message = refusal(tmp_path, convolution(operator, auto_pad="SAMEISH"))
    assert message.startswith("layer 'op': auto_pad = 'SAMEISH' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID; ")


@pytest.mark.parametrize("operator", ["AveragePool", "LpPool", "MaxPool"])
def test_a_pooling_is_padded_in_a_way_that_onnx_knows(tmp_path: Path, operator: str):
    """What is behind it counts by the padding."""
    macs = {
        way: from_onnx(made.saved(tmp_path, pooling(operator, auto_pad=way))).macs for way in ("VALID", "SAME_UPPER")
    }
    assert macs == {"VALID": 4 * 4 * 4 * 36, "SAME_UPPER": 4 * 6 * 6 * 36}
    message = refusal(tmp_path, pooling(operator, auto_pad="same"))
    assert message.startswith("layer 'op': auto_pad = 'same' is none of NOTSET, SAME_UPPER, SAME_LOWER, VALID; ")


@pytest.mark.parametrize("operator", CONVOLUTIONS)
@pytest.mark.parametrize("group", [0, -2])
def test_there_is_a_group_at_least(tmp_path: Path, operator: str, group: int):
    """Of a transposed convolution ONNX's inference knows it too."""
    message = refusal(tmp_path, convolution(operator, group=group))
    if operator == "ConvTranspose":
        assert "node name: /op): [ShapeInferenceError] Attribute group must be > 0" in message
    else:
        assert message == f"layer 'op': group = {group} is below 1; export it again"


@pytest.mark.parametrize(
    ("strides", "dilations", "extra", "fits"),
    [
        ([3, 2], [1, 1], [2, 1], True),
        ([1, 1], [3, 2], [2, 1], True),
        ([3, 2], [1, 1], [2, 2], False),
        ([1, 1], [1, 1], [0, 1], False),
        ([2, 2], [3, 3], [3, 0], False),
    ],
)
def test_output_padding_is_below_the_stride_or_the_dilation(
    tmp_path: Path, strides: list[int], dilations: list[int], extra: list[int], fits: bool
):
    """ONNX: each "must be less than the corresponding stride/dilation dimension"."""
    model = convolution("ConvTranspose", strides=strides, dilations=dilations, output_padding=extra)
    if fits:
        assert from_onnx(made.saved(tmp_path, model)).macs > 0
    else:
        message = refusal(tmp_path, model)
        assert message.startswith(
            f"layer 'op': output_padding = {extra} is not below the strides {strides} or the dilations {dilations} "
        )


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("ij,jk->ikk", "the result 'ikk' of an Einsum names axis 'k' twice; name each axis"),
        ("ij,...jk->...ikk", "the result '...ikk' of an Einsum names axis 'k' twice; name each axis"),
        ("ij,jk->ik", None),
        ("ij,...jk->...ik", None),
        ("ij,jk", None),
    ],
)
def test_the_result_of_an_einsum_has_each_axis_once(tmp_path: Path, equation: str, message: str | None):
    node = helper.make_node("Einsum", ["x", "w"], ["y"], "/op", equation=equation)
    model = made.model([node], [made.value("x", [3, 6])], [made.weight("w", 6, 4)])
    if message is None:
        assert from_onnx(made.saved(tmp_path, model)).macs == 3 * 6 * 4
    else:
        assert message in refusal(tmp_path, model)
