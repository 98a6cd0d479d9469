"""The ONNX files that the package onnx ships, exported by PyTorch and Caffe2 of old: all are read, and read right.

The truth is independent: ONNX's reference evaluator runs the file, and MACs follow from the shapes that it makes.
"""

import itertools
import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from eyeriss_jax.layers.importers import from_onnx

SHIPPED = Path(onnx.__file__).parent / "backend" / "test" / "data"
WORK = ("Conv", "ConvTranspose", "MatMul", "Gemm", "Einsum", "LSTM", "GRU", "RNN")
RUN_ONCE = {
    "bvlc_alexnet": 654_560_384, "densenet121": 2_834_161_664, "inception_v1": 1_431_556_352,
    "inception_v2": 2_018_851_840, "resnet50": 4_089_184_256, "shufflenet": 124_664_528, "squeezenet": 349_151_936,
    "vgg19": 19_632_062_464, "zfnet512": 1_481_727_008,
}  # fmt: skip
"""Whole networks, which take the evaluator up to six minutes: their MACs by :func:`run` and :func:`macs`, run once."""


def shipped() -> list[Path]:
    """The files whose work is convolutions, matmuls or recurrences."""
    paths = sorted(SHIPPED.rglob("*.onnx"))
    return [path for path in paths if any(node.op_type in WORK for node in onnx.load(path).graph.node)]


FILES = shipped()


def run(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """The shape of every value when the file runs."""
    graph, stored = model.graph, {tensor.name for tensor in model.graph.initializer}
    wanted = [name for node in graph.node for name in node.output if name]
    del graph.output[:]
    graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
    given = {}
    for value in graph.input:
        if value.name not in stored:
            shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
            given[value.name] = np.ones(shape, onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))
    made = ReferenceEvaluator(model).run(None, given)
    shapes = {name: np.shape(value) for name, value in zip(wanted, made, strict=True)}
    shapes |= {name: value.shape for name, value in given.items()}
    return shapes | {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}


def macs(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]]) -> int:
    """Products of one node, by its definition."""
    if node.op_type not in WORK:
        return 0
    left, right, made = shapes[node.input[0]], shapes[node.input[1]], shapes[node.output[0]]
    if node.op_type == "Conv":
        return math.prod(made) * math.prod(right[1:])
    if node.op_type == "ConvTranspose":
        pairs = [
            _pairs(node, axis, taps, outputs)
            for axis, (taps, outputs) in enumerate(zip(right[2:], made[2:], strict=True))
        ]
        return made[0] * left[1] * right[1] * math.prod(pairs)
    if node.op_type == "Gemm":
        transposed = any(each.name == "transA" and each.i for each in node.attribute)
        return math.prod(made) * left[0 if transposed else 1]
    assert node.op_type == "MatMul"
    return math.prod(made) * left[-1]


def _pairs(node: onnx.NodeProto, axis: int, taps: int, outputs: int) -> int:
    """Pairs of an output and a tap between which no stuffed zero lies; as of every convolution, borders count."""
    of = {each.name: list(each.ints) for each in node.attribute}
    stride, dilation, pad = (
        of.get(name, [usual] * 4)[axis] for name, usual in (("strides", 1), ("dilations", 1), ("pads", 0))
    )
    return sum((e + pad - r * dilation) % stride == 0 for e, r in itertools.product(range(outputs), range(taps)))


def test_there_are_as_many_as_the_notes_say():
    assert len(FILES) >= 43
    assert {path.stem for path in FILES if path.parent.name == "light"} >= {f"light_{name}" for name in RUN_ONCE}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SHIPPED)))
def test_every_file_is_read_with_the_macs_of_its_run(path: Path):
    network = from_onnx(str(path))
    if (name := path.stem.removeprefix("light_")) in RUN_ONCE:
        assert network.macs == RUN_ONCE[name]
        return
    model = onnx.load(path)
    shapes = run(model)
    assert network.macs == sum(macs(node, shapes) for node in model.graph.node)
