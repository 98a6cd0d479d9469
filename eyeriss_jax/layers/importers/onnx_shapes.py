"""Shapes of every value of an ONNX graph: symbols get numbers, then ONNX's own inference does the rest, strictly."""

import math
from collections.abc import Mapping as Dictionary
from typing import NamedTuple

import onnx
from onnx import shape_inference

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import LARGEST_INTEGER, check_integer
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_file import graphs

# Larger initializers hold weights, smaller ones may hold the shapes that Reshape and its like take.
_MOST_SHAPE_ELEMENTS = 1024


class Shaped(NamedTuple):
    """A graph with the shapes of all values and without its weights, their names, and the batch."""

    graph: onnx.GraphProto
    weights: frozenset[str]
    batch: int


def with_shapes(where: str, model: onnx.ModelProto, batch: int, dims: Dictionary[str, int]) -> Shaped:
    """The model with the shapes of all values inferred.

    Args:
        where: the model, for messages.
        model: changed in place.
        batch: for the symbolic first axis of the first input, and every axis of that symbol; 1 leaves a fixed one.
        dims: numbers for other symbols.

    Raises:
        SpecError: a symbol without a number, a batch that contradicts the model, or shapes that do not fit together.
    """
    graph = model.graph
    batch = _number_symbols(where, graph, batch, dict(dims))
    weights = frozenset(tensor.name for tensor in graph.initializer)
    _drop_weights(where, graph)
    for inner in graphs(graph):
        del inner.value_info[:]
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    try:
        inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:
        raise SpecError(
            f"{where}: its shapes do not fit together: {printable(' '.join(str(error).split()))}; export it again, or "
            f"simplify it (onnxsim)"
        ) from error
    return Shaped(inferred.graph, weights, batch)


def _number_symbols(where: str, graph: onnx.GraphProto, batch: int, dims: dict[str, int]) -> int:
    """Gives every symbolic axis of an input its number; returns the batch."""
    initialized = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initialized]
    shapes = [(value.name, value.type.tensor_type.shape.dim) for value in inputs]
    first = next((shape[0] for _, shape in shapes if shape), None)
    if first is not None and first.HasField("dim_value"):
        fixed = first.dim_value if len(next(shape for _, shape in shapes if shape)) > 1 else 1
        if batch not in (1, fixed):
            raise SpecError(f"{where}: batch = {batch}, but the model has a fixed batch of {fixed}; leave --batch out")
        batch = max(fixed, 1)
    elif first is not None and first.dim_param:
        dims.setdefault(first.dim_param, batch)
    for name, number in dims.items():
        check_integer(where, f"axis {name!r}", number)
    for value, shape in shapes:
        for axis, dim in enumerate(shape):
            if dim.HasField("dim_value"):
                if not 0 <= dim.dim_value <= LARGEST_INTEGER:
                    raise SpecError(f"{where}: axis {axis} of input {value!r} is {dim.dim_value}; export it again")
            elif dim.dim_param in dims:
                dim.dim_value = dims[dim.dim_param]
            elif axis == 0 and not dim.dim_param:
                dim.dim_value = batch
            else:
                symbol = dim.dim_param or f"axis{axis}"
                raise SpecError(
                    f"{where}: axis {axis} of input {value!r} is symbolic ({dim.dim_param or 'unnamed'}); "
                    + (f"write onnx:path?{symbol}=128" if dim.dim_param else "name it, or export it with a fixed shape")
                )
    return batch


def _drop_weights(where: str, graph: onnx.GraphProto) -> None:
    """Turns large initializers into inputs of the same type: inference copies what it is given."""
    kept, known = [], {value.name for value in graph.input}
    for tensor in graph.initializer:
        if any(extent < 0 for extent in tensor.dims):
            raise SpecError(f"{where}: weight {tensor.name!r} has the shape {list(tensor.dims)}; export it again")
        if math.prod(tensor.dims) <= _MOST_SHAPE_ELEMENTS and not tensor.external_data:
            kept.append(tensor)
        elif tensor.name not in known:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    del graph.initializer[:]
    graph.initializer.extend(kept)
