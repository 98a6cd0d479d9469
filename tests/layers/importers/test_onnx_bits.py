"""Bit widths in ONNX files, as quantisers write them, and the accelerator of those widths."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import SpecError, accelerator, from_onnx
from eyeriss_jax.hardware import Types
from eyeriss_jax.hardware.word_bits import at_word_bits
from eyeriss_jax.layers.bits import Bits
from tests.layers.importers import onnx_models as made

SCALE = numpy_helper.from_array(np.float32(0.1), "scale")
INT4, INT8, UINT8 = TensorProto.INT4, TensorProto.INT8, TensorProto.UINT8


def quantised(name: str, kind: int, *shape: int) -> onnx.TensorProto:
    return helper.make_tensor(name, kind, shape, np.zeros(int(np.prod(shape)), np.int8))


def dequantised(name: str, *, by: str = "scale") -> onnx.NodeProto:
    return helper.make_node("DequantizeLinear", [name, by], [f"{name}_float"])


def bits_of_last(folder: Path, nodes: Sequence[onnx.NodeProto], weights: Sequence[Any], x: Any = None) -> Any:
    model = made.model(nodes, [x or made.value("x", [2, 8])], [SCALE, *weights])
    if x is not None:
        model.graph.output[0].type.tensor_type.elem_type = x.type.tensor_type.elem_type
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return from_onnx(made.saved(folder, model)).layers[-1].bits


def test_float_files_have_the_widths_of_their_types(tmp_path: Path):
    product = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    assert bits_of_last(tmp_path, product, [made.weight("w", 8, 3)]) == Bits(32, 32)
    half = [numpy_helper.from_array(np.zeros((8, 3), np.float16), "w")]
    assert bits_of_last(tmp_path, product, half, made.value("x", [2, 8], TensorProto.FLOAT16)) == Bits(16, 16)


def test_values_that_are_dequantised_have_the_widths_in_which_they_are_stored(tmp_path: Path):
    """QDQ: iacts of 8 bits and weights of 4, through operators that only move them, whichever side they are on."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        dequantised("q"),
        helper.make_node("Reshape", ["q_float", "shape"], ["rows"]),
        dequantised("w"),
        helper.make_node("Transpose", ["w_float"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["turned", "rows"], ["y"]),
    ]
    weights = [quantised("w", INT4, 8, 3), quantised("zero", UINT8), made.shape("shape", 8, 2)]
    assert bits_of_last(tmp_path, nodes, weights) == Bits(iact=8, weight=4)


def test_a_convolution_and_its_transpose(tmp_path: Path):
    for operator, shape in (("Conv", (4, 8, 3, 3)), ("ConvTranspose", (8, 4, 3, 3))):
        nodes = [dequantised("w"), helper.make_node(operator, ["x", "w_float"], ["y"], strides=[2, 2])]
        found = bits_of_last(tmp_path, nodes, [quantised("w", INT8, *shape)], made.value("x", [1, 8, 9, 9]))
        assert found == Bits(iact=32, weight=8)


OPERATORS = {
    "QLinearMatMul": (["q", "scale", "zero", "w", "scale", "zero8", "scale", "zero"], Bits(8, 8), ""),
    "MatMulInteger": (["q", "w"], Bits(8, 8), ""),
    "MatMulIntegerToFloat": (["q", "w", "scale", "scale"], Bits(8, 8), "com.microsoft"),
    "DynamicQuantizeMatMul": (["x", "w", "scale"], Bits(8, 8), "com.microsoft"),
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators_on_integers(tmp_path: Path, operator: str):
    inputs, expected, domain = OPERATORS[operator]
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node(operator, inputs, ["product"], domain=domain),
        helper.make_node("Cast", ["product"], ["y"], to=TensorProto.FLOAT),
    ]
    integers = [quantised("w", INT8, 8, 3), quantised("zero", UINT8), quantised("zero8", INT8)]
    assert bits_of_last(tmp_path, nodes, integers) == expected


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_blocks_of_a_few_bits(tmp_path: Path, bits: int):
    node = helper.make_node(
        "MatMulNBits", ["x", "blocks", "scales"], ["y"], domain="com.microsoft", K=64, N=7, bits=bits, block_size=32
    )
    weights = [quantised("blocks", UINT8, 7, 2, 4 * bits), made.weight("scales", 14)]
    assert bits_of_last(tmp_path, [node], weights, made.value("x", [2, 64])) == Bits(32, bits)


def two_layers(folder: Path, second: int) -> Any:
    """Products by 8-bit weights and by weights of another type."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        dequantised("q"),
        dequantised("w1"),
        helper.make_node("MatMul", ["q_float", "w1_float"], ["h"], "/first"),
        helper.make_node("QuantizeLinear", ["h", "scale", "zero"], ["p"]),
        dequantised("p"),
        dequantised("w2"),
        helper.make_node("MatMul", ["p_float", "w2_float"], ["y"], "/second"),
    ]
    weights = [SCALE, quantised("zero", UINT8), quantised("w1", INT8, 8, 6), quantised("w2", second, 6, 4)]
    return from_onnx(made.saved(folder, made.model(nodes, [made.value("x", [2, 8])], weights)))


def test_the_widths_that_all_layers_have(tmp_path: Path):
    assert two_layers(tmp_path, INT8).common_bits() == Bits(8, 8)
    message = (
        r"'first' has 8-bit iacts and 8-bit weights, 'second' 8-bit iacts and 4-bit weights; an accelerator has one"
    )
    with pytest.raises(SpecError, match=message):
        two_layers(tmp_path, INT4).common_bits()


def test_widths_change_no_mapping(tmp_path: Path):
    narrow, wide = (two_layers(tmp_path, kind).layers[-1] for kind in (INT4, INT8))
    assert narrow != wide
    assert narrow.anonymous() == wide.anonymous()


def test_a_machine_of_other_widths():
    """8/4 bits on v2 (8/8/20): weights cost half at every level, a MAC half, the GLB holds what it held of iacts."""
    v2 = accelerator("eyeriss_v2")
    narrow = at_word_bits(v2, iact=8, weight=4)
    assert (narrow.word_bits, narrow.oact_bits) == (Types(iact=8, weight=4, psum=20), 8)
    assert narrow.energy.dram.weight == pytest.approx(v2.energy.dram.weight / 2)
    assert narrow.energy.dram.iact == v2.energy.dram.iact
    assert narrow.energy.mac == pytest.approx(v2.energy.mac / 2)
    assert narrow.sparse_pe == v2.sparse_pe  # a pair holds the wider of both
    assert v2.sparse_pe is not None
    halved = at_word_bits(v2, iact=4, weight=4).sparse_pe
    assert halved == dataclasses.replace(v2.sparse_pe, pair_bits=v2.sparse_pe.pair_bits - 4)
    assert at_word_bits(v2, iact=8, weight=8) is v2
    assert "changed from" in narrow.sources["word_bits"]


def test_oacts_that_psums_cannot_hold():
    with pytest.raises(SpecError, match="psums of 20 bits cannot become oacts of 32 bits"):
        at_word_bits(accelerator("eyeriss_v2"), iact=32, weight=32)
