"""Every rule of the ONNX importer against ONNX's own reference evaluator, on drawn shapes and attributes.

The evaluator runs the operator on ones. Its outputs have the shapes that the importer must find, and their sum is the
number of products that take place: those of the layers, less what meets padding, counted tap by tap.
"""

import itertools
import math
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from eyeriss_jax import SpecError, from_onnx
from eyeriss_jax.layers.importers.collector import PADDED, STUFFED
from eyeriss_jax.layers.importers.onnx_network import _PRODUCTS
from eyeriss_jax.layers.importers.onnx_runtime import PRODUCTS
from eyeriss_jax.layers.importers.onnx_shapes import with_shapes
from eyeriss_jax.layers.importers.onnx_sizes import extents_of
from eyeriss_jax.layers.importers.onnx_source import Source
from eyeriss_jax.layers.layer import Layer
from tests.layers.importers import onnx_models as made

Arrays = dict[str, np.ndarray]
OPSET = 23  # the first with Attention
FEW = st.integers(1, 3)


class Read(NamedTuple):
    """What the importer finds in one operator."""

    shapes: list[Any]
    layers: Sequence[Layer]
    others: dict[str, int]

    @property
    def macs(self) -> int:
        return sum(layer.macs * layer.repeat for layer in self.layers)


def model_of(node: onnx.NodeProto, arrays: Arrays) -> onnx.ModelProto:
    """The operator, whose first input is an input of the graph and others are weights, beside a product of one MAC."""
    (first, value), *others = arrays.items()
    inputs = [made.value(first, value.shape, helper.np_dtype_to_tensor_dtype(value.dtype)), made.value("one", [1, 1])]
    weights = [numpy_helper.from_array(each, name) for name, each in others]
    beside = helper.make_node("MatMul", ["one", "one"], ["done"], "/beside")
    outputs = [onnx.ValueInfoProto(name=name) for name in (*filter(None, node.output), "done")]
    graph = helper.make_graph([node, beside], "operator", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])


def read(node: onnx.NodeProto, arrays: Arrays) -> Read:
    """What the importer makes of the operator."""
    shaped = with_shapes(Source("test", {}), model_of(node, arrays), 1)
    types = {each.name: each.type for each in (*shaped.graph.output, *shaped.graph.value_info)}
    with tempfile.TemporaryDirectory() as folder:
        found = from_onnx(made.saved(Path(folder), model_of(node, arrays)))
    layers = [layer for layer in found.layers if "beside" not in layer.name]
    others = {work.kind: work.operations for work in found.others}
    return Read([extents_of(types[name]) for name in node.output if name], layers, others)


def run(node: onnx.NodeProto, arrays: Arrays) -> list[np.ndarray]:
    """What ONNX's reference evaluator makes of it."""
    inputs = {**dict(itertools.islice(arrays.items(), 1)), "one": np.ones((1, 1), np.float32)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Any = ReferenceEvaluator(model_of(node, arrays)).run(
            None, {k: inputs[k] for k in (*list(arrays)[:1], "one")}
        )
    return [np.asarray(each) for each in found[:-1]]


def ones(*shape: int, kind: Any = np.float32) -> np.ndarray:
    return np.ones(shape, kind)


def effectual(layer: Layer) -> int:
    """Products of a layer that meet no padding, tap by tap."""

    def meets(axis: Any) -> int:
        size = axis.size if axis.size is not None else axis.input_size
        places = (e * axis.stride + r * axis.dilation - axis.pad for e in range(axis.outputs) for r in range(axis.taps))
        return sum(0 <= place < size for place in places)

    return layer.G * layer.N * layer.M * layer.C * meets(layer.rows) * meets(layer.cols) * layer.repeat


@st.composite
def windows(draw: st.DrawFn, axes: int, *, padded: bool = True) -> dict[str, Any]:
    """Attributes of a sliding window over so many axes."""
    each = st.lists(FEW, min_size=axes, max_size=axes)
    attributes: dict[str, Any] = {"kernel_shape": draw(each)}
    attributes |= {name: draw(each) for name in ("strides", "dilations") if draw(st.booleans())}
    automatic = draw(st.sampled_from(["", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]))
    if automatic:
        attributes["auto_pad"] = automatic
    if padded and automatic in ("", "NOTSET") and draw(st.booleans()):
        attributes["pads"] = draw(st.lists(st.integers(0, 2), min_size=2 * axes, max_size=2 * axes))
    return attributes


def fits(attributes: dict[str, Any], size: Sequence[int]) -> bool:
    """Whether every axis has at least one output without its padding, which no exporter counts on."""
    dilations = attributes.get("dilations", [1] * len(size))
    return all(
        (taps - 1) * step < extent
        for taps, step, extent in zip(attributes["kernel_shape"], dilations, size, strict=True)
    )


SIZES = {axes: st.lists(st.integers(1, 9), min_size=axes, max_size=axes) for axes in (1, 2, 3)}


@given(st.data())
@pytest.mark.parametrize("operator", ["Conv", "ConvInteger", "QLinearConv"])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_convolutions(operator: str, axes: int, data: st.DataObject):
    attributes, size = data.draw(windows(axes)), data.draw(SIZES[axes])
    assume(fits(attributes, size))
    batch, groups, channels, filters = (data.draw(FEW) for _ in range(4))
    kind = np.float32 if operator == "Conv" else np.uint8
    image = ones(batch, groups * channels, *size, kind=kind)
    taps = ones(groups * filters, channels, *attributes["kernel_shape"], kind=kind)
    arrays: Arrays = {"x": image, "w": taps}
    inputs = ["x", "w"]
    if operator == "QLinearConv":
        arrays |= {"s": ones(), "z": ones(kind=np.uint8) * 0}
        inputs = ["x", "s", "z", "w", "s", "z", "s", "z"]
    node = helper.make_node(operator, inputs, ["y"], "/op", group=groups, **attributes)
    found, (output,) = read(node, arrays), run(node, arrays)
    assert found.shapes == [output.shape]
    assert found.macs + found.others.get(PADDED, 0) == output.size * channels * math.prod(attributes["kernel_shape"])
    assert sum(layer.oacts for layer in found.layers) in (output.size, 0)
    if axes < 3 and operator == "Conv":  # outer planes of padding are values here; the others saturate
        assert sum(map(effectual, found.layers)) == output.sum()


@given(st.data())
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_transposed_convolutions(axes: int, data: st.DataObject):
    attributes, size = data.draw(windows(axes)), data.draw(SIZES[axes].map(lambda sizes: [min(s, 4) for s in sizes]))
    strides = attributes.get("strides", [1] * axes)
    if data.draw(st.booleans()):
        attributes["output_padding"] = [data.draw(st.integers(0, stride - 1)) for stride in strides]
    batch, groups, channels, filters = (data.draw(FEW) for _ in range(4))
    taps = attributes.pop("kernel_shape")

    def operator(groups: int) -> tuple[onnx.NodeProto, Arrays]:
        arrays = {"x": ones(batch, groups * channels, *size), "w": ones(groups * channels, filters, *taps)}
        return helper.make_node("ConvTranspose", ["x", "w"], ["y"], "/op", group=groups, **attributes), arrays

    try:
        (output,) = run(*operator(1))  # the evaluator takes wrong filters for more groups
    except ValueError:  # more padding than outputs
        assume(False)
        raise
    assume(output.size and output.sum())
    found = read(*operator(groups))
    assert found.shapes == [(output.shape[0], groups * filters, *output.shape[2:])]
    if axes < 3:
        assert sum(map(effectual, found.layers)) == groups * output.sum()
    assert found.macs >= groups * output.sum()
    stuffed = groups * output.size * channels * math.prod(taps)
    assert found.macs + found.others.get(STUFFED, 0) == stuffed


@given(st.data())
@pytest.mark.parametrize("operator", ["MatMul", "MatMulInteger", "QLinearMatMul"])
def test_products(operator: str, data: st.DataObject):
    rows, summed, columns = (data.draw(FEW) for _ in range(3))
    batch = data.draw(st.lists(FEW, max_size=2))
    left, right = ([data.draw(st.sampled_from([extent, 1])) for extent in batch] for _ in range(2))
    left, right = left[data.draw(st.integers(0, len(left))) :], right[data.draw(st.integers(0, len(right))) :]
    kind = np.float32 if operator == "MatMul" else np.uint8
    vectors = data.draw(st.sampled_from(["", "left", "right"])) if operator == "MatMul" else ""
    a = ones(summed) if vectors == "left" else ones(*left, rows, summed, kind=kind)
    b = ones(summed) if vectors == "right" else ones(*right, summed, columns, kind=kind)
    arrays: Arrays = {"x": a, "w": b}
    inputs = ["x", "w"]
    if operator == "QLinearMatMul":
        arrays |= {"s": ones(), "z": ones(kind=np.uint8) * 0}
        inputs = ["x", "s", "z", "w", "s", "z", "s", "z"]
    node = helper.make_node(operator, inputs, ["y"], "/op")
    found, (output,) = read(node, arrays), run(node, arrays)
    assert found.shapes == [output.shape]
    assert found.macs == output.sum()


@given(rows=FEW, summed=FEW, columns=FEW, turned=st.tuples(st.booleans(), st.booleans()), bias=st.booleans())
def test_gemm(rows: int, summed: int, columns: int, turned: tuple[bool, bool], bias: bool):
    a, b = ones(rows, summed), ones(summed, columns)
    arrays = {"x": a.T.copy() if turned[0] else a, "w": b.T.copy() if turned[1] else b}
    arrays |= {"c": np.zeros(columns, np.float32)} if bias else {}
    node = helper.make_node("Gemm", list(arrays), ["y"], "/op", transA=int(turned[0]), transB=int(turned[1]))
    found, (output,) = read(node, arrays), run(node, arrays)
    assert (found.shapes, found.macs) == ([output.shape], output.sum())


@st.composite
def equations(draw: st.DrawFn) -> tuple[str, list[np.ndarray]]:
    """An Einsum of one to four operands: shared letters, diagonals, an ellipsis with axes of 1, with or without ->."""
    letters = "abcd"
    extents = {letter: draw(FEW) for letter in letters}
    dots = [draw(FEW) for _ in range(draw(st.integers(0, 2)))]
    terms, arrays = [], []
    for _ in range(draw(st.integers(1, 4))):
        own = draw(st.lists(st.sampled_from(letters), min_size=0 if dots else 1, max_size=3))
        hidden = [draw(st.sampled_from([extent, 1])) for extent in dots]  # ONNX wants as many in every operand
        place = draw(st.integers(0, len(own)))
        spelled = "".join(own[:place]) + ("..." if dots else "") + "".join(own[place:])
        shape = [extents[x] for x in own[:place]] + (hidden if dots else []) + [extents[x] for x in own[place:]]
        terms.append(spelled)
        arrays.append(ones(*shape))
    equation = ",".join(terms)
    if draw(st.booleans()):
        named = sorted({letter for term in terms for letter in term if letter != "."})
        kept = draw(st.permutations(draw(st.lists(st.sampled_from(named), unique=True)) if named else []))
        equation += "->" + ("..." if dots else "") + "".join(kept)
    return equation, arrays


def einsum_macs(equation: str, arrays: Sequence[np.ndarray]) -> int:
    """Products of an Einsum from left to right, by running every pair as NumPy does on what is left after each."""
    terms, arrow, result = equation.partition("->")
    spelled = []
    for term, array in zip(terms.split(","), arrays, strict=True):
        hidden = array.ndim - len(term.replace("...", ""))
        spelled.append(list(term.replace("...", "".join(str(index) for index in range(hidden, 0, -1)))))
    if not arrow:
        everything = [letter for term in spelled for letter in term]
        result = "".join(
            letter for letter in dict.fromkeys(everything) if everything.count(letter) == 1 or letter.isdigit()
        )
    kept = set(result.replace(".", "")) | {letter for term in spelled for letter in term if letter.isdigit()}
    extents = [dict(zip(term, array.shape, strict=True)) for term, array in zip(spelled, arrays, strict=True)]
    macs, left = 0, extents[0]
    for index, right in enumerate(extents[1:], start=1):
        wanted = kept.union(*extents[index + 1 :])
        # A letter of one operand alone that nobody wants is summed before; then each product is one place of a grid.
        grid = {
            letter: max(left.get(letter, 1), right.get(letter, 1))
            for letter in {**left, **right}
            if letter in wanted or (letter in left and letter in right)
        }
        if any(letter in left and letter in right and letter not in wanted for letter in grid):
            macs += math.prod(grid.values())
        left = {letter: extent for letter, extent in grid.items() if letter in wanted}
    return macs


@given(equations())
def test_einsum(drawn: tuple[str, list[np.ndarray]]):
    equation, arrays = drawn
    named = {f"i{index}": array for index, array in enumerate(arrays)}
    node = helper.make_node("Einsum", list(named), ["y"], "/op", equation=equation)
    try:
        (output,) = run(node, named)
    except ValueError:  # NumPy takes no equation without letters
        assume(False)
        raise
    found = read(node, named)
    assert found.shapes == [output.shape]
    assert found.macs == einsum_macs(equation, arrays)


@given(steps=FEW, batch=FEW, features=FEW, hidden=FEW)
@pytest.mark.parametrize(("operator", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_recurrences(operator: str, gates: int, steps: int, batch: int, features: int, hidden: int):
    arrays = {
        "x": ones(steps, batch, features),
        "w": ones(1, gates * hidden, features),
        "r": ones(1, gates * hidden, hidden),
    }
    node = helper.make_node(operator, list(arrays), ["y", "h"], "/op", hidden_size=hidden)
    found, outputs = read(node, arrays), run(node, arrays)
    assert found.shapes == [output.shape for output in outputs]
    assert found.macs == steps * batch * gates * hidden * (features + hidden)


@given(st.data())
def test_attention(data: st.DataObject):
    """Heads that share keys and values, keys of the past, four axes or three."""
    batch, shared, heads, width, value_width, queries, keys = (data.draw(FEW) for _ in range(7))
    attributes: dict[str, Any] = {}
    shapes = (
        (batch, shared * heads, queries, width), (batch, heads, keys, width), (batch, heads, keys, value_width)
    )  # fmt: skip
    if data.draw(st.booleans()):
        shapes = tuple((b, tokens, number * each) for b, number, tokens, each in shapes)
        attributes = {"q_num_heads": shared * heads, "kv_num_heads": heads}
    arrays = {name: ones(*shape) for name, shape in zip("qkv", shapes, strict=True)}
    node = helper.make_node("Attention", list(arrays), ["y"], "/op", **attributes)
    (output,) = run(node, arrays)
    found = read(node, arrays)
    assert found.shapes == [output.shape]
    assert found.macs == batch * shared * heads * queries * keys * (width + value_width)


@given(
    size=st.integers(1, 6), taps=st.integers(1, 4), stride=st.integers(1, 4), dilation=st.integers(1, 3),
    pads=st.tuples(st.integers(0, 12), st.integers(0, 12)),
)  # fmt: skip
def test_windows_that_see_padding_alone_are_told_and_count(
    size: int, taps: int, stride: int, dilation: int, pads: tuple[int, int]
):
    """Of a convolution, which ONNX Runtime runs with any padding: found by looking at each tap of each output."""
    arrays = {"x": ones(1, 1, size), "w": ones(1, 1, taps)}
    attributes = {"strides": [stride], "dilations": [dilation], "pads": list(pads)}
    assume(size + sum(pads) > (taps - 1) * dilation)
    node = helper.make_node("Conv", ["x", "w"], ["y"], "/op", **attributes)
    outputs = (size + sum(pads) - (taps - 1) * dilation - 1) // stride + 1
    inside = range(pads[0], pads[0] + size)
    starts = range(0, outputs * stride, stride)
    reach = (taps - 1) * dilation + 1
    idle = sum(not set(range(start, start + reach)) & set(inside) for start in starts)
    with tempfile.TemporaryDirectory() as folder:
        net = from_onnx(made.saved(Path(folder), model_of(node, arrays)))
    counted = [layer for layer in net.layers if layer.name == "op"]
    assert [layer.macs for layer in counted] in ([outputs * taps], [])  # none where no tap meets an input
    told = [note for note in net.notes if "read padding alone" in note]
    said = f"{idle:,} of the {outputs:,} output positions of op read padding alone; they count like all others"
    assert told == ([said] if idle and counted else [])


@given(st.data())
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("axes", [1, 2])
def test_pooling(operator: str, axes: int, data: st.DataObject):
    """Shapes. The evaluator leaves dilation out of automatic padding, where those of the definition count, and takes
    unequal padding wrong for some operators; it has the shapes of AveragePool right.
    """
    attributes, size = data.draw(windows(axes)), data.draw(SIZES[axes])
    assume(fits(attributes, size))
    automatic = attributes.get("auto_pad", "NOTSET")
    if "SAME" not in automatic:
        attributes["ceil_mode"] = data.draw(st.integers(0, 1))
    pads = attributes.get("pads", [0] * 2 * axes)
    assume(all(max(pads[axis::axes]) < taps for axis, taps in enumerate(attributes["kernel_shape"])))
    arrays = {"x": ones(data.draw(FEW), data.draw(FEW), *size)}
    found = read(helper.make_node(operator, ["x"], ["y"], "/op", **attributes), arrays)
    if "SAME" in automatic:
        strides = attributes.get("strides", [1] * axes)
        expected = (*arrays["x"].shape[:2], *(-(-each // stride) for each, stride in zip(size, strides, strict=True)))
    else:
        explicit = {name: value for name, value in attributes.items() if name != "auto_pad"}
        expected = run(helper.make_node("AveragePool", ["x"], ["y"], "/op", **explicit), arrays)[0].shape
    assert found.shapes == [expected]
    assert found.layers == []


@given(groups=st.integers(2, 4), channels=FEW, filters=st.integers(1, 8), transposed=st.booleans())
def test_groups_that_do_not_divide_are_refused(groups: int, channels: int, filters: int, transposed: bool):
    """ONNX's own inference accepts them."""
    assume(filters % groups)
    weights = ones(filters, 2, 1, 1) if transposed else ones(filters, channels, 1, 1)
    image = ones(1, filters if transposed else groups * channels, 2, 2)
    node = helper.make_node("ConvTranspose" if transposed else "Conv", ["x", "w"], ["y"], "/op", group=groups)
    with pytest.raises(SpecError, match=r"groups do not divide|do not suit an input|do not fit together"):
        read(node, {"x": image, "w": weights})


@given(taken=st.booleans(), layout=st.sampled_from(["initializer", "Constant", "calculated"]))
def test_a_known_condition_takes_the_branch_that_runs(taken: bool, layout: str):
    """Wherever the condition comes from, the branch that the evaluator runs is the one that counts."""

    def branch(name: str, wide: int) -> onnx.GraphProto:
        node = helper.make_node("MatMul", ["x", f"w{wide}"], [name], f"/{name}")
        return helper.make_graph([node], name, [], [made.value(name, [5, wide])])

    value = numpy_helper.from_array(np.array(taken), "go")
    nodes, weights = [], [made.weight("w3", 4, 3), made.weight("w7", 4, 7)]
    if layout == "initializer":
        weights.append(value)
    elif layout == "Constant":
        nodes.append(helper.make_node("Constant", [], ["go"], value=value))
    else:
        nodes.append(helper.make_node("Size", ["x"], ["size"]))
        nodes.append(helper.make_node("Equal", ["size", "wanted"], ["go"]))
        weights.append(numpy_helper.from_array(np.array(20 if taken else 21), "wanted"))
    nodes.append(helper.make_node("If", ["go"], ["y"], "/if", then_branch=branch("a", 3), else_branch=branch("b", 7)))
    model = made.model(nodes, [made.value("x", [5, 4])], weights)
    (output,) = map(np.asarray, ReferenceEvaluator(model).run(None, {"x": ones(5, 4)}))
    with tempfile.TemporaryDirectory() as folder:
        assert from_onnx(made.saved(Path(folder), model)).macs == output.size * 4


def test_every_rule_is_drawn_here():
    """The operators above are those that the importer has rules for, beside ONNX Runtime's, which ONNX cannot run."""
    drawn = {
        "Attention", "Conv", "ConvInteger", "ConvTranspose", "Einsum", "GRU", "Gemm", "LSTM", "MatMul", "MatMulInteger",
        "QLinearConv", "QLinearMatMul", "RNN",
    }  # fmt: skip
    assert drawn == _PRODUCTS.keys() - PRODUCTS.keys()
