"""Files as other tools write them, each of a kind that was once refused or misread, with the MACs that are right.

The right values are those of ONNX Runtime's shapes of every node, and of Timeloop's own loop bounds. A transposed
convolution of stride 2 counts the quarter of its MACs that does not meet a stuffed zero.
"""

import time
from pathlib import Path

import pytest

from eyeriss_jax import SpecError, network

CASES = Path(__file__).resolve().parents[2] / "data" / "cases"

RIGHT = {
    "onnx:conv_dilation_over_32/aspp_d36.onnx": 33 * 33 * 8 * 16 * 9,
    "onnx:conv_dilation_over_32/wavenet_d512.onnx": 4000 * 32 * 32,
    "onnx:onnx_conv_int8_types/int8.onnx": 64 * 4 * 27,
    "onnx:onnx_conv_int8_types/bf16_opset17.onnx": 64 * 4 * 27,
    "onnx:onnx_convtranspose_auto_pad/ct_op_SAME_LOWER.onnx": 36 * 2 * 9 // 4,
    "onnx:onnx_convtranspose_auto_pad/ct_op_SAME_UPPER.onnx": 36 * 2 * 9 // 4,
    "onnx:onnx_minus1/minus1.onnx": 16 * 8 * 27,
    "onnx:onnx_shape_arith/chain_div_18_init.onnx": 1200,
    "onnx:onnx_shape_arith/chain_where_expand_18_init.onnx": 1200,
    "onnx:onnx_shape_arith/chunk.onnx": 2560,
    "onnx:onnx_shape_arith/torch_pad.onnx": 64 * 8 * 27,
    "onnx:onnx_shape_chain/chain_gather_13_const.onnx": 1200,
    "onnx:onnx_shape_chain/mbv2_tail_opset12.onnx": 64 * 32 * 27 + 320,
    "onnx:onnx_symbol_question/question.onnx??=10&w&h=12": 8 * 10 * 8 * 27,
    "onnx:onnx_symbol_question/question.onnx?%3F=10&w%26h=12": 8 * 10 * 8 * 27,
    "onnx:onnx_symbol_question/question.onnx?x.2=10&x.3=12": 8 * 10 * 8 * 27,
    "onnx:onnx_unknown_downstream/custom_then_matmul.onnx?unknown=list": 640,
    "timeloop:timeloop_cnn_layer_K/k_builtin.yaml": 28 * 28 * 9 * 8 * 256,
}


@pytest.mark.parametrize("source", RIGHT)
def test_files_of_other_tools_have_the_macs_that_are_right(source: str):
    kind, _, path = source.partition(":")
    assert network(f"{kind}:{CASES / path}").macs == RIGHT[source]


def test_a_free_leading_axis_is_the_batch():
    for path in ("onnx_minus1/minus1.onnx", "onnx_shape_chain/chain_gather_13_const.onnx"):
        one, two = (network(f"onnx:{CASES / path}", batch) for batch in (1, 2))
        assert (two.macs, two.inferences) == (2 * one.macs, 2)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "onnx:onnx_symbol_question/question.onnx",
            r"axis 2 of input 'x' is symbolic \(unnamed\), axis 3 .*w&h\); write 'onnx:.*\.onnx\?x\.2=128&w&h=128'",
        ),
        ("onnx:onnx_symbol_question/question.onnx?z=1", "no free axis is called 'z'; its free axes are "),
        ("onnx:onnx_einsum_dots/einsum_dots.onnx", "an Einsum has the equation"),
        (
            "timeloop:timeloop_template/template_top.yaml",
            r"line 1: it includes '\.\./problem_base\.yaml', which is not there; copy it there, or give the file that",
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(source: str, message: str):
    kind, _, path = source.partition(":")
    start = time.thread_time()
    with pytest.raises(SpecError, match=message):
        network(f"{kind}:{CASES / path}")
    assert time.thread_time() - start < 30
