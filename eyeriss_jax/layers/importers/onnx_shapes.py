"""Shapes of every value of an ONNX graph: symbols get numbers, then ONNX's own inference does the rest, strictly."""

import math
from collections.abc import Mapping as Dictionary
from typing import NamedTuple
from urllib.parse import unquote

import onnx
from onnx import shape_inference

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import LARGEST_INTEGER, check_integer
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_file import graphs
from eyeriss_jax.layers.importers.onnx_guarded import Failed, infer_shapes
from eyeriss_jax.layers.importers.onnx_sizes import MOST_ELEMENTS, calculate_sizes

# What exporters write where an axis is free but has no name: it says nothing of other axes.
_NO_SYMBOL = ("", "?")


class Shaped(NamedTuple):
    """A graph with the shapes of all values and without its weights, their names, and the batch.

    ``trips``: how often its loops run, by the name of their first output.
    """

    graph: onnx.GraphProto
    weights: frozenset[str]
    batch: int
    trips: dict[str, int]


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
        _keep_what_only_the_file_knows(inner)
    for output in graph.output:
        if output.type.HasField("tensor_type"):  # not a sequence or a map
            output.type.tensor_type.ClearField("shape")
    trips = calculate_sizes(where, model)
    try:
        # Types are not checked: an int8 or bfloat16 convolution has the shapes of any other. Values are not followed:
        # what matters of them is calculated already, and ONNX follows them however large they become.
        inferred = infer_shapes(where, model)
    except (shape_inference.InferenceError, Failed) as error:
        raise SpecError(
            f"{where}: its shapes do not fit together: {printable(' '.join(str(error).split()))}; export it again, or "
            f"simplify it (onnxsim)"
        ) from error
    return Shaped(inferred.graph, weights, batch, trips)


class _Axis(NamedTuple):
    """One axis of one input."""

    input: str
    index: int
    dim: onnx.TensorShapeProto.Dimension

    @property
    def symbol(self) -> str:
        """Its symbol; "" where it has none that tells it from others."""
        return "" if self.dim.dim_param in _NO_SYMBOL else self.dim.dim_param

    @property
    def is_free(self) -> bool:
        """Whether the file leaves its extent open; -1 is how older exporters say so."""
        return not self.dim.HasField("dim_value") or self.dim.dim_value == -1

    @property
    def names(self) -> tuple[str, ...]:
        """What a user may call it: its symbol, or the input and the axis."""
        return tuple(name for name in (self.dim.dim_param, f"{self.input}.{self.index}") if name)


def _number_symbols(where: str, graph: onnx.GraphProto, batch: int, dims: dict[str, int]) -> int:
    """Gives every free axis of an input its number; returns the batch."""
    initialized = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initialized]
    shapes = [
        [_Axis(value.name, index, dim) for index, dim in enumerate(value.type.tensor_type.shape.dim)]
        for value in inputs
    ]
    axes = [axis for shape in shapes for axis in shape]
    numbers = _given(where, [axis for axis in axes if axis.is_free], dims)
    leading = next((shape for shape in shapes if shape), None)
    if leading is not None:
        first = leading[0]
        if not first.is_free:
            fixed = first.dim.dim_value if len(leading) > 1 else 1
            if batch not in (1, fixed):
                raise SpecError(
                    f"{where}: batch = {batch}, but the model has a fixed batch of {fixed}; leave --batch out"
                )
            batch = max(fixed, 1)
        elif first.symbol:
            batch = numbers.setdefault(first.symbol, batch)
    missing = []
    for axis in axes:
        if not axis.is_free:
            if not 0 <= axis.dim.dim_value <= LARGEST_INTEGER:
                raise SpecError(
                    f"{where}: axis {axis.index} of input {axis.input!r} is {axis.dim.dim_value}; export it again"
                )
            continue
        number = next((numbers[name] for name in reversed(axis.names) if name in numbers), None)
        if number is None and axis.index == 0 and not axis.symbol:
            number = batch
        if number is None:
            missing.append(axis)
        else:
            axis.dim.dim_value = number
    if missing:
        told = ", ".join(
            f"axis {axis.index} of input {printable(axis.input)!r} is symbolic ({printable(axis.symbol) or 'unnamed'})"
            for axis in missing
        )
        names = dict.fromkeys(axis.symbol or axis.names[-1] for axis in missing)
        raise SpecError(f"{where}: {told}; write onnx:path?" + "&".join(f"{printable(name)}=128" for name in names))
    return batch


def _given(where: str, free: list[_Axis], dims: dict[str, int]) -> dict[str, int]:
    """The numbers that a user gave, by names that the model has.

    Raises:
        SpecError: a number that no axis can have, or a name that no free axis has.
    """
    known = list(dict.fromkeys(name for axis in free for name in axis.names))
    numbers = {}
    for name, number in dims.items():
        check_integer(where, f"axis {name!r}", number)
        found = next((each for each in (name, unquote(name)) if each in known), None)
        if found is None:
            has = f"its free axes are {', '.join(map(printable, known))}" if known else "it has no free axis"
            raise SpecError(f"{where}: no free axis is called {printable(name)!r}; {has}")
        numbers[found] = number
    return numbers


def _keep_what_only_the_file_knows(graph: onnx.GraphProto) -> None:
    """Leaves of the shapes that a file states only those behind operators that ONNX does not know.

    The others are inferred anew: those in the file may be of another batch.
    """
    foreign = {name for node in graph.node if not _known(node) for name in node.output}
    stated = [value for value in graph.value_info if value.name in foreign]
    del graph.value_info[:]
    graph.value_info.extend(stated)


def _known(node: onnx.NodeProto) -> bool:
    """Whether an operator is one of ONNX's own."""
    return node.domain in ("", "ai.onnx") and onnx.defs.has(node.op_type)


def _drop_weights(where: str, graph: onnx.GraphProto) -> None:
    """Turns large initializers into inputs of the same type: inference copies what it is given."""
    kept, known = [], {value.name for value in graph.input}
    for tensor in graph.initializer:
        if any(extent < 0 for extent in tensor.dims):
            raise SpecError(f"{where}: weight {tensor.name!r} has the shape {list(tensor.dims)}; export it again")
        # Larger ones hold weights, smaller ones may hold the shapes that Reshape and its like take.
        if math.prod(tensor.dims) <= MOST_ELEMENTS and not tensor.external_data:
            kept.append(tensor)
        elif tensor.name not in known:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    del graph.initializer[:]
    graph.initializer.extend(kept)
