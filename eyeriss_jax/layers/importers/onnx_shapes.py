"""Shapes of every value of an ONNX graph: symbols get numbers, then ONNX's own inference does the rest, strictly."""

from collections.abc import Mapping as Dictionary
from typing import NamedTuple
from urllib.parse import unquote

import onnx
from onnx import shape_inference

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.layers.checks import LARGEST_INTEGER, check_integer
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_graphs import graphs
from eyeriss_jax.layers.importers.onnx_guarded import Failed, infer_shapes
from eyeriss_jax.layers.importers.onnx_loops import loop_names, take_given_trips
from eyeriss_jax.layers.importers.onnx_opsets import check_domains, newer_than_known
from eyeriss_jax.layers.importers.onnx_runtime import DOMAIN, OPERATORS
from eyeriss_jax.layers.importers.onnx_sizes import calculate_sizes, extents_of, is_small
from eyeriss_jax.layers.importers.onnx_source import UNKNOWN, Source

# What exporters write where an axis is free but has no name: it says nothing of other axes.
_NO_SYMBOL = ("", "?")

# Axes that one message names; a damaged file may have a million.
_MOST_TOLD = 100


class Shaped(NamedTuple):
    """A graph with the shapes of all values and without its weights, their names, and the batch.

    ``notes``: what a user should know of how it was read.
    """

    graph: onnx.GraphProto
    weights: frozenset[str]
    batch: int
    notes: list[str]


def with_shapes(source: Source, model: onnx.ModelProto, batch: int) -> Shaped:
    """The model with the shapes of all values inferred.

    Args:
        source: the file as it is asked for: numbers for symbols other than the batch, and trips of loops as
            ``loop.<name>``; where ``unknown`` is ``list``, it goes on where shapes do not follow, with those that the
            file states, or without.
        model: changed in place.
        batch: for the symbolic first axis of the first input, and every axis of that symbol; 1 leaves a fixed one.

    Raises:
        SpecError: a symbol without a number, a batch that contradicts the model, an operator of a domain
            without an opset, or shapes that do not fit together.
    """
    where, lenient = source.where, source.unknown == "list"
    graph = model.graph
    batch = _number_symbols(source, graph, batch, take_given_trips(where, graph, source.dims))
    weights = frozenset(tensor.name for tensor in graph.initializer)
    _drop_weights(where, graph)
    stated = {value.name: value for value in graph.value_info if extents_of(value.type) is not None}
    for inner in graphs(graph):
        _name_domains(inner)
        _keep_what_only_the_file_knows(inner)
    for output in graph.output:
        if output.type.HasField("tensor_type"):  # not a sequence or a map
            output.type.tensor_type.ClearField("shape")
            output.type.tensor_type.ClearField("elem_type")  # inference finds it, and it does not matter to shapes
    if not lenient:
        check_domains(where, model)
    notes = [*newer_than_known(model), *calculate_sizes(where, model)]
    try:
        inferred = infer_shapes(where, model)
    except (shape_inference.InferenceError, Failed) as error:
        told = printable(" ".join(str(error).split()))
        if not lenient:
            raise SpecError(
                f"{where}: its shapes do not fit together: {told}; export it again, simplify it (onnxsim), or read the "
                f"rest with {source.asked({UNKNOWN: 'list'})}"
            ) from error
        notes.append(f"not all shapes follow ({told}); those that the file states stand for them")
        inferred = model
    if lenient and not stated.keys() <= _known_shapes(inferred.graph):
        inferred = _as_far_as_possible(where, model, stated)
    return Shaped(inferred.graph, weights, batch, notes)


def _known_shapes(graph: onnx.GraphProto) -> set[str]:
    """The values whose shapes are known."""
    values = (*graph.input, *graph.value_info, *graph.output)
    return {value.name for value in values if extents_of(value.type) is not None}


def _as_far_as_possible(
    where: str, model: onnx.ModelProto, stated: Dictionary[str, onnx.ValueInfoProto]
) -> onnx.ModelProto:
    """The model with the shapes that follow, and those ``stated`` of values whose shapes do not."""
    try:
        found = _known_shapes(infer_shapes(where, model, strict=False).graph)
        others = [value for value in model.graph.value_info if value.name not in stated]
        del model.graph.value_info[:]
        model.graph.value_info.extend([*others, *(value for name, value in stated.items() if name not in found)])
        return infer_shapes(where, model, strict=False)
    except (shape_inference.InferenceError, Failed) as error:
        raise SpecError(f"{where}: its shapes cannot be inferred: {first_line(error)}; export it again") from error


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


def _number_symbols(source: Source, graph: onnx.GraphProto, batch: int, dims: dict[str, int]) -> int:
    """Gives every free axis of an input its number; returns the batch."""
    where = source.where
    initialized = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initialized]
    shapes = [
        [_Axis(value.name, index, dim) for index, dim in enumerate(value.type.tensor_type.shape.dim)]
        for value in inputs
    ]
    axes = [axis for shape in shapes for axis in shape]
    numbers = _given(where, [axis for axis in axes if axis.is_free], loop_names(graph), dims)
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
                    f"{where}: axis {axis.index} of input {printable(axis.input)!r} is {axis.dim.dim_value}, "
                    f"outside 0 to {LARGEST_INTEGER}; export it again with an extent in that range"
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
        raise SpecError(f"{where}: {_told(missing)}; write {source.asked(_as_given(missing))}")
    return batch


def _told(missing: list[_Axis]) -> str:
    """Which axes have no number."""
    told = [
        f"axis {axis.index} of input {printable(axis.input)!r} is symbolic ({printable(axis.symbol) or 'unnamed'})"
        for axis in missing[:_MOST_TOLD]
    ]
    left = len(missing) - len(told)
    return ", ".join(told) + (f" and {left:,} more are" if left else "")


def _as_given(missing: list[_Axis]) -> dict[str, int]:
    """How a user gives them numbers: by symbol, or by axis where they have none that can be typed."""
    names = (
        axis.symbol if axis.symbol not in ("", UNKNOWN) and axis.symbol == printable(axis.symbol) else axis.names[-1]
        for axis in missing[:_MOST_TOLD]
    )
    return dict.fromkeys(names, 128)


def _given(where: str, free: list[_Axis], loops: list[str], dims: dict[str, int]) -> dict[str, int]:
    """The numbers that a user gave, by names that the model has.

    Raises:
        SpecError: a number that no axis can have, or a name that no free axis has, nor one of ``loops``.
    """
    known = list(dict.fromkeys(name for axis in free for name in axis.names))
    numbers = {}
    for name, number in dims.items():
        check_integer(where, f"axis {name!r}", number)
        found = next((each for each in (name, unquote(name)) if each in known), None)
        if found is None and name.startswith("loop."):
            has = f"its loops are {', '.join(loops)}" if loops else "it has no loop"
            raise SpecError(f"{where}: no loop is called {printable(name)!r}; {has}")
        if found is None:
            has = f"its free axes are {', '.join(map(printable, known))}" if known else "it has no free axis"
            raise SpecError(f"{where}: no free axis is called {printable(name)!r}; {has}")
        numbers[found] = number
    return numbers


def _name_domains(graph: onnx.GraphProto) -> None:
    """Puts ONNX Runtime's operators into its domain where a file has them in ONNX's."""
    for node in graph.node:
        if node.op_type in OPERATORS and not node.domain and not onnx.defs.has(node.op_type):
            node.domain = DOMAIN


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
    return not node.domain and onnx.defs.has(node.op_type)


def _drop_weights(where: str, graph: onnx.GraphProto) -> None:
    """Turns large initializers into inputs of the same type: inference copies what it is given."""
    kept, known = [], {value.name for value in graph.input}
    for tensor in graph.initializer:
        if any(extent < 0 for extent in tensor.dims):
            raise SpecError(f"{where}: weight {tensor.name!r} has the shape {list(tensor.dims)}; export it again")
        # Larger ones hold weights, smaller ones may hold the shapes that Reshape and its like take.
        if is_small(tensor.dims) and not tensor.external_data:
            kept.append(tensor)
        elif tensor.name not in known:
            graph.input.append(onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    del graph.initializer[:]
    graph.initializer.extend(kept)
