"""Operators of ONNX Runtime's own domain ``com.microsoft``, which its quantiser and its optimiser write into files.

ONNX knows neither their shapes nor what they compute, so :data:`OPERATORS` says both for those met in files:

* products: Attention and QAttention (packed weights), DynamicQuantizeLSTM, DynamicQuantizeMatMul, FusedConv, FusedGemm,
  FusedMatMul, GroupQueryAttention, MatMulIntegerToFloat, MatMulNBits, MultiHeadAttention, NhwcFusedConv, QGemm,
  QLinearConv;
* element-wise: BiasGelu, DequantizeLinear, FastGelu, Gelu, QuantizeLinear, QuickGelu, QLinearAdd, QLinearLeakyRelu,
  QLinearMul, QLinearSigmoid, RotaryEmbedding;
* normalisation and softmax: EmbedLayerNormalization, SimplifiedLayerNormalization (which ONNX Runtime writes in ONNX's
  own domain), SkipLayerNormalization, SkipSimplifiedLayerNormalization, QLinearSoftmax.

Any other operator of that domain is refused like an unknown one. Definitions: ONNX Runtime, docs/ContribOperators.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from eyeriss_jax.layers.importers.convolution import Convolution
from eyeriss_jax.layers.importers.onnx_products import (
    Node,
    Operand,
    Shape,
    convolution,
    gemm,
    matmul,
    recurrence,
)
from eyeriss_jax.layers.importers.onnx_runtime_attention import (
    grouped_query,
    grouped_query_shapes,
    multi_head,
    multi_head_shapes,
    packed,
)
from eyeriss_jax.layers.layer import Layer

DOMAIN = "com.microsoft"


class Operator(NamedTuple):
    """One operator.

    ``shapes``: the shapes of its first outputs; ``work``: its layers, or the kind of work that it is beside them;
    ``typed_like``: the input whose element type the outputs have.
    """

    shapes: Callable[[Node], Sequence[Shape]]
    work: Callable[[Node], list[Layer] | Convolution] | str
    typed_like: int = 0


def _as_first(node: Node) -> list[Shape]:
    return [node.operand(0).shape]


def _broadcast(node: Node) -> list[Shape]:
    """Of the operands of QLinearAdd and its like, which have a scale and a zero point each."""
    return [np.broadcast_shapes(node.operand(0).shape, node.operand(3).shape)]


def _turned(node: Node) -> tuple[Operand, Operand]:
    """The operands of FusedMatMul as MatMul takes them: the first axis put behind the batch, then the last two swapped.

    Vectors are not turned.
    """
    operands = []
    for index, side in enumerate("AB"):
        shape, origin, bits = node.operand(index)
        if len(shape) > 1 and node.attributes.get(f"transBatch{side}", 0):
            shape = (*shape[1:-1], shape[0], shape[-1])
        if len(shape) > 1 and node.attributes.get(f"trans{side}", 0):
            shape = (*shape[:-2], shape[-1], shape[-2])
        operands.append(Operand(shape, origin, bits))
    return operands[0], operands[1]


def _unpacked(node: Node) -> tuple[Operand, Operand]:
    """The operands of MatMulNBits, whose weights are blocks of a few bits."""
    shape = int(node.attributes["K"]), int(node.attributes["N"])
    return node.operand(0), Operand(shape, node.operand(1).origin, int(node.attributes.get("bits", 4)))


def _matmul(operands: Callable[[Node], tuple[Operand, Operand]], typed_like: int = 0) -> Operator:
    """A product like MatMul of what ``operands`` makes of a node."""

    def shapes(node: Node) -> list[Shape]:
        left, right = (operand.shape for operand in operands(node))
        batch = np.broadcast_shapes(left[:-2], right[:-2])
        return [(*batch, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))]

    return Operator(shapes, lambda node: matmul(node, *operands(node)), typed_like)


def _quantised_first(node: Node) -> tuple[Operand, Operand]:
    """The operands of DynamicQuantizeMatMul, which takes the first to 8 bits on its way."""
    return node.operand(0)._replace(bits=8), node.operand(1)


def _first_two(node: Node) -> tuple[Operand, Operand]:
    return node.operand(0), node.operand(1)


def _gemm(*indices: int, typed_like: int = 0) -> Operator:
    """A product like Gemm of these inputs."""

    def shapes(node: Node) -> list[Shape]:
        left, right = (node.operand(index).shape for index in indices)
        rows = left[1] if node.attributes.get("transA", 0) else left[0]
        return [(rows, right[0] if node.attributes.get("transB", 0) else right[1])]

    def work(node: Node) -> list[Layer]:
        return gemm(node._replace(inputs=[node.operand(index) for index in indices]))

    return Operator(shapes, work, typed_like)


def _convolution(*indices: int, channels_last: bool = False) -> Operator:
    """A convolution of these two inputs; the attribute ``channels_last``, or the operator, moves the first's channels.

    Filters are M x C x taps in either case.
    """

    def is_last(node: Node) -> bool:
        return channels_last or bool(node.attributes.get("channels_last", 0))

    def first_channels(node: Node) -> Convolution:
        image, filters = (node.operand(index) for index in indices)
        if is_last(node):
            image = image._replace(shape=(image.shape[0], image.shape[-1], *image.shape[1:-1]))
        return convolution(node, image, filters)

    def shapes(node: Node) -> list[Shape]:
        found = first_channels(node)
        channels, last = (found.groups * found.out_channels,), is_last(node)
        return [(found.batch, *(() if last else channels), *found.outputs, *(channels if last else ()))]

    return Operator(shapes, first_channels)


def _lstm(node: Node) -> list[Layer]:
    """LSTM of 8 bits, whose weights lie transposed: [directions, features, 4 x hidden]."""
    inputs, weights, recurrent = (node.operand(index) for index in range(3))
    turned = [each._replace(shape=(each.shape[0], each.shape[2], each.shape[1])) for each in (weights, recurrent)]
    return recurrence(node._replace(inputs=[inputs._replace(bits=8), *turned]))


def _lstm_shapes(node: Node) -> list[Shape]:
    """All steps' outputs, the last output, the last cell state."""
    steps, batch, _ = node.operand(0).shape
    directions, hidden, _ = node.operand(2).shape
    return [(steps, directions, batch, hidden), (directions, batch, hidden), (directions, batch, hidden)]


def _embedded(node: Node) -> list[Shape]:
    """EmbedLayerNormalization: word, position and segment embeddings of token numbers."""
    return [(*node.operand(0).shape, node.operand(2).shape[1])]


OPERATORS: Mapping[str, Operator] = {
    "Attention": Operator(*packed(past=4)),
    "BiasGelu": Operator(_as_first, "element-wise"),
    "DequantizeLinear": Operator(_as_first, "element-wise", typed_like=1),
    "DynamicQuantizeLSTM": Operator(_lstm_shapes, _lstm),
    "DynamicQuantizeMatMul": _matmul(_quantised_first),
    "EmbedLayerNormalization": Operator(_embedded, "normalisation", typed_like=2),
    "FastGelu": Operator(_as_first, "element-wise"),
    "FusedConv": _convolution(0, 1),
    "FusedGemm": _gemm(0, 1),
    "FusedMatMul": _matmul(_turned),
    "Gelu": Operator(_as_first, "element-wise"),
    "GroupQueryAttention": Operator(grouped_query_shapes, grouped_query),
    "MatMulIntegerToFloat": _matmul(_first_two, typed_like=2),
    "MatMulNBits": _matmul(_unpacked),
    "MultiHeadAttention": Operator(multi_head_shapes, multi_head),
    "NhwcFusedConv": _convolution(0, 1, channels_last=True),
    "QAttention": Operator(*packed(past=8), typed_like=3),
    "QGemm": _gemm(0, 3, typed_like=1),
    "QLinearAdd": Operator(_broadcast, "element-wise"),
    "QLinearConv": _convolution(0, 3),
    "QLinearLeakyRelu": Operator(_as_first, "element-wise"),
    "QLinearMul": Operator(_broadcast, "element-wise"),
    "QLinearSigmoid": Operator(_as_first, "element-wise"),
    "QLinearSoftmax": Operator(_as_first, "softmax"),
    "QuantizeLinear": Operator(_as_first, "element-wise", typed_like=2),
    "QuickGelu": Operator(_as_first, "element-wise"),
    "RotaryEmbedding": Operator(_as_first, "element-wise"),
    "SimplifiedLayerNormalization": Operator(_as_first, "normalisation"),
    "SkipLayerNormalization": Operator(_as_first, "normalisation"),
    "SkipSimplifiedLayerNormalization": Operator(_as_first, "normalisation"),
}
"""What is known of ``com.microsoft``, by operator."""

PRODUCTS = {f"{DOMAIN}.{name}": each.work for name, each in OPERATORS.items() if not isinstance(each.work, str)}
"""The rules of those that become layers, by domain and operator."""

LISTED = {f"{DOMAIN}.{name}": each.work for name, each in OPERATORS.items() if isinstance(each.work, str)}
"""The kinds of those that are listed, by domain and operator."""
