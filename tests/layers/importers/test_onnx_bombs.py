"""ONNX files that try to make the calculation of sizes expensive: bounded work, bounded memory, one line or an answer.

What is bounded is counted, so that no clock decides: the values that are worked out, and the elements of each. How long
the worst takes is measured in the slow test.
"""

import contextlib
import itertools
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import SpecError, from_onnx
from eyeriss_jax.layers.importers import (
    collector,
    onnx_file,
    onnx_graphs,
    onnx_guarded,
    onnx_reference,
    onnx_sizes,
)
from tests.layers.importers import onnx_models as made

RIGHT = 2 * 4 * 3
"""MACs of the product that every file has beside its bomb."""


def constant(name: str, value: object, kind: type = np.int64) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value, kind), name)


def empty(name: str, *dims: int) -> onnx.TensorProto:
    """A tensor of no elements, however long its axes are."""
    return onnx.TensorProto(name=name, data_type=TensorProto.INT64, dims=dims)


def node(operator: str, *inputs: str, **attributes: Any) -> onnx.NodeProto:
    """An operator that makes ``r``."""
    return helper.make_node(operator, list(inputs), ["r"], **attributes)


SHAPE = helper.make_node("Shape", ["r"], ["t"])
BOMBS = {
    "a range of 2^40": [node("Range", "zero", "huge", "one"), SHAPE],
    "a range without end": [node("Range", "zero", "huge", "zero"), SHAPE],
    "an expansion to 10^12": [node("Expand", "zero", "large"), SHAPE],
    "a constant of 10^12": [node("ConstantOfShape", "large"), helper.make_node("NonZero", ["r"], ["t"])],
    "a tile of 10^12": [node("Tile", "pair", "large1"), SHAPE],
    "padding to 10^12 and back": [node("Pad", "pair", "there_and_back"), SHAPE],
    "no elements of one hot of 2^33": [node("OneHot", "nothing", "deep", "pair"), SHAPE],
    "a triangle of 2^33 rows and no columns": [node("Trilu", "tall"), SHAPE],
    "the rows of an empty one": [node("Transpose", "tall"), helper.make_node("NonZero", ["r"], ["t"])],
    "a range as long as an empty axis": [
        helper.make_node("Shape", ["tall"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["n"]),
        node("Range", "zero", "n", "one"),
        SHAPE,
    ],
    "doubling": [helper.make_node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(60)],
    "powers of powers": [helper.make_node("Pow", [f"p{i}", f"p{i}"], [f"p{i + 1}"]) for i in range(60)],
    "a division by nothing": [helper.make_node("Div", ["huge", "zero"], ["r"]), SHAPE],
    "a remainder by nothing": [helper.make_node("Mod", ["huge", "zero"], ["r"]), SHAPE],
}  # fmt: skip
CONSTANTS = [
    constant("zero", 0), constant("huge", 2**40), constant("one", 1), constant("large", [10**6, 10**6]),
    constant("large1", [10**12]), constant("deep", 2**33), constant("pair", [1, 1]), constant("c0", [1, 1]),
    constant("p0", [3]), constant("there_and_back", [10**12, -(10**12)]),
    empty("nothing", 2, 0), empty("tall", 2**33, 0),
]  # fmt: skip


def saved(folder: Path, nodes: list[onnx.NodeProto], weights: list[onnx.TensorProto] | None = None) -> str:
    nodes = [*nodes, helper.make_node("MatMul", ["x", "w"], ["y"])]
    inputs = [made.value("x", [2, 4]), made.value("may", [], TensorProto.BOOL)]
    return made.saved(folder, made.model(nodes, inputs, [*(weights or []), made.weight("w", 4, 3)]))


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all values that the reference operators are given or make, one entry a value."""
    sizes: list[int] = []
    evaluated: Callable[..., Any] = onnx_sizes._Sizes._evaluated

    def counting(walk: Any, node: onnx.NodeProto) -> Any:
        found = evaluated(walk, node)
        given = [walk.values[name] for name in node.input if name]
        sizes.extend(max(value.size, *value.shape, 0) for value in (*given, *(found or [])))
        return found

    monkeypatch.setattr(onnx_sizes._Sizes, "_evaluated", counting)
    return sizes


@contextlib.contextmanager
def bounded(kilobytes: int, seconds: float = 30) -> Iterator[None]:
    """What may be spent at most by this thread (libraries that other tests loaded have busy ones of their own).

    Each takes hundredths of a second, and without bounds for ever: the limit tells one from the other on any machine.

    Peaks of memory are those of the process.
    """
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
    yield
    assert time.thread_time() - start < seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < kilobytes


@pytest.mark.parametrize("name", BOMBS)
def test_nothing_large_is_calculated(tmp_path: Path, worked_out: list[int], name: str):
    path = saved(tmp_path, BOMBS[name], CONSTANTS)
    with bounded(kilobytes=200_000), contextlib.suppress(SpecError):  # one line is as good an answer
        assert from_onnx(path).macs == RIGHT
    assert max(worked_out, default=0) <= onnx_sizes.MOST_ELEMENTS


def sizes(count: int) -> list[onnx.NodeProto]:
    """So many nodes that calculate a size."""
    nodes = [helper.make_node("Shape", ["x"], ["s0"])]
    return nodes + [helper.make_node("Neg", [f"s{i}"], [f"s{i + 1}"]) for i in range(count - 1)]


def test_so_many_sizes_are_refused_in_one_line(tmp_path: Path, worked_out: list[int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(onnx_sizes, "MOST_VALUES", 100)
    with pytest.raises(SpecError, match="more than 100 nodes calculate sizes"):
        from_onnx(saved(tmp_path, sizes(200)))
    assert len(worked_out) <= 2 * 101


def test_plain_sizes_cost_no_question_to_the_process_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """ONNX's inference is asked of the product alone, the evaluator is made once."""
    asked, made_of = [], []
    infer, evaluator = onnx_sizes.infer_node, onnx_reference.ReferenceEvaluator

    def inferring(*given: Any) -> Any:
        asked.append(given[2].op_type)
        return infer(*given)

    def making(*given: Any, **options: Any) -> Any:
        made_of.append(given)
        return evaluator(*given, **options)

    monkeypatch.setattr(onnx_sizes, "infer_node", inferring)
    monkeypatch.setattr(onnx_reference, "ReferenceEvaluator", making)
    onnx_reference._operator.cache_clear()
    assert from_onnx(saved(tmp_path, sizes(200))).macs == RIGHT
    assert (asked, len(made_of)) == (["MatMul"], 1)


def flood(count: int, what: str) -> onnx.ModelProto:
    """A product, and so many of something that costs work even where nothing reads it."""
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    model = made.model(
        nodes, [made.value("x", [2, 4]), made.value("may", [], TensorProto.BOOL)], [made.weight("w", 4, 3)]
    )
    graph = model.graph
    branch = helper.make_graph([helper.make_node("Neg", ["x"], ["b"])], "b", [], [made.value("b", [2, 4])])
    for index in range(count):
        name = f"n{index}"
        match what:
            case "nodes":
                graph.node.add(op_type="Relu", input=["x"], output=[name])
            case "branches":
                graph.node.append(helper.make_node("If", ["may"], [name], then_branch=branch, else_branch=branch))
            case "weights":
                graph.initializer.append(made.shape(name, 1))
            case "sparse weights":
                graph.sparse_initializer.add().values.name = name
            case "inputs":
                graph.input.append(made.value(name, [1]))
            case "outputs":
                graph.output.append(made.value("y", [1]))
            case "stated types":
                graph.value_info.append(made.value(name, [1]))
            case "operands":
                graph.node[0].input.append("x")
            case "results":
                graph.node[0].output.append(name)
            case "attributes":
                graph.node[0].attribute.append(helper.make_attribute(name, 1))
            case "domains":
                model.opset_import.append(helper.make_opsetid(name, 1))
    return model


FLOODS = {
    "nodes": "more than 100 nodes;",
    "branches": "more than 100 branches and bodies of loops;",
    **dict.fromkeys(("weights", "sparse weights", "inputs", "outputs"), "more than 100 weights, inputs and outputs;"),
    **dict.fromkeys(
        ("stated types", "operands", "results", "attributes", "domains"), "more than 100 names of what its nodes read"
    ),
}


@pytest.mark.parametrize("what", FLOODS)
def test_so_many_parts_are_refused_before_any_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str):
    if what == "branches":  # each of which is nodes and names as well
        monkeypatch.setattr(onnx_graphs, "MOST_GRAPHS", 100)
    else:
        for limit in ("MOST_NODES", "MOST_TENSORS", "MOST_NAMES"):
            monkeypatch.setattr(onnx_graphs, limit, 100)
    monkeypatch.setattr(onnx_file, "_check_text", lambda *_: pytest.fail("looked at"))
    with pytest.raises(SpecError, match=FLOODS[what]):
        from_onnx(made.saved(tmp_path, flood(101, what)))


def test_what_a_body_holds_counts_again_for_every_graph_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Three choices inside each other, each with a branch that ends."""
    inner = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["o"])], "last", [], [made.value("o", [2, 3])])
    for level in range(3):
        node = helper.make_node("If", ["may"], ["o"], then_branch=inner, else_branch=other(level))
        inner = helper.make_graph([node], f"level{level}", [], [made.value("o", [2, 3])])
    path = saved(tmp_path, list(inner.node))
    counted = 2 + 2 * 2 + 2 * 3 + 2 * 4  # the outermost choice beside a product, then what each choice holds
    monkeypatch.setattr(onnx_graphs, "MOST_NODES", counted)
    assert from_onnx(path).macs == 2 * RIGHT
    monkeypatch.setattr(onnx_graphs, "MOST_NODES", counted - 1)
    with pytest.raises(SpecError, match=r"nodes .one inside of others counts for each of them"):
        from_onnx(path)


def test_names_that_functions_would_write_out_are_counted_before(tmp_path: Path):
    """A function of one node with 1,000 operands, called 1,000 times: a million names in a few kilobytes."""
    body = [helper.make_node("Sum", ["a"] * 1000, ["b"])]
    function = helper.make_function("f", "Wide", ["a"], ["b"], body, [helper.make_opsetid("", made.OPSET)])
    nodes = [helper.make_node("Wide", ["x"], [f"r{index}"], domain="f") for index in range(1000)]
    nodes.append(helper.make_node("MatMul", ["x", "w"], ["y"]))
    model = made.model(nodes, [made.value("x", [2, 4])], [made.weight("w", 4, 3)], functions=[function])
    model.opset_import.append(helper.make_opsetid("f", 1))
    with pytest.raises(SpecError, match="1,003,003 names with its functions inlined, more than 200,000"):
        from_onnx(made.saved(tmp_path, model))


def test_nodes_that_differ_in_names_alone_are_one_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Of a hundred equal nodes one, of a hundred that grow all: then there is a limit."""
    asked: list[str] = []
    answer = onnx_guarded._asked
    monkeypatch.setattr(onnx_guarded, "_asked", lambda *given: asked.append(given[1][0]) or answer(*given))

    def chain(*others: str) -> list[onnx.NodeProto]:
        names = ["x", *(f"r{index}" for index in range(100))]
        made_of = itertools.pairwise(names)
        nodes = [helper.make_node("Concat", [first, *others], [after], axis=0) for first, after in made_of]
        return [helper.make_node("Shape", ["x"], ["s0"]), *nodes]

    assert from_onnx(saved(tmp_path, chain())).macs == RIGHT
    assert asked.count(b"infer_node") == 2  # of the hundred, and of the product
    asked.clear()
    assert from_onnx(saved(tmp_path, chain("x"))).macs == RIGHT
    assert asked.count(b"infer_node") == 101
    monkeypatch.setattr(onnx_guarded, "MOST_QUESTIONS", 100)
    assert from_onnx(saved(tmp_path, chain())).macs == RIGHT
    with pytest.raises(SpecError, match="more than 100 of its nodes are of different kinds and sizes"):
        from_onnx(saved(tmp_path, chain("x")))


def test_all_phases_of_a_file_have_one_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Ten phases of each of three transposed convolutions, one of them in a branch."""
    inner = helper.make_graph(
        [helper.make_node("ConvTranspose", ["i", "f"], ["o2"], strides=[10])], "t", [], [made.value("o2", [1, 1, 40])]
    )
    nothing = helper.make_graph([helper.make_node("Relu", ["o1"], ["e"])], "e", [], [made.value("e", [1, 1, 40])])
    nodes = [
        helper.make_node("ConvTranspose", ["i", "f"], ["o0"], strides=[10]),
        helper.make_node("ConvTranspose", ["i", "f"], ["o1"], strides=[10]),
        helper.make_node("If", ["may"], ["o3"], then_branch=inner, else_branch=nothing),
    ]
    path = saved(tmp_path, nodes, [made.weight("i", 1, 1, 4), made.weight("f", 1, 1, 10)])
    monkeypatch.setattr(collector, "MOST_PHASES", 30)
    assert from_onnx(path).macs == 3 * 40 + RIGHT
    monkeypatch.setattr(collector, "MOST_PHASES", 29)
    with pytest.raises(SpecError, match=r"its convolutions have more than 29 sub-pixel phases .* with 'o2'"):
        from_onnx(path)
    assert from_onnx(path, unknown="list").macs == 2 * 40 + RIGHT


def test_branches_inside_branches_are_walked_once(tmp_path: Path, worked_out: list[int]):
    """Twenty choices of unknown condition inside each other, a size in each: twenty sizes, not 2^20."""
    inner = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["out0"], "/product")], "inner", [], [made.value("out0", [2, 3])]
    )
    for level in range(1, 21):
        nodes = [
            helper.make_node("Shape", ["x"], [f"s{level}"]),
            helper.make_node("Neg", [f"s{level}"], [f"n{level}"]),
            helper.make_node(
                "If", ["may"], [f"out{level}"], f"/if{level}", then_branch=inner, else_branch=other(level)
            ),
        ]
        inner = helper.make_graph(nodes, f"level{level}", [], [made.value(f"out{level}", [2, 3])])
    path = saved(tmp_path, list(inner.node))
    with bounded(kilobytes=200_000):
        assert from_onnx(path).macs == 2 * RIGHT
    assert len(worked_out) == 2 * 20


def other(level: int) -> onnx.GraphProto:
    node = helper.make_node(
        "Constant", [], [f"other{level}"], value=numpy_helper.from_array(np.zeros((2, 3), np.float32))
    )
    return helper.make_graph([node], "other", [], [made.value(f"other{level}", [2, 3])])


def test_loops_inside_loops_are_walked_once(tmp_path: Path, worked_out: list[int]):
    """Fifteen loops of 2^40 trips inside each other: 2^600 runs are one line."""
    last = "x"
    inner = [helper.make_node("MatMul", [last, "square"], ["h0_out"], "/product")]
    for level in range(15):
        nodes = [
            *inner,
            helper.make_node("Shape", [f"h{level}_out"], [f"s{level}"]),
            helper.make_node("Neg", [f"s{level}"], [f"n{level}"]),
            helper.make_node("Identity", [f"c{level}"], [f"c{level}_out"]),
        ]
        inputs = [
            made.value(f"i{level}", [], 7), made.value(f"c{level}", [], 9), made.value(f"h{level}", ["a", "b"]),
        ]  # fmt: skip
        outputs = [made.value(f"c{level}_out", [], 9), made.value(f"h{level}_out", ["a", "b"])]
        body = helper.make_graph(nodes, f"body{level}", inputs, outputs)
        inner = [helper.make_node("Loop", ["huge", "go", "x"], [f"h{level + 1}_out"], f"/loop{level}", body=body)]
    weights = [constant("huge", 2**40), constant("go", True, bool), made.weight("square", 4, 4)]
    path = saved(tmp_path, inner, weights)
    with bounded(kilobytes=200_000), pytest.raises(SpecError, match=r"repeat = \d+ does not fit in 32 bits"):
        from_onnx(path)
    assert len(worked_out) <= 4 * 15


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "message"), [(19_900, "more than 6,000 nodes calculate sizes"), (1_000_000, "more than 20,000 nodes")]
)
def test_the_worst_takes_seconds(tmp_path: Path, count: int, message: str):
    """As many sizes as are calculated (0.4 s), and a million nodes (0.2 s).

    In a process of its own, so that what other tests left behind costs nothing here; the limit tells a walk without end
    from a slow machine.
    """
    path = saved(tmp_path, sizes(count))
    ended = subprocess.run([sys.executable, "-c", ONE_READ, path], capture_output=True, text=True, check=True)
    said, seconds, kilobytes = ended.stdout.splitlines()
    assert message in said
    assert float(seconds) < 60
    assert int(kilobytes) < 700_000


ONE_READ = """
import resource, sys, time
from eyeriss_jax import SpecError, from_onnx
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.thread_time()
try:
    from_onnx(sys.argv[1])
except SpecError as refused:
    print(refused)
print(time.thread_time() - start)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
