"""A node that reads what is not there is named with the value, in branches too."""

from pathlib import Path

import onnx
import pytest
from onnx import helper

from eyeriss_jax import SpecError, from_onnx
from tests.layers.importers import onnx_models as made

NOBODY = "which is no input, no weight and made by no node; make it an input of the graph, or export it again"
LATER = "before anything makes it; the graph is cyclic, unsorted or cut off, export it again"


def chain(reads: str) -> onnx.ModelProto:
    """Two products, the first of which reads this."""
    nodes = [
        helper.make_node("MatMul", [reads, "w"], ["a"], "/first"),
        helper.make_node("MatMul", ["a", "w"], ["y"], "/second"),
    ]
    return made.model(nodes, [made.value("x", [3, 4])], [made.weight("w", 4, 4)])


def choice(reads: str) -> onnx.ModelProto:
    """An If, each of whose branches has a value ``inside`` and multiplies this, before a node that makes ``behind``."""

    def branch(name: str) -> onnx.GraphProto:
        nodes = [
            helper.make_node("Relu", ["x"], ["inside"], f"/{name}/relu"),
            helper.make_node("MatMul", [reads, "w"], [name], f"/{name}/dense"),
        ]
        return helper.make_graph(nodes, name, [], [made.value(name, [3, 4])])

    nodes = [
        helper.make_node("Neg", ["x"], ["before"], "/neg"),
        helper.make_node("If", ["go"], ["b"], "/if", then_branch=branch("then"), else_branch=branch("else")),
        helper.make_node("Relu", ["b"], ["behind"], "/relu"),
        helper.make_node("MatMul", ["behind", "w"], ["y"], "/last"),
    ]
    return made.model(nodes, [made.value("x", [3, 4]), made.value("go", [], 9)], [made.weight("w", 4, 4)])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (chain("zz"), f"first (MatMul) reads 'zz', {NOBODY}"),
        (chain("y"), f"first reads 'y' {LATER}"),
        (choice("zz"), f"else/dense (MatMul) reads 'zz', {NOBODY}"),
        (choice("behind"), f"else/dense reads 'behind' {LATER}"),
    ],
)
@pytest.mark.parametrize("unknown", ["refuse", "list"])
def test_what_is_not_there_is_named(tmp_path: Path, model: onnx.ModelProto, message: str, unknown: str):
    path = made.saved(tmp_path, model)
    with pytest.raises(SpecError) as error:
        from_onnx(path, unknown=unknown)  # pyright: ignore[reportArgumentType]
    assert str(error.value) == f"network 'onnx:{path}': {message}"


@pytest.mark.parametrize("reads", ["x", "before", "inside"])
def test_a_branch_reads_what_is_around_it(tmp_path: Path, reads: str):
    assert from_onnx(made.saved(tmp_path, choice(reads))).macs == 2 * 3 * 4 * 4


def test_what_a_branch_makes_is_not_seen_behind_it(tmp_path: Path):
    model = choice("x")
    model.graph.node[3].input[0] = "inside"
    with pytest.raises(SpecError, match=r"last \(MatMul\) reads 'inside', which is no input"):
        from_onnx(made.saved(tmp_path, model))
