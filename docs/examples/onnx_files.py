"""Writes three ONNX files as exporters do: ``model.onnx`` (a CNN), ``encoder.onnx`` (attention), ``quantised.onnx``.

The leading axis of the first two is the symbol ``batch``; that of the encoder's tokens is the symbol ``sequence``. The
third is a product of int8 values and int4 weights, which it dequantises first.
"""

import onnx
from onnx import TensorProto, helper


def cnn() -> onnx.ModelProto:
    """Two convolutions on images of 64x64 and a classifier; the weights are inputs of the graph."""
    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["a"], name="conv1", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], name="conv2", strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("GlobalAveragePool", ["d"], ["e"]),
        helper.make_node("Flatten", ["e"], ["f"]),
        helper.make_node("Gemm", ["f", "w3"], ["logits"], name="fc"),
    ]
    shapes = {"image": ["batch", 3, 64, 64], "w1": [16, 3, 3, 3], "w2": [32, 16, 3, 3], "w3": [32, 10]}
    return _model("cnn", nodes, shapes, "logits")


def encoder() -> onnx.ModelProto:
    """Self-attention of one head on tokens of 64 features, with one projection."""
    nodes = [
        helper.make_node("MatMul", ["tokens", "w"], ["q"], name="project"),
        helper.make_node("Transpose", ["tokens"], ["k"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["q", "k"], ["scores"], name="scores"),
        helper.make_node("Softmax", ["scores"], ["shares"]),
        helper.make_node("MatMul", ["shares", "tokens"], ["out"], name="mix"),
    ]
    return _model("encoder", nodes, {"tokens": ["batch", "sequence", 64], "w": [64, 64]}, "out")


def quantised() -> onnx.ModelProto:
    """A product of 8-bit iacts and 4-bit weights, as a quantiser writes it; the codes are inputs of the graph."""
    nodes = [
        helper.make_node("DequantizeLinear", ["codes", "scale"], ["iacts"]),
        helper.make_node("DequantizeLinear", ["packed", "scale"], ["weights"]),
        helper.make_node("MatMul", ["iacts", "weights"], ["out"], name="product"),
    ]
    types = {"codes": (TensorProto.INT8, [1, 64]), "packed": (TensorProto.INT4, [64, 32]), "scale": (1, [])}
    inputs = [helper.make_tensor_value_info(each, *kind) for each, kind in types.items()]
    outputs = [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "quantised", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def _model(name: str, nodes: list[onnx.NodeProto], shapes: dict[str, list], output: str) -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info(each, TensorProto.FLOAT, shape) for each, shape in shapes.items()]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, name, inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


if __name__ == "__main__":
    onnx.save(cnn(), "model.onnx")
    onnx.save(encoder(), "encoder.onnx")
    onnx.save(quantised(), "quantised.onnx")
