"""ONNX Runtime's own operators: their MACs by hand, and the shapes of what they hand on.

The shapes of all cases are those that ONNX Runtime 1.32 makes of them.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from onnx import helper

from eyeriss_jax import SpecError, from_onnx
from eyeriss_jax.layers.importers.onnx_runtime import DOMAIN, OPERATORS
from tests.layers.importers import onnx_models as made

SCALAR = ()


class Case(NamedTuple):
    """Shapes of the inputs, of which the first is an activation; of the output; MACs by hand."""

    operator: str
    inputs: Sequence[tuple[int, ...] | None]
    output: tuple[int, ...]
    macs: int = 0
    attributes: dict[str, Any] = {}  # noqa: RUF012


QUANTISED = [SCALAR, SCALAR, (3, 5), SCALAR, SCALAR, SCALAR, SCALAR]
CASES = {
    "LSTM, weights transposed, both directions": Case(
        "DynamicQuantizeLSTM",
        [(5, 2, 3), (2, 3, 16), (2, 4, 16), (2, 32), None, None, None, None, (2,), (2,), (2,), (2,)],
        (5, 2, 2, 4), 5 * 2 * 2 * 16 * (3 + 4), {"direction": "bidirectional", "hidden_size": 4},
    ),
    "quantised on the way": Case("DynamicQuantizeMatMul", [(2, 5, 6), (6, 7), SCALAR], (2, 5, 7), 2 * 5 * 6 * 7),
    "integers to float": Case("MatMulIntegerToFloat", [(2, 5, 6), (6, 7), SCALAR, SCALAR], (2, 5, 7), 2 * 5 * 6 * 7),
    "both transposed": Case(
        "FusedMatMul", [(2, 6, 5), (2, 7, 6)], (2, 5, 7), 2 * 5 * 6 * 7, {"transA": 1, "transB": 1, "alpha": 0.5}
    ),
    "batch behind": Case(
        "FusedMatMul", [(5, 2, 3, 6), (6, 2, 3, 7)], (2, 3, 5, 7), 6 * 5 * 6 * 7, {"transBatchA": 1, "transBatchB": 1}
    ),
    "batch behind, then transposed": Case(
        "FusedMatMul", [(6, 2, 5), (6, 2, 7)], (2, 5, 7), 2 * 5 * 6 * 7,
        {"transA": 1, "transBatchA": 1, "transBatchB": 1},
    ),
    "a vector": Case("FusedMatMul", [(2, 5, 6), (6,)], (2, 5), 2 * 5 * 6),
    "Gemm and ReLU": Case(
        "FusedGemm", [(6, 5), (7, 6), (7,)], (5, 7), 5 * 6 * 7, {"transA": 1, "transB": 1, "activation": "Relu"}
    ),
    "convolution and ReLU": Case(
        "FusedConv", [(1, 3, 8, 8), (4, 3, 3, 3)], (1, 4, 4, 4), 4 * 4 * 4 * 27,
        {"activation": "Relu", "strides": [2, 2], "pads": [1, 1, 1, 1]},
    ),
    "quantised Gemm": Case(
        "QGemm", [(5, 6), SCALAR, SCALAR, (7, 6), SCALAR, SCALAR], (5, 7), 5 * 6 * 7, {"transB": 1}
    ),
    "quantised convolution, channels last": Case(
        "QLinearConv", [(1, 8, 8, 4), SCALAR, SCALAR, (6, 2, 3, 3), SCALAR, SCALAR, SCALAR, SCALAR],
        (1, 6, 6, 6), 6 * 6 * 6 * 18, {"channels_last": 1, "group": 2},
    ),
    "weights of four bits": Case(
        "MatMulNBits", [(2, 5, 64), (7, 2, 16), (14,)], (2, 5, 7), 2 * 5 * 64 * 7,
        {"K": 64, "N": 7, "bits": 4, "block_size": 32},
    ),
    "attention": Case(
        "MultiHeadAttention", [(2, 5, 12), (2, 7, 12), (2, 7, 8)], (2, 5, 8), 2 * 5 * 7 * (12 + 8), {"num_heads": 4}
    ),
    "attention with a past of 3": Case(
        "MultiHeadAttention", [(2, 5, 12), (2, 7, 12), (2, 7, 8), None, None, None, (2, 4, 3, 3), (2, 4, 3, 2)],
        (2, 5, 8), 2 * 5 * (7 + 3) * (12 + 8), {"num_heads": 4},
    ),
    "attention, operands packed": Case(
        "MultiHeadAttention", [(2, 5, 4, 3, 8)], (2, 5, 32), 2 * 4 * 5 * 5 * (8 + 8), {"num_heads": 4}
    ),
    "attention, keys and values packed": Case(
        "MultiHeadAttention", [(2, 5, 32), (2, 7, 4, 2, 8)], (2, 5, 32), 2 * 4 * 5 * 7 * (8 + 8), {"num_heads": 4}
    ),
    "attention to keys by head": Case(
        "MultiHeadAttention", [(2, 5, 12), (2, 4, 7, 3), (2, 4, 7, 2)], (2, 5, 8), 2 * 4 * 5 * 7 * (3 + 2),
        {"num_heads": 4},
    ),
    "attention, weights packed": Case(
        "Attention", [(2, 5, 6), (6, 36)], (2, 5, 12), 2 * 5 * 6 * 36 + 2 * 4 * 5 * 5 * (3 + 3), {"num_heads": 4}
    ),
    "attention, weights packed, of two widths, with a past of 3": Case(
        "Attention", [(2, 5, 6), (6, 32), (32,), None, (2, 2, 4, 3, 3)], (2, 5, 8),
        2 * 5 * 6 * 32 + 2 * 4 * 5 * (5 + 3) * (3 + 2), {"num_heads": 4, "qkv_hidden_sizes": [12, 12, 8]},
    ),
    "quantised attention": Case(
        "QAttention", [(2, 5, 6), (6, 36), (36,), SCALAR, SCALAR], (2, 5, 12),
        2 * 5 * 6 * 36 + 2 * 4 * 5 * 5 * (3 + 3), {"num_heads": 4},
    ),
    "six heads on two": Case(
        "GroupQueryAttention", [(2, 5, 24), (2, 5, 8), (2, 5, 8), (2, 2, 9, 4), (2, 2, 9, 4), (2,), SCALAR],
        (2, 5, 24), 2 * 6 * 5 * (9 + 5) * (4 + 4), {"num_heads": 6, "kv_num_heads": 2},
    ),
    "six heads on two, packed": Case(
        "GroupQueryAttention", [(2, 5, 40), None, None, None, None, (2,), SCALAR],
        (2, 5, 24), 2 * 6 * 5 * 5 * (4 + 4), {"num_heads": 6, "kv_num_heads": 2},
    ),
    "channels last": Case(
        "NhwcFusedConv", [(1, 8, 9, 4), (6, 2, 3, 3)], (1, 6, 7, 6), 6 * 7 * 6 * 18, {"group": 2, "activation": "Relu"}
    ),
    "embeddings": Case("EmbedLayerNormalization", [(2, 3), None, (11, 5), (4, 5), None, (5,), (5,)], (2, 3, 5)),
    "RotaryEmbedding": Case("RotaryEmbedding", [(2, 3, 8), (1, 1), (9, 2), (9, 2)], (2, 3, 8)),
    "SimplifiedLayerNormalization": Case("SimplifiedLayerNormalization", [(2, 3, 5), (5,)], (2, 3, 5)),
    **{name: Case(name, [(2, 5)], (2, 5)) for name in ("FastGelu", "Gelu", "QuickGelu")},
    "QuantizeLinear": Case("QuantizeLinear", [(2, 5), SCALAR, SCALAR], (2, 5)),
    "DequantizeLinear": Case("DequantizeLinear", [(2, 5), SCALAR, SCALAR], (2, 5)),
    "BiasGelu": Case("BiasGelu", [(2, 5), (5,)], (2, 5)),
    **{name: Case(name, [(2, 1, 5), *QUANTISED], (2, 3, 5)) for name in ("QLinearAdd", "QLinearMul")},
    **{name: Case(name, [(2, 5), SCALAR, SCALAR, SCALAR, SCALAR], (2, 5))
       for name in ("QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax")},
    **{name: Case(name, [(2, 3, 5), (2, 3, 5), (5,)], (2, 3, 5))
       for name in ("SkipLayerNormalization", "SkipSimplifiedLayerNormalization")},
}  # fmt: skip


def saved(folder: Path, case: Case, batch: Any = None) -> str:
    """The operator, and a product of its output with [last axis, 3] that needs its shape."""
    names = ["" if shape is None else f"i{index}" for index, shape in enumerate(case.inputs)]
    node = helper.make_node(case.operator, names, ["made"], "/op", domain=DOMAIN, **case.attributes)
    nodes = [node, helper.make_node("MatMul", ["made", "last"], ["y"], "/behind")]
    weights = [made.weight(name, *shape) for name, shape in zip(names, case.inputs, strict=True) if shape is not None]
    first = [batch, *(case.inputs[0] or ())[1:]] if batch else case.inputs[0] or ()
    model = made.model(nodes, [made.value("i0", first)], [*weights[1:], made.weight("last", case.output[-1], 3)])
    model.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    return made.saved(folder, model)


def test_every_operator_has_a_case():
    assert {case.operator for case in CASES.values()} == OPERATORS.keys()


@pytest.mark.parametrize("name", CASES)
def test_an_operator_of_onnx_runtime(tmp_path: Path, name: str):
    case = CASES[name]
    net = from_onnx(saved(tmp_path, case))
    assert net.macs == case.macs + math.prod(case.output) * 3
    assert len(net.layers) > 1 or len(net.others) == 1


def test_its_shape_follows_the_batch(tmp_path: Path):
    case = CASES["BiasGelu"]
    assert from_onnx(saved(tmp_path, case, "N"), batch=8).macs == 8 * 5 * 3


FAULTS = {
    "sums of two lengths": (Case("FusedMatMul", [(2, 6), (7, 5)], (2, 5)), "operands of 6 and 7"),
    "a Gemm of two lengths": (Case("FusedGemm", [(2, 6), (7, 5)], (2, 5)), "operands of 6 and 7"),
    "packed weights of another width": (
        Case("Attention", [(2, 5, 6), (7, 36)], (2, 5, 12), 0, {"num_heads": 4}), "do not suit 6 features"),
    "no number of heads": (Case("MultiHeadAttention", [(2, 5, 8)] * 3, (2, 5, 8)), "malformed"),
    "no such operator": (Case("Inverse", [(2, 5, 5)], (2, 5, 5)), "cannot be counted"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_does_not_fit_is_one_line(tmp_path: Path, name: str):
    case, message = FAULTS[name]
    with pytest.raises(SpecError, match=message):
        from_onnx(saved(tmp_path, case))
