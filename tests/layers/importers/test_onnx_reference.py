"""Values that are worked out without asking ONNX's inference: as large as was said before, of the type it would say."""

from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

from eyeriss_jax.layers.importers.onnx_guarded import Answers, infer_node
from eyeriss_jax.layers.importers.onnx_reference import evaluated, most_elements
from eyeriss_jax.layers.importers.onnx_sizes import extents_of

OPSET = 13
SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)
ANY = {
    1: ("Abs", "Identity", "Neg"),
    2: ("Add", "Div", "Equal", "Greater", "Less", "Max", "Min", "Mod", "Mul", "Sub"),
    3: ("Max", "Min"),
}
OF_ANY_SHAPES = [(operator, count) for count, operators in ANY.items() for operator in operators]


@st.composite
def nodes(draw: st.DrawFn) -> tuple[onnx.NodeProto, list[np.ndarray]]:
    """A node and its inputs, which need not fit together."""

    def array(*shape: int, least: int = -2, most: int = 3) -> np.ndarray:
        count = int(np.prod(shape))
        values = draw(st.lists(st.integers(least, most), min_size=count, max_size=count))
        return np.asarray(values, np.int64).reshape(shape)

    data, axis = array(*draw(SHAPES)), draw(st.integers(-1, 3))
    options: dict[str, dict[str, Any]] = {"Gather": {"axis": axis}, "Concat": {"axis": axis}}
    other = {
        "Concat": [array(*draw(st.one_of(SHAPES, st.just(data.shape))))],
        "Gather": [array(*draw(SHAPES))],
        "ReduceSum": [array(1)],
        "ReduceMax": [],
        "Slice": [array(1), array(1), array(1), np.asarray([draw(st.sampled_from([-1, 1, 2]))])],
        "Squeeze": [array(1)],
        "Unsqueeze": [array(draw(st.integers(1, 2)))],
    }
    operator, count = draw(st.sampled_from([*OF_ANY_SHAPES, *((each, 0) for each in other)]))
    inputs = [data, *(other[operator] if not count else [array(*draw(SHAPES)) for _ in range(count - 1)])]
    names = [f"x{place}" for place in range(len(inputs))]
    return helper.make_node(operator, names, ["y"], **options.get(operator, {})), inputs


@given(nodes())
def test_results_are_no_larger_than_was_said_and_what_inference_says(drawn: tuple[onnx.NodeProto, list[np.ndarray]]):
    """What ONNX's operator makes without a complaint has the bound, and the shape and type that inference finds."""
    node, inputs = drawn
    most = most_elements(node, inputs, OPSET)
    try:
        (result,) = evaluated(node, inputs, OPSET)
    except Exception:  # they do not fit together
        return
    assert most is not None and result.size <= most
    types = {
        name: helper.make_tensor_type_proto(onnx.TensorProto.INT64, value.shape)
        for name, value in zip(node.input, inputs, strict=True)
    }
    data = {name: numpy_helper.from_array(value, name) for name, value in zip(node.input, inputs, strict=True)}
    schema = onnx.defs.get_schema(node.op_type, OPSET, "")
    found = infer_node(Answers("here"), schema, node, types, data, {"": OPSET})["y"]
    assert extents_of(found) == result.shape
    assert found.tensor_type.elem_type == helper.np_dtype_to_tensor_dtype(result.dtype)


@pytest.mark.parametrize(
    ("node", "inputs"),
    [
        (helper.make_node("Expand", ["x", "s"], ["y"]), [np.ones(1, np.int64), np.asarray([4])]),
        (helper.make_node("ReduceSum", ["x"], ["y"]), [np.ones((0, 9), np.int64)]),
        (helper.make_node("Add", ["x", "z"], ["y"]), [np.ones(2, np.int64), np.ones(2, np.float32)]),
        (helper.make_node("Add", ["x", "z"], ["y"]), [np.ones(2, np.int64), np.ones(3, np.int64)]),
        (helper.make_node("And", ["x", "z"], ["y"]), [np.ones(2, np.int64), np.ones(2, np.int64)]),
        (helper.make_node("Neg", [""], ["y"]), [None]),
        (helper.make_node("Reshape", ["x", "s"], ["y"]), [np.ones(2, np.int64), np.asarray([-2])]),
    ],
)
def test_elsewhere_inference_is_asked(node: onnx.NodeProto, inputs: list[np.ndarray | None]):
    assert most_elements(node, inputs, OPSET) is None


def test_before_an_operator_took_whole_numbers_inference_is_asked():
    node, inputs = helper.make_node("Max", ["x", "z"], ["y"]), [np.ones(2, np.int64)] * 2
    assert (most_elements(node, inputs, 8), most_elements(node, inputs, 12)) == (None, 2)


def test_nodes_that_differ_in_more_than_names_are_different():
    """One evaluator serves nodes of other names, not of other attributes or types."""
    pair = np.asarray([[3, 4]], np.int64)
    for names, axis, right in ((["a", "b"], 0, (2, 2)), (["c", "d"], 1, (1, 4)), (["a", "a"], 0, (2, 2))):
        (made,) = evaluated(helper.make_node("Concat", names, ["y"], axis=axis), [pair, pair], OPSET)
        assert made.shape == right
    (made,) = evaluated(helper.make_node("Concat", ["a", "b"], ["y"], axis=0), [pair.astype(np.float32)] * 2, OPSET)
    assert made.dtype == np.float32
