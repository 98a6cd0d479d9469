"""What ONNX lets a file spell in two ways is read the same in both: its own domain, and weights stored sparse."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import from_onnx
from tests.layers.importers import onnx_models as made

LONG = "ai.onnx"


def sparse(name: str, *dims: int) -> onnx.SparseTensorProto:
    """A weight of two values that are not zero."""
    values = numpy_helper.from_array(np.ones(2, np.float32), name)
    return helper.make_sparse_tensor(values, numpy_helper.from_array(np.array([0, 5], np.int64)), list(dims))


@pytest.mark.parametrize("model", [made.convnet(1), made.encoder(1), made.branching(), made.with_function()])
@pytest.mark.parametrize("imported", [[""], [LONG], ["", LONG], [LONG, ""]], ids=str)
@pytest.mark.parametrize("written", ["", LONG])
def test_the_long_name_of_onnxs_domain_is_the_short_one(
    tmp_path: Path, model: onnx.ModelProto, imported: list[str], written: str
):
    other = onnx.ModelProto()
    other.CopyFrom(model)
    others = [each for each in other.opset_import if each.domain]
    del other.opset_import[:]
    other.opset_import.extend([*(helper.make_opsetid(name, made.OPSET) for name in imported), *others])
    bodies = [other.graph, *(each.g for node in other.graph.node for each in node.attribute if each.HasField("g"))]
    for node in (each for body in bodies for each in body.node):
        node.domain = node.domain or written
    plain, same = (from_onnx(made.saved(tmp_path, each)) for each in (model, other))
    assert (plain.layers, plain.others) == (same.layers, same.others)


def test_weights_stored_sparse_are_operands_of_their_shape(tmp_path: Path):
    """A filter larger than what is looked at, a small matrix, and one in a branch: two values of each are stored."""
    inner = helper.make_graph(
        [helper.make_node("MatMul", ["flat", "inner"], ["out"], "/inner")], "branch", [], [made.value("out", [1, 7])]
    )
    inner.sparse_initializer.append(sparse("inner", 5, 7))
    other = helper.make_graph(
        [helper.make_node("MatMul", ["flat", "dense"], ["out2"], "/other")], "branch", [], [made.value("out2", [1, 6])]
    )
    nodes = [
        helper.make_node("Conv", ["x", "filters"], ["a"], "/conv"),
        helper.make_node("GlobalAveragePool", ["a"], ["b"]),
        helper.make_node("Flatten", ["b"], ["c"]),
        helper.make_node("MatMul", ["c", "matrix"], ["flat"], "/matrix"),
        helper.make_node("If", ["choice"], ["y"], "/if", then_branch=inner, else_branch=other),
    ]
    inputs = [made.value("x", [1, 16, 9, 9]), made.value("choice", [], TensorProto.BOOL)]
    model = made.model(nodes, inputs, [made.weight("dense", 5, 6)])
    model.graph.sparse_initializer.extend([sparse("filters", 32, 16, 3, 3), sparse("matrix", 32, 5)])
    net = from_onnx(made.saved(tmp_path, model))
    assert {layer.name: layer.macs for layer in net.layers} == {
        "conv": 49 * 32 * 16 * 9, "matrix": 32 * 5, "inner": 5 * 7
    }  # fmt: skip
    assert [layer.kind for layer in net.layers] == ["conv", "matmul", "matmul"]  # a weight each, no attention


def test_a_constant_stored_sparse_has_its_shape(tmp_path: Path):
    """Also where sizes are calculated from it."""
    nodes = [
        helper.make_node("Constant", [], ["matrix"], sparse_value=sparse("", 8, 6)),
        helper.make_node("Shape", ["matrix"], ["sizes"]),
        helper.make_node("Neg", ["sizes"], ["negative"]),
        helper.make_node("Abs", ["negative"], ["target"]),
        helper.make_node("Reshape", ["x", "target"], ["square"]),
        helper.make_node("Transpose", ["square"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["turned", "matrix"], ["y"], "/product"),
    ]
    net = from_onnx(made.saved(tmp_path, made.model(nodes, [made.value("x", [48])])))
    assert [layer.macs for layer in net.layers] == [6 * 8 * 6]
