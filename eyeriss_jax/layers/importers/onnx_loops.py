"""How often the loops of an ONNX graph run: from constants, from the user, or not at all.

The number is written on the node, as attribute :data:`TRIPS` that ONNX does not have, since names of values are unique
in one graph only.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Dictionary

import numpy as np
import onnx
from onnx import numpy_helper

from eyeriss_jax.layers.checks import check_integer
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_file import path_of
from eyeriss_jax.layers.importers.onnx_graphs import graphs

TRIPS = "trips"


def take_given_trips(where: str, graph: onnx.GraphProto, dims: Dictionary[str, int]) -> dict[str, int]:
    """Writes trip counts that a user gave, as ``loop.<name>``, on the loops of that name, wherever they are.

    Returns:
        The entries of ``dims`` that name no loop.

    Raises:
        SpecError: a number that no loop has.
    """
    left = dict(dims)
    for inner in graphs(graph):
        for node in inner.node:
            if node.op_type != "Loop":
                continue
            others = [each for each in node.attribute if each.name != TRIPS]  # a file may bring one that means nothing
            del node.attribute[:]
            node.attribute.extend(others)
            if (name := given_as(node)) in dims:
                check_integer(where, name, dims[name])
                node.attribute.append(onnx.helper.make_attribute(TRIPS, dims[name]))
                left.pop(name, None)
    return left


def given_as(node: onnx.NodeProto) -> str:
    """What a user calls the trip count of a loop."""
    return f"loop.{printable('/'.join(path_of(node)))}"


def loop_names(graph: onnx.GraphProto, *, only_open: bool = False) -> list[str]:
    """What a user calls the trip counts of all loops of a graph, or of those that are not known.

    Loops inside branches and loops are among them.
    """
    loops = (node for each in graphs(graph) for node in each.node if node.op_type == "Loop")
    return list(dict.fromkeys(given_as(node) for node in loops if not only_open or trips_of(node) is None))


def trips_of(node: onnx.NodeProto) -> int | None:
    """How often a ``Loop`` runs, if that is known."""
    return next((each.i for each in node.attribute if each.name == TRIPS), None)


def scan_trips(node: onnx.NodeProto, shape_of: Callable[[str], tuple[int, ...] | None]) -> int | None:
    """How often a ``Scan`` runs: the extent of the axis of its first scanned input, if that is known."""
    attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute if each.name != "body"}
    count = int(attributes.get("num_scan_inputs", 0))
    axes = attributes.get("scan_input_axes", [0] * count)
    first = node.input[len(node.input) - count] if 0 < count <= len(node.input) else ""
    extents = shape_of(first) if first else None
    return extents[axes[0]] if extents and axes and -len(extents) <= axes[0] < len(extents) else None


def count_trips(node: onnx.NodeProto, values: Dictionary[str, np.ndarray]) -> None:
    """Writes on a ``Loop`` how often it runs where its inputs say so and its body does not end it earlier."""
    body = next((each.g for each in node.attribute if each.name == "body" and each.HasField("g")), None)
    if body is None or trips_of(node) is not None or not _runs_through(body):
        return
    most, condition = (*node.input[:2], "", "")[:2]
    number = values.get(most)
    if number is not None and number.size == 1 and (not condition or is_true(values.get(condition))):
        node.attribute.append(onnx.helper.make_attribute(TRIPS, max(int(number.ravel()[0]), 0)))


def give_shapes(
    node: onnx.NodeProto, body: onnx.GraphProto, type_of: Callable[[str], onnx.TypeProto | None]
) -> list[tuple[onnx.TypeProto, str, str]]:
    """Writes on the inputs of a loop's body the shapes of what the first trip is given.

    Args:
        node: a ``Loop`` or a ``Scan``.
        body: its body, changed in place.
        type_of: the type of a value around the loop, if it is known.

    Returns:
        What trips hand on: its type, the body's output that makes it, and the loop's output that is the last of it.
    """
    if node.op_type == "Loop":
        first, scanned = [*node.input[2:]], []
        inputs, made = body.input[2:], body.output[1:]
    else:
        count = next((each.i for each in node.attribute if each.name == "num_scan_inputs"), 0)
        states = max(len(node.input) - count, 0)
        first, scanned = [*node.input[:states]], [*node.input[states:]]
        inputs, made = body.input, body.output
    handed_on = []
    for name, inner, result, outer in zip(first, inputs, made, node.output, strict=False):
        kind = type_of(name)
        if kind is not None and kind.HasField("tensor_type"):
            inner.type.CopyFrom(kind)
            handed_on.append((kind, result.name, outer))
    axes = next((list(each.ints) for each in node.attribute if each.name == "scan_input_axes"), [0] * len(scanned))
    for name, inner, axis in zip(scanned, inputs[len(first) :], axes, strict=False):
        kind = type_of(name)
        if kind is not None and kind.tensor_type.HasField("shape"):
            dims = list(kind.tensor_type.shape.dim)
            if -len(dims) <= axis < len(dims):
                del dims[axis]
                inner.type.CopyFrom(kind)
                del inner.type.tensor_type.shape.dim[:]
                inner.type.tensor_type.shape.dim.extend(dims)
    return handed_on


def collected(node: onnx.NodeProto, results: Sequence[onnx.ValueInfoProto]) -> Iterator[tuple[str, onnx.TypeProto]]:
    """What a ``Loop`` of known length makes of the ``results`` that every trip adds to: as many of each, in one tensor.

    Yields:
        Name and type of the loop's output, where a trip's result has a known shape.
    """
    trips = trips_of(node)
    if node.op_type != "Loop" or trips is None:
        return
    for name, result in zip(node.output[len(node.input) - 2 :], results, strict=False):
        tensor = result.type.tensor_type
        if name and tensor.HasField("shape") and all(dim.HasField("dim_value") for dim in tensor.shape.dim):
            extents = [trips, *(dim.dim_value for dim in tensor.shape.dim)]
            yield name, onnx.helper.make_tensor_type_proto(tensor.elem_type, extents)


def is_true(value: np.ndarray | None) -> bool:
    """Whether a value is known, and true."""
    return value is not None and value.size == 1 and bool(value.ravel()[0])


def _runs_through(body: onnx.GraphProto) -> bool:
    """Whether a loop's body never ends the loop: its condition is the one it was given, or always true."""
    given, wanted = body.input[1].name if len(body.input) > 1 else "", body.output[0].name if body.output else ""
    made = {name: node for node in body.node for name in node.output}
    while wanted in made and made[wanted].op_type == "Identity":
        wanted = made[wanted].input[0]
    if wanted in made and made[wanted].op_type == "Constant":
        return any(each.name == "value" and is_true(numpy_helper.to_array(each.t)) for each in made[wanted].attribute)
    constants = {tensor.name: tensor for tensor in body.initializer}
    return wanted == given or (wanted in constants and is_true(numpy_helper.to_array(constants[wanted])))
