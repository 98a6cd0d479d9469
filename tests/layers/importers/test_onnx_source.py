"""What a message advises is a whole argument: pasted as it stands, with what was given before, it works."""

import re
import shlex
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from eyeriss_jax import SpecError
from eyeriss_jax.layers import network
from eyeriss_jax.layers.importers.onnx_source import Source, parse_location
from tests.layers.importers import onnx_models as made


def product(folder: Path, *extents: int | str | None, operator: str = "Relu", name: str = "model.onnx") -> str:
    """A file whose input has these extents: an operator, a product over the last two."""
    nodes = [
        helper.make_node(operator, ["x"], ["r"], "/op"),
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["x", "t"], ["y"], "/product"),
    ]
    model = made.model(nodes, [made.value("x", list(extents))])
    return f"onnx:{made.saved(folder, model, name)}"


def advised(asked: str) -> str:
    """The argument that the refusal of ``asked`` advises, as a shell hands it on."""
    with pytest.raises(SpecError) as refused:
        network(asked)
    return shlex.split(re.split(r"(?:write|with) (?='?onnx:)", str(refused.value))[-1])[0]


@pytest.mark.parametrize("given", ["", "?a=3", "?b=3&a=5", "?unknown=list", "?a=3&unknown=list"])
def test_all_symbols_are_told_with_those_already_given(tmp_path: Path, given: str):
    path = product(tmp_path, "n", "a", "b", "c")
    net = network(advised(path + given))
    dims = parse_location((path + given).removeprefix("onnx:")).dims
    a, b, c = (dims.get(name, 128) for name in "abc")
    assert net.macs == a * b * b * c


@pytest.mark.parametrize("symbol", ["w&h", "?", "", "unknown", "a b", "it's", "x" * 300, "b\x07ll", "a=b", "100%"])
def test_whatever_a_symbol_is_called(tmp_path: Path, symbol: str):
    path = product(tmp_path, 1, 2, symbol, "c")
    assert network(advised(f"{path}?c=4")).macs == 2 * 128 * 128 * 4


def test_a_wrong_number_is_told_with_the_others(tmp_path: Path):
    path = product(tmp_path, 1, "a", "b", "c")
    assert network(advised(f"{path}?a=two&b=3&c=1.5")).macs == 128 * 3 * 3 * 128


def test_an_operator_that_cannot_be_counted(tmp_path: Path):
    path = product(tmp_path, 1, "a", 3, "c", operator="Mystery")
    assert network(advised(f"{path}?a=2&c=5")).macs == 2 * 3 * 3 * 5


def test_shapes_that_do_not_fit(tmp_path: Path):
    nodes = [
        helper.make_node("MatMul", ["x", "wrong"], ["z"], "/wrong"),
        helper.make_node("MatMul", ["x", "w"], ["y"], "/right"),
    ]
    model = made.model(nodes, [made.value("x", [1, "a"])], [made.weight("wrong", 3, 3), made.weight("w", 4, 3)])
    asked = advised(f"onnx:{made.saved(tmp_path, model)}?a=4")
    assert parse_location(asked.removeprefix("onnx:")) == Source(str(tmp_path / "model.onnx"), {"a": 4}, "list")


def test_a_loop_of_unknown_length(tmp_path: Path):
    body = helper.make_graph(
        [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("MatMul", ["h", "w"], ["g"], "/product")], "body",
        [made.value("i", [], 7), made.value("c", [], 9), made.value("h", (2, 4))],
        [made.value("d", [], 9), made.value("g", (2, 4))],
    )  # fmt: skip
    nodes = [helper.make_node("Loop", ["trips", "", "x"], ["y"], "/loop", body=body)]
    inputs = [made.value("x", ["a", 4]), made.value("trips", [], TensorProto.INT64)]
    path = f"onnx:{made.saved(tmp_path, made.model(nodes, inputs, [made.weight('w', 4, 4)]))}?x.0=2"
    with pytest.raises(SpecError) as refused:
        network(path)
    first, second = (shlex.split(each)[0] for each in re.findall(r"'onnx:[^ ]*'", str(refused.value))[-2:])
    assert network(first).macs == 10 * 2 * 4 * 4
    assert parse_location(second.removeprefix("onnx:")).unknown == "list"


def test_all_loops_of_unknown_length_are_told_at_once(tmp_path: Path):
    """One behind another, and one inside of it; a third has a length."""

    def body(name: str, nodes: list[onnx.NodeProto], made_value: str) -> onnx.GraphProto:
        inputs = [made.value(f"{name}i", [], 7), made.value(f"{name}c", [], 9), made.value(f"{name}h", (2, 4))]
        outputs = [made.value(f"{name}d", [], 9), made.value(made_value, (2, 4))]
        return helper.make_graph(
            [helper.make_node("Identity", [f"{name}c"], [f"{name}d"]), *nodes], name, inputs, outputs
        )

    inner = body("in", [helper.make_node("MatMul", ["inh", "w"], ["ing"], "/product")], "ing")
    loop = helper.make_node("Loop", ["trips", "", "outh"], ["outg"], "/outer/inner", body=inner)
    nodes = [
        helper.make_node("Loop", ["trips", "", "x"], ["a"], "/outer", body=body("out", [loop], "outg")),
        helper.make_node("Loop", ["trips", "", "a"], ["b"], "/last", body=body("la", [helper.make_node(
            "MatMul", ["lah", "w"], ["lag"], "/product")], "lag")),
        helper.make_node("Loop", ["two", "", "b"], ["y"], "/known", body=body("kn", [helper.make_node(
            "MatMul", ["knh", "w"], ["kng"], "/product")], "kng")),
    ]  # fmt: skip
    inputs = [made.value("x", [2, 4]), made.value("trips", [], TensorProto.INT64)]
    model = made.model(nodes, inputs, [made.weight("w", 4, 4), made.shape("two", 2)])
    path = f"onnx:{made.saved(tmp_path, model)}"
    with pytest.raises(SpecError, match="say how often each loop runs, as ") as refused:
        network(path)
    asked = shlex.split(re.split(r" as (?='?onnx:)", str(refused.value))[-1].replace(", or ", " "))[0]
    assert network(asked).macs == (10 * 10 + 10 + 2) * 2 * 4 * 4
    with pytest.raises(SpecError, match="say how often it runs, as ") as refused:
        network(f"{path}?loop.outer/inner=3&loop.last=5")
    asked = shlex.split(re.split(r" as (?='?onnx:)", str(refused.value))[-1].replace(", or ", " "))[0]
    assert network(asked).macs == (10 * 3 + 5 + 2) * 2 * 4 * 4


def test_a_path_is_typed_as_it_was(tmp_path: Path):
    folder = tmp_path / ("long" * 50) / "it's here"
    folder.mkdir(parents=True)
    assert network(advised(product(folder, 1, 2, 3, "c"))).macs == 2 * 3 * 3 * 128


def test_a_million_symbols_are_one_line(tmp_path: Path):
    model = made.convnet()
    model.graph.input.extend(made.value(f"i{index}", [1, f"s{index}"]) for index in range(1000))
    with pytest.raises(SpecError, match=r"and 900 more are; write") as refused:
        network(f"onnx:{made.saved(tmp_path, model)}")
    assert len(str(refused.value)) < 10_000
