"""Small ONNX models, made here."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 21


def value(name: str, shape: Sequence[Any], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))


def weight(name: str, *shape: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.zeros(shape, np.float32), name)


def shape(name: str, *extents: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(extents, np.int64), name)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    weights: Sequence[onnx.TensorProto] = (),
    output: str = "y",
    **options: Any,
) -> onnx.ModelProto:
    """A model with one output of unknown shape."""
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    graph = helper.make_graph(list(nodes), "graph", list(inputs), outputs, list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], **options)


def saved(folder: Path, made: onnx.ModelProto, name: str = "model.onnx") -> str:
    path = folder / name
    path.write_bytes(made.SerializeToString())
    return str(path)


def convnet(batch: Any = "N") -> onnx.ModelProto:
    """Two convolutions, one of them depthwise, pooling and a classifier behind a Reshape."""
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], "/stem/conv", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "s", "s", "s", "s"], ["n"], "/stem/norm"),
        helper.make_node("Relu", ["n"], ["b"], "/stem/relu"),
        helper.make_node("Conv", ["b", "w2"], ["c"], "/block/conv", group=8, auto_pad="SAME_UPPER"),
        helper.make_node("MaxPool", ["c"], ["d"], "/pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["d", "flat"], ["e"], "/flatten"),
        helper.make_node("Gemm", ["e", "w3", "b3"], ["y"], "/head", transB=1),
    ]
    weights = [
        weight("w1", 8, 3, 3, 3), weight("w2", 8, 1, 3, 3), weight("w3", 10, 8 * 8 * 8), weight("b3", 10),
        weight("s", 8), shape("flat", -1, 8 * 8 * 8),
    ]  # fmt: skip
    return model(nodes, [value("x", [batch, 3, 32, 32])], weights)


def encoder(batch: Any = "batch", tokens: Any = 16) -> onnx.ModelProto:
    """Self-attention of 4 heads of width 8 and a feed-forward layer, as exporters write them."""
    nodes, weights = [], [shape("split", 0, 0, 4, 8), shape("join", 0, 0, 32)]
    for name in "qkv":
        nodes += [
            helper.make_node("MatMul", ["x", f"w{name}"], [name], f"/attn/{name}/MatMul"),
            helper.make_node("Reshape", [name, "split"], [f"{name}s"], f"/attn/{name}/Reshape"),
        ]
        weights.append(weight(f"w{name}", 32, 32))
    nodes += [
        helper.make_node("Transpose", ["qs"], ["qh"], perm=[0, 2, 1, 3]),
        helper.make_node("Transpose", ["ks"], ["kh"], perm=[0, 2, 3, 1]),
        helper.make_node("Transpose", ["vs"], ["vh"], perm=[0, 2, 1, 3]),
        helper.make_node("MatMul", ["qh", "kh"], ["scores"], "/attn/scores"),
        helper.make_node("Softmax", ["scores"], ["p"], "/attn/softmax"),
        helper.make_node("MatMul", ["p", "vh"], ["mixed"], "/attn/values"),
        helper.make_node("Transpose", ["mixed"], ["mt"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", ["mt", "join"], ["m"], "/attn/join"),
        helper.make_node("MatMul", ["m", "wo"], ["o"], "/attn/out/MatMul"),
        helper.make_node("Add", ["x", "o"], ["y"], "/add"),
    ]
    weights.append(weight("wo", 32, 32))
    return model(nodes, [value("x", [batch, tokens, 32])], weights)


def branching() -> onnx.ModelProto:
    """An If whose then-branch has one product and whose else-branch has two."""

    def branch(name: str, products: int) -> onnx.GraphProto:
        names = ["x", *(f"{name}{index}" for index in range(products))]
        nodes = [
            helper.make_node("MatMul", [names[index], "w"], [names[index + 1]], f"/{name}/{index}")
            for index in range(products)
        ]
        return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(names[-1], TensorProto.FLOAT, None)])

    node = helper.make_node("If", ["c"], ["y"], then_branch=branch("then", 1), else_branch=branch("else", 2))
    return model([node], [value("c", [], TensorProto.BOOL), value("x", [5, 8])], [weight("w", 8, 8)])


def sized_branches() -> onnx.ModelProto:
    """An If whose branches calculate the shape that they reshape to; one ends in an operator of ONNX Runtime."""

    def branch(name: str, domain: str, operator: str) -> onnx.GraphProto:
        nodes = [
            helper.make_node("Neg", ["target"], [f"{name}_target"]),
            helper.make_node("Reshape", ["x", f"{name}_target"], [f"{name}_flat"]),
            helper.make_node(operator, [f"{name}_flat", "w"], [f"{name}_out"], f"/{name}", domain=domain),
        ]
        return helper.make_graph(nodes, name, [], [value(f"{name}_out", ["rows", "columns"])])

    branches = branch("then", "", "MatMul"), branch("else", "com.microsoft", "FusedMatMul")
    node = helper.make_node("If", ["c"], ["y"], "/if", then_branch=branches[0], else_branch=branches[1])
    inputs = [value("x", [5, 8]), value("c", [], TensorProto.BOOL)]
    made = model([node], inputs, [weight("w", 4, 8), shape("target", -10, -4)])
    made.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return made


def with_function(name: str = "Twice", inner: str = "MatMul") -> onnx.ModelProto:
    """A call of a local function that multiplies twice; ``inner`` may be the function itself."""
    domain = "mine" if inner == name else ""
    body = [
        helper.make_node(inner, ["a", "b"], ["t"], domain=domain),
        helper.make_node("MatMul", ["t", "b"], ["c"]),
    ]
    imports = [helper.make_opsetid("", OPSET), helper.make_opsetid("mine", 1)]
    function = helper.make_function("mine", name, ["a", "b"], ["c"], body, imports)
    made = model([helper.make_node(name, ["x", "w"], ["y"], domain="mine")], [value("x", [5, 8])], [weight("w", 8, 8)])
    made.opset_import.append(helper.make_opsetid("mine", 1))
    made.functions.append(function)
    return made


def quantised_product() -> onnx.ModelProto:
    """A product of iacts of 8 bits and weights of 4, between the operators that a quantiser writes."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "scale"], ["iacts"]),
        helper.make_node("DequantizeLinear", ["codes", "scale"], ["weights"]),
        helper.make_node("MatMul", ["iacts", "weights"], ["y"], "/product"),
    ]
    weights = [
        numpy_helper.from_array(np.float32(0.1), "scale"),
        helper.make_tensor("zero", TensorProto.UINT8, (), [0]),
        helper.make_tensor("codes", TensorProto.INT4, (8, 4), [0] * 32),
    ]
    return model(nodes, [value("x", [2, 8])], weights)
