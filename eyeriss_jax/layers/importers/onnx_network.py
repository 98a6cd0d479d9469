"""``--network=onnx:path``: the layers of an ONNX file, from its shapes alone."""

import math
from collections import ChainMap
from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from pathlib import PurePath
from typing import NamedTuple

import onnx

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.layers.importers.collector import Collector, Path, printable
from eyeriss_jax.layers.importers.convolution import Convolution
from eyeriss_jax.layers.importers.onnx_bits import bits_of, stored_bits
from eyeriss_jax.layers.importers.onnx_einsum import einsum
from eyeriss_jax.layers.importers.onnx_file import attributes_of, path_of, read_model
from eyeriss_jax.layers.importers.onnx_kinds import BIASES, KINDS, MOVEMENT, PER_INPUT
from eyeriss_jax.layers.importers.onnx_loops import given_as, loop_names, scan_trips, trips_of
from eyeriss_jax.layers.importers.onnx_products import RULES, Node, Operand, Shape, check_window
from eyeriss_jax.layers.importers.onnx_reads import check_reads
from eyeriss_jax.layers.importers.onnx_runtime import LISTED, PRODUCTS
from eyeriss_jax.layers.importers.onnx_shapes import with_shapes
from eyeriss_jax.layers.importers.onnx_sizes import extents_of
from eyeriss_jax.layers.importers.onnx_source import UNKNOWN, Source, parse_location
from eyeriss_jax.layers.importers.onnx_spelling import spell_one_way
from eyeriss_jax.layers.importers.origins import Activation, Origin, after_product, joint
from eyeriss_jax.layers.importers.unknown import Unknown, check_unknown
from eyeriss_jax.layers.networks.base import Network

# Loops that one message names.
_MOST_TOLD = 100

_PRODUCTS = {**RULES, "Einsum": einsum, **PRODUCTS}
_LISTED = {**KINDS, **LISTED}

# What a rule raises where an untrusted node lacks an axis or has an attribute of another type.
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


class Value(NamedTuple):
    """A value of a graph: its shape if all extents are known, where it comes from, the bits it is stored in."""

    shape: Shape | None
    origin: Origin
    bits: int | None = None


def from_onnx(
    path: str, *, batch: int = 1, dims: Dictionary[str, int] | None = None, unknown: Unknown = "refuse"
) -> Network:
    """The layers of the ONNX file ``path``.

    Shapes come from ONNX's strict inference; weights are not needed, and external data is never opened. Conv,
    ConvTranspose, Gemm, MatMul, Einsum, Attention, LSTM, GRU, RNN, their integer kin and those of ONNX
    Runtime's own domain (``onnx_runtime.py`` names them) become layers; what else the file computes is in
    ``network.others``.

    Args:
        path: the file.
        batch: inferences per run, for a symbolic first axis of the first input; 1 leaves a fixed one as it is.
        dims: numbers for other free axes, by symbol or as ``input.axis``; how often a Loop runs whose length the file
            does not say, as ``loop.<name>``.
        unknown: ``refuse``, or ``list`` to report operators that cannot be counted among the others.

    Raises:
        SpecError: a file that is broken, malicious or has no layer, a symbol without a number, or an operator that
            cannot be counted.

    Example:
        >>> import onnx
        >>> x, w, y = (onnx.helper.make_tensor_value_info(*each) for each in (
        ...     ("x", onnx.TensorProto.FLOAT, (1, 64)),
        ...     ("w", onnx.TensorProto.FLOAT, (64, 10)),
        ...     ("y", onnx.TensorProto.FLOAT, (1, 10)),
        ... ))
        >>> graph = onnx.helper.make_graph([onnx.helper.make_node("MatMul", ["x", "w"], ["y"])], "fc", [x, w], [y])
        >>> onnx.save(onnx.helper.make_model(graph), "fc.onnx")
        >>> from_onnx("fc.onnx").macs
        640
    """
    check_unknown(unknown)
    source = Source(path, dims or {}, unknown)
    where = source.where
    try:
        model = read_model(path)
        spell_one_way(model)
        check_reads(where, model.graph)
        shaped = with_shapes(source, model, batch)
    except _MALFORMED as error:  # fields of another type than any exporter writes, whichever
        if isinstance(error, SpecError):
            raise
        raise SpecError(f"{where} is malformed or damaged: {printable(first_line(error))}; export it again") from error
    collector = Collector(f"ONNX file {printable(path)!r}")
    for note in shaped.notes:
        collector.add_note(note)
    open_loops = loop_names(shaped.graph, only_open=True)
    _Walk(source, collector, open_loops).graph(shaped.graph, shaped.weights, ChainMap())
    return collector.network(printable(PurePath(path).stem), shaped.batch)


def from_location(location: str, batch: int) -> Network:
    """What follows ``onnx:`` on a command line: ``path`` or ``path?symbol=128&unknown=list``.

    Symbols are what a file calls them, ``?`` and ``w&h`` too, or ``input.axis``. A path with a ``?`` in it is taken
    whole where there is such a file.
    """
    path, dims, unknown = parse_location(location)
    return from_onnx(path, batch=batch, dims=dims, unknown=unknown)


class _Walk:
    """Walks graphs into a collector."""

    def __init__(self, source: Source, collector: Collector, open_loops: list[str]) -> None:
        self.source = source
        self.open_loops = open_loops
        self.where = source.where
        self.collector = collector
        self.unknown = source.unknown

    def graph(self, graph: onnx.GraphProto, weights: Collection[str], outer: ChainMap[str, Value]) -> None:
        """Walks one graph; its inputs ``weights`` hold parameters, the values of ``outer`` are known as well."""
        types = {value.name: value.type for value in (*graph.input, *graph.value_info, *graph.output)}
        shapes = {name: extents_of(kind) for name, kind in types.items()}
        bits = {name: bits_of(kind) for name, kind in types.items()}
        known: ChainMap[str, Value] = outer.new_child()  # not a copy: a graph may have a thousand branches
        for value in graph.input:
            origin = (value.name,) if value.name in weights else Activation.PLAIN
            known[value.name] = Value(shapes[value.name], origin, bits[value.name])
        for tensor in graph.initializer:
            kind = onnx.helper.make_tensor_type_proto(tensor.data_type, None)
            known[tensor.name] = Value(tuple(tensor.dims), (tensor.name,), bits_of(kind))
        for node in graph.node:
            outputs = [shapes.get(name) for name in node.output]
            origin = self._tried(node, outputs, known)
            read = [known[name].bits for name in node.input if name in known]
            for name in node.output:
                if name:
                    stored = stored_bits(node.op_type, read, bits.get(name))
                    known[name] = Value(shapes.get(name), origin, stored)

    def _tried(self, node: onnx.NodeProto, outputs: list[Shape | None], known: ChainMap[str, Value]) -> Origin:
        """Deals with one node that may be malformed; returns the origin of its outputs."""
        try:
            return self._node(node, outputs, known)
        except SpecError:
            raise
        except _MALFORMED as error:
            if self.unknown == "list":
                self._unknown(path_of(node), node.op_type, outputs)
                return Activation.PLAIN
            name = printable(f"{node.op_type} {'/'.join(path_of(node))!r}")
            raise SpecError(f"{self.where}: malformed {name}: {first_line(error)}; export it again") from error

    def _node(self, node: onnx.NodeProto, outputs: list[Shape | None], known: ChainMap[str, Value]) -> Origin:
        """Deals with one node; returns the origin of its outputs."""
        path = path_of(node)
        inputs = [known[name] if name else None for name in node.input]  # None: an optional one that is left out
        origins = [value.origin for value in inputs if value is not None]
        kind = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
        if kind == "If":
            self._if(node, known)
        elif kind in ("Loop", "Scan"):
            self._loop(node, path, outputs, known)
        elif kind in _PRODUCTS:
            return self._product(node, kind, path, inputs, outputs)
        elif kind in _LISTED:
            self._listed(node, kind, path, inputs, outputs)
        elif kind not in MOVEMENT:
            self._unknown(path, kind, outputs)
        return joint(origins)

    def _listed(
        self, node: onnx.NodeProto, kind: str, path: Path, inputs: list[Value | None], outputs: list[Shape | None]
    ) -> None:
        """Other work than products."""
        if _LISTED[kind] == "pooling":
            try:
                check_window(Node(printable("/".join(path)), [], [], attributes_of(node)))
            except SpecError:
                if self.unknown == "refuse":
                    raise
                self._unknown(path, kind, outputs)
                return
        self.collector.add_other(path, 1, _LISTED[kind], _operations(_LISTED[kind], node, inputs, outputs), kind)

    def _product(
        self, node: onnx.NodeProto, kind: str, path: Path, inputs: list[Value | None], outputs: list[Shape | None]
    ) -> Origin:
        """A convolution or product of matrices; one of no elements, or that sums nothing, is no layer."""
        operands = [_operand(value) for value in inputs]
        if any(operand is not None and 0 in operand.shape for operand in operands):
            shapes = [operand.shape for operand in operands if operand is not None]
            self.collector.add_empty(path, 1, "/".join(path), shapes)
            return joint([value.origin for value in inputs if value is not None])
        name = printable("/".join(path))
        try:
            found = _PRODUCTS[kind](Node(name, operands, [shape or () for shape in outputs], attributes_of(node)))
            layers = self.collector.layers_of(name, found) if isinstance(found, Convolution) else found
        except _MALFORMED:
            if self.unknown == "refuse":
                raise
            self._unknown(path, kind, outputs)
            return after_product([value.origin for value in inputs[:2] if value is not None])
        if isinstance(found, Convolution):
            self.collector.add_convolution(path, (), name, found, layers)
        for layer in found if isinstance(found, list) else ():
            suffix = tuple(layer.name.removeprefix(name).strip("/").split("/")) if layer.name != name else ()
            self.collector.add_layer((*path, *suffix), (), layer)
        bias = BIASES.get(kind, len(operands))
        if bias < len(operands) and operands[bias] is not None:
            self.collector.add_other(path, 1, "element-wise", _size(outputs), "add")
        if found == []:
            self.collector.add_other(path, 1, "element-wise", math.prod(outputs[0] or (0,)), kind)
        operation = [value.origin for value in inputs[:2] if value is not None]
        return after_product(operation)

    def _if(self, node: onnx.NodeProto, known: ChainMap[str, Value]) -> None:
        """A choice: the branch with most MACs, the first of equals; one without nodes does nothing."""
        walks = []
        for attribute in node.attribute:
            if attribute.HasField("g") and attribute.g.node:
                walks.append(self.collector.inner())
                _Walk(self.source, walks[-1], self.open_loops).graph(attribute.g, (), known)
        if len({walk.macs for walk in walks}) > 1:
            name = printable("/".join(path_of(node)))
            self.collector.add_note(f"which branch of {name} runs is not known; the one with most MACs counts")
        if walks:
            self.collector.merge(max(walks, key=lambda walk: walk.macs))

    def _loop(self, node: onnx.NodeProto, path: Path, outputs: list[Shape | None], known: ChainMap[str, Value]) -> None:
        """A body that runs so often; each trip has weights of its own, as in every other loop."""
        body = next((each.g for each in node.attribute if each.name == "body"), None)
        trips = trips_of(node) if node.op_type == "Loop" else scan_trips(node, lambda name: known[name].shape)
        if body is None or trips is None:
            remedy = ""
            if node.op_type == "Loop":
                asked = dict.fromkeys([given_as(node), *self.open_loops[:_MOST_TOLD]], 10)
                what = "each loop" if len(asked) > 1 else "it"
                remedy = f"say how often {what} runs, as {self.source.asked(asked)}"
            self._unknown(path, node.op_type, outputs, remedy)
            return
        once = self.collector.inner()
        _Walk(self.source, once, self.open_loops).graph(body, (), known)
        name = printable("/".join(path))
        if not trips:
            self.collector.add_note(f"{name} never runs: its trip count, or what it scans, is nothing")
            return
        try:
            self.collector.merge(once.repeated(trips))
        except SpecError as error:
            if self.unknown == "refuse":
                remedy = ""
                if node.op_type == "Loop":
                    remedy = f"; say how often it really runs, as {self.source.asked({given_as(node): 10})}"
                raise SpecError(f"{self.where}: {name} runs {trips:,} times: {error}{remedy}") from error
            self._unknown(path, node.op_type, outputs)

    def _unknown(self, path: Path, kind: str, outputs: list[Shape | None], remedy: str = "") -> None:
        """An operator of which nothing is known but its shapes."""
        if self.unknown == "refuse":
            without = self.source.asked({UNKNOWN: "list"})
            raise SpecError(
                f"{self.where}: {printable('/'.join(path))!r} is a {printable(kind)}, which cannot be counted; "
                f"{remedy or 'write it with the operators of ONNX'}, or leave it out with {without}"
            )
        self.collector.add_other(path, 1, f"unknown ({printable(kind)})", _size(outputs), kind)


def _operand(value: Value | None) -> Operand | None:
    """A value as an operand; None for one that is left out or whose shape is not known."""
    return None if value is None or value.shape is None else Operand(value.shape, value.origin, value.bits)


def _operations(kind: str, node: onnx.NodeProto, inputs: list[Value | None], outputs: list[Shape | None]) -> int:
    """Element operations: one per output, or per input of a reduction or of a window."""
    if kind in PER_INPUT:
        return _size([value.shape if value else None for value in inputs[:1]])
    reads = kind == "pooling" and node.op_type != "MaxUnpool"
    window = [extent for each in node.attribute if each.name == "kernel_shape" for extent in each.ints]
    return _size(outputs) * (math.prod(max(1, extent) for extent in window) if reads else 1)


def _size(shapes: list[Shape | None]) -> int:
    """Elements of the first of these; 0 where it is not known."""
    return math.prod(shapes[0]) if shapes and shapes[0] is not None else 0
