"""How often the loops of an ONNX file run, and what is known inside and behind them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from eyeriss_jax import SpecError, from_onnx
from eyeriss_jax.layers import network
from tests.layers.importers import onnx_models as made

INT64, BOOL = TensorProto.INT64, TensorProto.BOOL
ONE = 5 * 4 * 4
"""MACs of a state [5, 4] times [4, 4]."""


def constant(name: str, value: object, kind: type = np.int64) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value, kind), name)


def body(inner: list[onnx.NodeProto] | None = None, *, ends: bool = False) -> onnx.GraphProto:
    """Multiplies the state; ends by itself where a sum is small."""
    nodes = inner or [helper.make_node("MatMul", ["h", "w"], ["h_out"], "/product")]
    if ends:
        nodes += [
            helper.make_node("ReduceSum", ["h_out"], ["sum"], keepdims=0),
            helper.make_node("Greater", ["sum", "small"], ["c_out"]),
        ]
    else:
        nodes += [helper.make_node("Identity", ["c"], ["c_out"])]
    inputs = [made.value("i", [], INT64), made.value("c", [], BOOL), made.value("h", ["rows", "columns"])]
    outputs = [made.value("c_out", [], BOOL), made.value("h_out", ["rows", "columns"])]
    return helper.make_graph(nodes, "body", inputs, outputs)


def loop(inside: onnx.GraphProto, output: str = "last", trips: str = "trips") -> onnx.NodeProto:
    return helper.make_node("Loop", [trips, "go", "x"], [output], "/loop", body=inside)


def scan() -> onnx.NodeProto:
    inputs = [made.value("h", [5, 4]), made.value("step", [3])]
    nodes = [helper.make_node("MatMul", ["h", "w"], ["h_out"]), helper.make_node("Identity", ["step"], ["step_out"])]
    inside = helper.make_graph(nodes, "body", inputs, [made.value("h_out", [5, 4]), made.value("step_out", [3])])
    return helper.make_node("Scan", ["x", "steps"], ["last", "all"], "/scan", body=inside, num_scan_inputs=1)


def saved(folder: Path, *nodes: onnx.NodeProto, output: str = "last", many: int = 2) -> str:
    """Nodes that make ``last``; eleven or ``many`` trips are asked for, or known from the input ``steps``."""
    weights = [
        made.weight("w", 4, 4), made.weight("w7", 4, 7), made.weight("w10", 10, 10), constant("trips", 11),
        constant("many", many), constant("go", True, bool), constant("small", 0.5, np.float32),
    ]  # fmt: skip
    inputs = [made.value("x", [5, 4]), made.value("steps", [11, 3]), made.value("may", [], BOOL)]
    return made.saved(folder, made.model(nodes, inputs, weights, output))


def counted(path: str, **options: int) -> list[tuple[int, int]]:
    return [(layer.macs, layer.repeat) for layer in from_onnx(path, dims=dict(options)).layers]


def test_loops_of_known_length_run_so_often(tmp_path: Path):
    for node in (loop(body()), scan()):
        assert counted(saved(tmp_path, node)) == [(ONE, 11)]


def test_what_a_loop_makes_has_the_shape_that_it_keeps(tmp_path: Path):
    """The product behind it needs the shape, which ONNX's inference takes for free."""
    behind = helper.make_node("MatMul", ["last", "w7"], ["y"], "/behind")
    assert counted(saved(tmp_path, loop(body()), behind, output="y")) == [(ONE, 11), (5 * 4 * 7, 1)]


def test_what_every_trip_adds_to_is_as_long_as_the_loop(tmp_path: Path):
    """Eleven results of [5, 4] in one tensor, of which the product behind the loop takes all."""
    inside = body()
    inside.node.append(helper.make_node("Identity", ["h_out"], ["each"]))
    inside.output.append(made.value("each", ["rows", "columns"]))
    node = loop(inside)
    node.output.append("all")
    behind = helper.make_node("MatMul", ["all", "w7"], ["y"], "/behind")
    assert counted(saved(tmp_path, node, behind, output="y")) == [(ONE, 11), (11 * 5 * 4 * 7, 1)]


def test_a_shape_that_changes_from_trip_to_trip_is_not_believed(tmp_path: Path):
    """The state grows: rows that are concatenated with themselves."""
    growing = [
        helper.make_node("Concat", ["h", "h"], ["h_out"], axis=0),
        helper.make_node("MatMul", ["h", "w"], ["unused"], "/product"),
    ]
    behind = helper.make_node("MatMul", ["last", "w7"], ["y"], "/behind")
    path = saved(tmp_path, loop(body(growing)), behind, output="y")
    with pytest.raises(SpecError, match="has no known shape"):
        from_onnx(path)


def test_a_loop_inside_a_branch(tmp_path: Path):
    """Both branches call their values alike; only one has a loop."""
    plain = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["h_last"], "/once")], "else", [], [made.value("h_last", [5, 4])]
    )
    looping = helper.make_graph([loop(body(), "h_last")], "then", [], [made.value("h_last", [5, 4])])
    node = helper.make_node("If", ["may"], ["last"], "/if", then_branch=looping, else_branch=plain)
    assert counted(saved(tmp_path, node)) == [(ONE, 11)]


def test_a_loop_inside_a_loop(tmp_path: Path):
    inner = helper.make_node("Loop", ["trips", "go", "h"], ["h_out"], "/inner", body=renamed(body()))
    assert counted(saved(tmp_path, loop(body([inner])))) == [(ONE, 121)]


def renamed(graph: onnx.GraphProto) -> onnx.GraphProto:
    """With a mark on the names of its values, which those of the loop around it have too."""
    own = {value.name for value in (*graph.input, *graph.output)}
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [f"{name}_2" if name in own else name for name in names]
    for value in (*graph.input, *graph.output):
        value.name += "_2"
    return graph


def test_a_size_inside_a_loop_is_calculated(tmp_path: Path):
    """[5, 4] as [2, 10], whose number the body takes from its own state."""
    nodes = [
        helper.make_node("Shape", ["h"], ["s"]),
        helper.make_node("Size", ["h"], ["size"]),
        helper.make_node("Constant", [], ["two"], value_int=2),
        helper.make_node("Div", ["size", "two"], ["half"]),
        helper.make_node("Constant", [], ["flat"], value_ints=[1]),
        helper.make_node("Reshape", ["half", "flat"], ["half1"]),
        helper.make_node("Constant", [], ["rest"], value_ints=[-1]),
        helper.make_node("Concat", ["rest", "half1"], ["target"], axis=0),
        helper.make_node("Reshape", ["h", "target"], ["wide"]),
        helper.make_node("MatMul", ["wide", "w10"], ["product"], "/product"),
        helper.make_node("Reshape", ["product", "s"], ["h_out"]),
    ]
    assert counted(saved(tmp_path, loop(body(nodes)))) == [(2 * 10 * 10, 11)]


def test_a_loop_that_its_body_ends_runs_as_often_as_the_user_says(tmp_path: Path):
    path = saved(tmp_path, loop(body(ends=True)))
    with pytest.raises(
        SpecError, match=r"'loop' is a Loop, .*say how often it runs, as 'onnx:.*model.onnx\?loop\.loop=10'"
    ):
        from_onnx(path)
    assert network(f"onnx:{path}?loop.loop=10").macs == 10 * ONE
    with pytest.raises(SpecError, match=r"no loop is called 'loop\.lop'; its loops are loop\.loop$"):
        network(f"onnx:{path}?loop.lop=10")
    with pytest.raises(SpecError, match=r"loop\.loop = 0 is below 1"):
        network(f"onnx:{path}?loop.loop=0")


@pytest.mark.parametrize("trips", [2**62, 2**31])
def test_a_loop_of_more_trips_than_are_counted_is_told_with_the_way_out(tmp_path: Path, trips: int):
    path = saved(tmp_path, loop(body(), trips="many"), many=trips)
    runs = rf"loop runs {trips:,} times: .*repeat = {trips} does not fit in 32 bits; the largest is 2147483647"
    with pytest.raises(
        SpecError, match=rf"{runs}.*; say how often it really runs, as 'onnx:.*model.onnx\?loop\.loop=10'$"
    ):
        from_onnx(path)
    assert network(f"onnx:{path}?loop.loop=10").macs == 10 * ONE
    with pytest.raises(SpecError, match=r"no convolution or matmul to map, only unknown \(Loop\)"):
        network(f"onnx:{path}?unknown=list")


@pytest.mark.parametrize("trips", [0, -5])
def test_a_loop_that_never_runs_is_told(tmp_path: Path, trips: int):
    never = loop(body(), "never", trips="many")
    once = helper.make_node("MatMul", ["x", "w"], ["last"], "/product")
    read = from_onnx(saved(tmp_path, never, once, many=trips))
    assert (read.macs, read.notes) == (ONE, ("loop never runs: its trip count, or what it scans, is nothing",))
    with pytest.raises(SpecError, match=r"no convolution or matmul to map, only nothing \(loop never runs: its trip"):
        from_onnx(saved(tmp_path, loop(body(), trips="many"), many=trips))


def test_a_file_cannot_say_itself_how_often_its_loop_runs(tmp_path: Path):
    node = loop(body(ends=True))
    node.attribute.append(helper.make_attribute("trips", 3))
    with pytest.raises(SpecError, match="say how often it runs"):
        from_onnx(saved(tmp_path, node))


def test_a_branch_that_the_sizes_rule_out_is_told(tmp_path: Path):
    branches = [
        helper.make_graph(
            [helper.make_node("MatMul", ["x", weight], [name], f"/{name}")], name, [], [made.value(name, ["r", "c"])]
        )
        for name, weight in (("fits", "w7"), ("not", "w10"))
    ]
    node = helper.make_node("If", ["may"], ["last"], "/if", then_branch=branches[1], else_branch=branches[0])
    net = from_onnx(saved(tmp_path, node))
    assert net.macs == 5 * 4 * 7
    assert net.notes == ("the then branch of if does not fit the sizes of the inputs; the other one counts",)
