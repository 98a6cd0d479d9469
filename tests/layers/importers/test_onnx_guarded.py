"""ONNX's own C++ code runs beside this process: what it says is the same, and what it does to itself stays there."""

import os
import signal
import time
from pathlib import Path

import onnx
import pytest
from onnx import helper, inliner, shape_inference

from eyeriss_jax import SpecError
from eyeriss_jax.layers import network
from eyeriss_jax.layers.importers import onnx_guarded
from eyeriss_jax.layers.importers.onnx_guarded import Answers, Failed, infer_node, infer_shapes, inline_functions
from tests.layers.importers import onnx_models as made

MODELS = (made.convnet, made.encoder, made.branching, made.sized_branches)


@pytest.fixture
def fresh():
    """A process that starts with the next request, under the limits of the test."""
    onnx_guarded._CHILD.end()
    yield onnx_guarded._CHILD
    onnx_guarded._CHILD.end()


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_shapes_are_those_of_onnx(model):
    expected = shape_inference.infer_shapes(model(), check_type=False, strict_mode=True, data_prop=False)
    assert infer_shapes("file", model()) == expected


def test_functions_are_inlined_as_by_onnx():
    model = made.with_function()
    assert inline_functions("file", model) == inliner.inline_local_functions(model)


def test_types_of_a_node_are_those_of_onnx():
    node = helper.make_node("Reshape", ["x", "to"], ["y"])
    types = {"x": made.value("x", [4, 6]).type, "to": made.value("to", [2], 7).type}
    data = {"to": helper.make_tensor("to", 7, [2], [3, 8])}
    schema = onnx.defs.get_schema("Reshape", 17, "")
    opsets = [helper.make_opsetid("", 17)]
    expected = shape_inference.infer_node_outputs(schema, node, types, data, opset_imports=opsets)
    assert infer_node(Answers("file"), schema, node, types, data, {"": 17}) == expected
    assert [dim.dim_value for dim in expected["y"].tensor_type.shape.dim] == [3, 8]


def test_what_does_not_fit_is_told_as_onnx_tells_it():
    model = made.convnet()
    del model.graph.initializer[0].dims[2:]
    with pytest.raises(shape_inference.InferenceError, match="ShapeInferenceError"):
        infer_shapes("file", model)
    node = helper.make_node("Relu", ["x", "x"], ["y"])
    with pytest.raises((shape_inference.InferenceError, Failed)):
        infer_node(
            Answers("file"), onnx.defs.get_schema("Relu", 17, ""), node, {"x": made.value("x", [1]).type}, {}, {"": 17}
        )


def endless() -> tuple:
    """An Einsum for whose end ONNX looks for ever; files with one are refused before."""
    node = helper.make_node("Einsum", ["x"], ["y"], equation="....i->i")
    return onnx.defs.get_schema("Einsum", 17, ""), node, {"x": made.value("x", [2, 3]).type}, {}, {"": 17}


@pytest.mark.attack("limits")
def test_a_request_without_end_is_ended_and_the_next_one_served(fresh, monkeypatch):
    monkeypatch.setattr(onnx_guarded, "CPU_SECONDS", 1)
    start = time.monotonic()
    with pytest.raises(SpecError, match="file: ONNX's own inference takes too much time on it; export it again"):
        infer_node(Answers("file"), *endless())
    assert time.monotonic() - start < 30
    assert infer_shapes("file", made.convnet()).graph.value_info


@pytest.mark.attack("limits")
def test_too_much_memory_is_refused_and_the_next_request_served(fresh, monkeypatch):
    monkeypatch.setattr(onnx_guarded, "MEMORY", 64 << 20)
    rows = [helper.make_node("Identity", [f"x{i}"], [f"x{i + 1}"]) for i in range(20_000)]
    large = made.model(rows, [made.value("x0", [1] * 100)], [])
    with pytest.raises(SpecError, match="file: ONNX's own inference takes too much memory on it"):
        infer_shapes("file", large)
    assert infer_shapes("file", made.convnet()).graph.value_info


@pytest.mark.attack("limits")
def test_a_crash_is_one_line_and_the_next_request_is_served(fresh):
    infer_shapes("file", made.convnet())
    os.kill(fresh.process.pid, signal.SIGSEGV)
    with pytest.raises(SpecError, match="file: ONNX's own inference takes too much memory on it, or crashed; export"):
        infer_shapes("file", made.convnet())
    assert infer_shapes("file", made.convnet()).graph.value_info


def test_one_process_serves_all_files_and_ends_with_this_one(fresh, tmp_path: Path):
    process = None
    for base in MODELS[:2]:
        network(f"onnx:{made.saved(tmp_path, base())}")
        assert process in (None, fresh.process)
        process = fresh.process
    assert fresh.end() == 0
