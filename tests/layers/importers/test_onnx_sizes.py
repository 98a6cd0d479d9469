"""Sizes that an ONNX graph computes itself, and files that try to make that expensive."""

import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import SpecError, from_onnx
from tests.layers.importers import onnx_models as made


def constant(name: str, value: object, kind: type = np.int64) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value, kind), name)


def macs(folder: Path, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], opset: int = 13) -> int:
    """MACs of ``nodes``, which make ``flat`` of the input [2, 6, 5, 4], and a product of it with [20, 3]."""
    nodes = [*nodes, helper.make_node("MatMul", ["flat", "w"], ["y"])]
    model = made.model(nodes, [made.value("x", [2, 6, 5, 4])], [made.weight("w", 20, 3), *constants])
    model.opset_import[0].version = opset
    return from_onnx(made.saved(folder, model)).macs


OPERATORS = ("Mul", "Div", "Mod", "Where", "Range", "Expand", "ConstantOfShape")
SINCE_OPSET = {"Mod": 10, "Range": 11}


@pytest.mark.parametrize("opset", [7, 8, 9])
def test_a_constant_of_whole_numbers_is_read_where_the_operator_had_no_such_type_yet(tmp_path: Path, opset: int):
    """Before opset 9 ONNX allows Constant the types of floats only; exporters wrote int64 shapes all the same."""
    shape = helper.make_node("Constant", [], ["shape"], value=constant("v", [12, 20]))
    assert macs(tmp_path, [shape, helper.make_node("Reshape", ["x", "shape"], ["flat"])], [], opset) == 12 * 20 * 3


@pytest.mark.parametrize(
    ("operator", "opset"), [(op, v) for op in OPERATORS for v in (9, 12, 13, 18) if v >= SINCE_OPSET.get(op, 9)]
)
def test_a_shape_may_be_calculated_with(tmp_path: Path, operator: str, opset: int):
    axis = helper.make_node("Gather", ["s", "index"], ["extent"], axis=0)
    rows = {
        "Mul": [helper.make_node("Mul", ["extent", "two"], ["rows"])],
        "Div": [
            helper.make_node("Mul", ["extent", "four"], ["more"]),
            helper.make_node("Div", ["more", "two"], ["rows"]),
        ],
        "Mod": [
            helper.make_node("Mod", ["extent", "four"], ["left"]),
            helper.make_node("Mul", ["left", "six"], ["rows"]),
        ],
        "Where": [
            helper.make_node("Equal", ["extent", "six"], ["same"]),
            helper.make_node("Where", ["same", "twelve", "two"], ["rows"]),
        ],
        "Range": [
            helper.make_node("Range", ["zero", "extent", "two"], ["steps"]),
            helper.make_node("Size", ["steps"], ["three"]),
            helper.make_node("Mul", ["three", "four"], ["rows"]),
        ],
        "Expand": [
            helper.make_node("Expand", ["two", "shape1"], ["wide"]),
            helper.make_node("Mul", ["wide", "extent"], ["rows"]),
        ],
        "ConstantOfShape": [
            helper.make_node("ConstantOfShape", ["shape1"], ["ones"], value=constant("v", [2])),
            helper.make_node("Mul", ["ones", "extent"], ["rows"]),
        ],
    }[operator]
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        axis,
        *rows,
        helper.make_node("Reshape", ["rows", "one"], ["rows1"]),
        helper.make_node("Concat", ["rows1", "rest"], ["target"], axis=0),
        helper.make_node("Reshape", ["x", "target"], ["flat"]),
    ]
    names = {"index": 1, "zero": 0, "two": 2, "four": 4, "six": 6, "twelve": 12}
    constants = [constant(name, value) for name, value in names.items()]
    constants += [constant("one", [1]), constant("shape1", [1]), constant("rest", [-1])]
    # Mod leaves 6 mod 4 = 2 rows of six; every other case makes 12 rows of 20.
    assert macs(tmp_path, nodes, constants, opset) == 12 * 20 * 3


def test_a_branch_whose_condition_is_known_is_taken(tmp_path: Path):
    def branch(name: str, wide: int) -> onnx.GraphProto:
        node = helper.make_node("MatMul", ["x", f"w{wide}"], [f"out_{name}"], f"/{name}")
        return helper.make_graph([node], name, [], [made.value(f"out_{name}", [5, wide])])

    for taken, wide in ((True, 3), (False, 7)):
        nodes = [
            helper.make_node("If", ["go"], ["y"], "/if", then_branch=branch("small", 3), else_branch=branch("large", 7))
        ]
        weights = [made.weight("w3", 4, 3), made.weight("w7", 4, 7), constant("go", taken, bool)]
        model = made.model(nodes, [made.value("x", [5, 4])], weights)
        assert from_onnx(made.saved(tmp_path, model)).macs == 5 * 4 * wide


def test_branches_may_use_the_same_names(tmp_path: Path):
    """Two choices, each with a Reshape to a constant ``target`` of its own, and products of what they make."""

    def branch(rows: int) -> onnx.GraphProto:
        nodes = [
            helper.make_node("Reshape", ["x", "target"], ["flat"]),
            helper.make_node("MatMul", ["flat", f"w{240 // rows}"], ["out"], f"/product{rows}"),
        ]
        return helper.make_graph(nodes, "branch", [], [made.value("out", [rows, 3])], [constant("target", [rows, -1])])

    nodes = [
        helper.make_node("If", ["go"], [f"y{rows}"], f"/if{rows}", then_branch=branch(rows), else_branch=branch(rows))
        for rows in (12, 24)
    ]
    nodes.append(helper.make_node("Concat", ["y12", "y24"], ["y"], axis=0))
    weights = [made.weight("w20", 20, 3), made.weight("w10", 10, 3), constant("go", True, bool)]
    model = made.model(nodes, [made.value("x", [2, 6, 5, 4])], weights)
    assert from_onnx(made.saved(tmp_path, model)).macs == 12 * 20 * 3 + 24 * 10 * 3


def choice(go: str, then: onnx.GraphProto, other: onnx.GraphProto, output: str = "y") -> onnx.NodeProto:
    return helper.make_node("If", [go], [output], f"/if_{output}", then_branch=then, else_branch=other)


def reshaped(name: str, target: str, weights: str) -> onnx.GraphProto:
    """A branch that reshapes the input to what it calculates of ``target``, which lies outside, and multiplies it."""
    nodes = [
        helper.make_node("Neg", [target], [f"{name}_target"]),
        helper.make_node("Reshape", ["x", f"{name}_target"], [f"{name}_flat"]),
        helper.make_node("MatMul", [f"{name}_flat", weights], [f"{name}_out"], f"/{name}"),
    ]
    return helper.make_graph(nodes, name, [], [made.value(f"{name}_out", ["rows", "columns"])])


GO = made.value("go", [], TensorProto.BOOL)


def test_sizes_inside_a_branch_of_unknown_condition(tmp_path: Path):
    """Both are sized; the one with most MACs counts, whichever it is."""
    node = choice("go", reshaped("then", "minus12", "w20"), reshaped("else", "minus12", "wide"))
    weights = [made.weight("w20", 20, 3), made.weight("wide", 20, 7), constant("minus12", [-12, -20])]
    path = made.saved(tmp_path, made.model([node], [made.value("x", [2, 6, 5, 4]), GO], weights))
    net = from_onnx(path)
    assert (net.macs, [layer.name for layer in net.layers]) == (12 * 20 * 7, ["else"])


def test_a_branch_that_the_sizes_do_not_fit_is_not_taken(tmp_path: Path):
    """Rows of 20 do not multiply [10, 3]; what the other branch makes is known behind the choice."""
    node = choice("go", reshaped("then", "minus12", "w10"), reshaped("else", "minus12", "w20"), "chosen")
    nodes = [node, helper.make_node("MatMul", ["chosen", "w3"], ["y"], "/behind")]
    weights = [made.weight("w10", 10, 3), made.weight("w20", 20, 3), made.weight("w3", 3, 7)]
    weights.append(constant("minus12", [-12, -20]))
    path = made.saved(tmp_path, made.model(nodes, [made.value("x", [2, 6, 5, 4]), GO], weights))
    assert from_onnx(path).macs == 12 * 20 * 3 + 12 * 3 * 7


def test_no_branch_that_fits_is_one_line(tmp_path: Path):
    node = choice("go", reshaped("then", "minus12", "w10"), reshaped("else", "minus12", "w10"))
    weights = [made.weight("w10", 10, 3), constant("minus12", [-12, -20])]
    path = made.saved(tmp_path, made.model([node], [made.value("x", [2, 6, 5, 4]), GO], weights))
    with pytest.raises(SpecError, match="do not fit together"):
        from_onnx(path)


@pytest.mark.parametrize("rank", [3, 4])
def test_a_size_may_be_chosen(tmp_path: Path, rank: int):
    """The condition is of the input's rank; each branch makes a shape, as PyTorch's squeeze does."""

    def branch(name: str, *target: int) -> onnx.GraphProto:
        node = helper.make_node("Constant", [], [name], value=constant("v", list(target)))
        return helper.make_graph([node], name, [], [made.value(name, [len(target)], TensorProto.INT64)])

    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Size", ["s"], ["rank"]),
        helper.make_node("Equal", ["rank", "four"], ["is_four"]),
        choice("is_four", branch("a", 12, 20), branch("b", 6, 20), "target"),
        helper.make_node("Reshape", ["x", "target"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    shape = [2, 6, 5, 4] if rank == 4 else [6, 5, 4]
    path = made.saved(
        tmp_path, made.model(nodes, [made.value("x", shape)], [constant("four", 4), made.weight("w", 20, 3)])
    )
    assert from_onnx(path).macs == (12 if rank == 4 else 6) * 20 * 3


def test_nested_choices_do_not_double(tmp_path: Path):
    """Thirty choices of known condition inside each other: a branch kept twice would be 2^30 products."""
    nested = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["out0"], "/product")], "inner", [], [made.value("out0", [5, 3])]
    )
    for level in range(1, 31):
        empty = helper.make_graph(
            [helper.make_node("Identity", ["x"], [f"other{level}"])], "other", [], [made.value(f"other{level}", [5, 4])]
        )
        node = choice("go", nested, empty, f"out{level}")
        nested = helper.make_graph([node], f"level{level}", [], [made.value(f"out{level}", [5, 3])])
    weights = [made.weight("w", 4, 3), constant("go", True, bool)]
    nodes = [*nested.node, helper.make_node("Identity", ["out30"], ["y"])]
    path = made.saved(tmp_path, made.model(nodes, [made.value("x", [5, 4])], weights))
    start = time.thread_time()
    assert from_onnx(path).macs == 5 * 4 * 3
    assert time.thread_time() - start < 30  # 2^30 runs of a branch would be hours


@pytest.mark.parametrize(("options", "bins"), [({}, 9), ({"onesided": 1}, 9), ({"onesided": 0}, 16)])
def test_the_shape_behind_a_fourier_transform(tmp_path: Path, options: dict[str, int], bins: int):
    """Frames of 16 every 4 of 100 samples: 22 of them; one-sided unless the file says otherwise."""
    nodes = [
        helper.make_node("Cast", ["hop32"], ["hop"], to=TensorProto.INT64),
        helper.make_node("STFT", ["x", "hop", "window"], ["s"], "/stft", **options),
        helper.make_node("ReduceSumSquare", ["s", "last"], ["power"], "/power", keepdims=0),
        helper.make_node("MatMul", ["power", "mel"], ["y"], "/mel"),
    ]
    constants = [constant("hop32", 4, np.int32), constant("last", [-1]), made.weight("window", 16)]
    model = made.model(nodes, [made.value("x", [2, 100, 1])], [*constants, made.weight("mel", bins, 5)])
    net = from_onnx(made.saved(tmp_path, model))
    assert net.macs == 2 * 22 * bins * 5
    assert next((other.kind, other.operations) for other in net.others) == ("Fourier transform", 2 * 22 * bins * 2)


@pytest.mark.parametrize(("op", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("layout", [0, 1])
def test_recurrent_operators_are_their_products(tmp_path: Path, op: str, gates: int, directions: int, layout: int):
    steps, batch, features, hidden = 7, 2, 5, 6
    first = [batch, steps] if layout else [steps, batch]
    direction = "bidirectional" if directions == 2 else "forward"
    node = helper.make_node(op, ["x", "w", "r"], ["y"], "/cell", hidden_size=hidden, direction=direction, layout=layout)
    weights = [
        made.weight("w", directions, gates * hidden, features),
        made.weight("r", directions, gates * hidden, hidden),
    ]
    net = from_onnx(made.saved(tmp_path, made.model([node], [made.value("x", [*first, features])], weights)))
    assert net.macs == steps * batch * directions * gates * hidden * (features + hidden)
    assert [layer.repeat for layer in net.layers] == [1, steps]
