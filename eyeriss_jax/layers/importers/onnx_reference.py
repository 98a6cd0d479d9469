"""What ONNX's reference operators make of values that are known, and how much that can be.

A file may calculate thousands of sizes by a few operators: one evaluator serves all nodes that differ in names alone.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

_BROADCASTING = """
Abs Add Div Equal Greater GreaterOrEqual Identity Less LessOrEqual Max Min Mod Mul Neg Sub
"""
_BROADCAST = frozenset(_BROADCASTING.split())

# Not Reshape: NumPy takes any negative number as what is left, ONNX -1 alone.
_PICKING = """
ReduceMax ReduceMin ReduceProd ReduceSum Slice Squeeze Unsqueeze
"""
_PART_OF_FIRST = frozenset(_PICKING.split())

_KINDS = {np.dtype(np.int64): "tensor(int64)"}


def evaluated(node: onnx.NodeProto, given: Sequence[np.ndarray | None], opset: int) -> list[np.ndarray]:
    """The outputs of ``node`` that have a name.

    Args:
        node: of ONNX's own domain, without a graph in it.
        given: its inputs; None for one that is left out.
        opset: the version of ONNX's operators.

    Raises:
        Exception: whatever ONNX's operator raises on a node that is no good.
    """
    made = [f"o{place}" if name else "" for place, name in enumerate(node.output)]
    read = [f"i{place}" if name else "" for place, name in enumerate(node.input)]
    alike = onnx.NodeProto(op_type=node.op_type, input=read, output=made, attribute=node.attribute)
    values = {name: value for name, value in zip(read, given, strict=True) if value is not None}
    kinds = tuple((name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype)) for name, value in values.items())
    operator = _operator(alike.SerializeToString(deterministic=True), kinds, opset)
    with np.errstate(all="ignore"):
        found: Any = operator.run(None, values)
    return [np.asarray(value) for value in found]


@functools.lru_cache(maxsize=256)
def _operator(node: bytes, kinds: tuple[tuple[str, int], ...], opset: int) -> ReferenceEvaluator:
    """The evaluator of a node whose inputs, by name, are of these types."""
    alone = onnx.NodeProto.FromString(node)
    inputs = [onnx.helper.make_tensor_value_info(name, kind, None) for name, kind in kinds]
    outputs = [onnx.ValueInfoProto(name=name) for name in alone.output if name]
    return ReferenceEvaluator(onnx.helper.make_graph([alone], "one", inputs, outputs), opsets={"": opset})


def most_elements(node: onnx.NodeProto, given: Sequence[np.ndarray | None], opset: int) -> int | None:
    """How many elements each output has at most; None where the shapes of the inputs alone do not say it.

    Only of inputs that all have the one type of sizes, and where the operator takes it, so that ONNX's inference has
    nothing to say against it; and none that is empty, which a reduction may make larger.
    """
    values = [value for value in given if value is not None]
    kinds = {_KINDS.get(value.dtype) for value in values}
    sizes = [value.size for value in values]
    if len(kinds) != 1 or not all(sizes) or not kinds <= _taken(node.op_type, opset):
        return None
    if node.op_type in _BROADCAST:
        try:
            return math.prod(np.broadcast_shapes(*(value.shape for value in values)))
        except ValueError:  # they do not fit together
            return None
    if node.op_type in _PART_OF_FIRST:
        return sizes[0]
    if node.op_type == "Concat":
        return sum(sizes)
    return math.prod(sizes) if node.op_type == "Gather" else None


@functools.lru_cache(maxsize=256)
def _taken(operator: str, opset: int) -> frozenset[str]:
    """The types that every input of an operator takes."""
    try:
        schema = onnx.defs.get_schema(operator, opset, "")
    except onnx.defs.SchemaError:  # the version has no such operator
        return frozenset()
    return frozenset.intersection(*(frozenset(each.types) for each in schema.inputs))
