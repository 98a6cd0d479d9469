"""Sizes that an ONNX graph computes itself: where all inputs have numbers, so have the shapes it calculates.

Exporters write ``Shape -> Gather -> Mul -> Concat -> Reshape`` where the size was known all along. ONNX's own inference
carries such values through few operators and none of opset 13 or older. One walk over the graph, node by node with
ONNX's inference for the types and its reference operators for the values, turns every small tensor that follows from
shapes and constants into a constant; the inference of the whole graph does the rest.

Nothing large is computed: a value is worked out only where inference says beforehand that it has at most
:data:`MOST_ELEMENTS`, from inputs of at most as many, and for at most :data:`MOST_VALUES` nodes.
"""

import itertools
import math
from collections import ChainMap
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.onnx_guarded import infer_node
from eyeriss_jax.layers.importers.onnx_products import Node, Operand
from eyeriss_jax.layers.importers.onnx_runtime import DOMAIN, OPERATORS
from eyeriss_jax.layers.importers.origins import CONSTANT

MOST_ELEMENTS = 1024
MOST_VALUES = 8_000

_SIZES = """
Abs Add And ArgMax ArgMin Cast CastLike Ceil Concat ConstantOfShape CumSum Div Equal Expand EyeLike Flatten Floor Gather
GatherElements GatherND Greater GreaterOrEqual Identity Less LessOrEqual Max Min Mod Mul Neg NonZero Not OneHot Or Pad
Pow Range ReduceMax ReduceMin ReduceProd ReduceSum Reshape Round ScatterElements ScatterND Sign Slice Split Sqrt Squeeze
Sub Tile Transpose Trilu Unsqueeze Where Xor
"""
_CALCULATED = frozenset(_SIZES.split())
"""Operators that exporters calculate sizes with."""

# A graph without any of these calculates no size.
_WALKED_FOR = """
ConstantOfShape ConvTranspose Expand If Loop Pad Range Reshape Resize STFT Scan Shape Size Slice Tile
"""
_WORTH_A_WALK = frozenset(_WALKED_FOR.split())

# Operators whose results have at most as many elements as their inputs have together, times the axes of these.
_BOUNDED_BY_INPUTS = frozenset({"NonZero"})

# What inference and the reference operators raise on a node that is no good; the strict inference then says why.
_REFUSED = (Exception,)


def calculate_sizes(where: str, model: onnx.ModelProto) -> dict[str, int]:
    """Turns what follows from shapes and constants into constants; an ``If`` of a known condition keeps one branch.

    Branches are walked too, bodies of loops are not. Shapes that ONNX's own inference cannot find in the whole graph,
    inside a branch and behind operators of ONNX Runtime's domain, are stated in it.

    Returns:
        How often each ``Loop`` and ``Scan`` runs, by the name of its first output, where that is known.

    Args:
        where: the model, for messages.
        model: changed in place; its symbolic axes have numbers and its large weights are inputs.

    Raises:
        SpecError: more than :data:`MOST_VALUES` nodes calculate sizes.
    """
    if not any(node.op_type in _WORTH_A_WALK or node.domain == DOMAIN for node in model.graph.node):
        return {}
    opsets = {each.domain or "": each.version for each in model.opset_import}
    sizes = _Sizes(where, model.graph, opsets, None)
    sizes.run()
    _make_initializers_constant(model)
    return sizes.trips


def _make_initializers_constant(model: onnx.ModelProto) -> None:
    """Since version 4 of ONNX's files an initializer is a constant where it is no input as well."""
    model.ir_version = max(model.ir_version, 4)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(inputs)


def _is_true(value: np.ndarray | None) -> bool:
    return value is not None and value.size == 1 and bool(value.ravel()[0])


def _runs_through(body: onnx.GraphProto) -> bool:
    """Whether a loop's body never ends the loop: its condition is the one it was given, or always true."""
    given, wanted = body.input[1].name if len(body.input) > 1 else "", body.output[0].name if body.output else ""
    made = {name: node for node in body.node for name in node.output}
    while wanted in made and made[wanted].op_type == "Identity":
        wanted = made[wanted].input[0]
    if wanted in made and made[wanted].op_type == "Constant":
        return any(each.name == "value" and _is_true(numpy_helper.to_array(each.t)) for each in made[wanted].attribute)
    constants = {tensor.name: tensor for tensor in body.initializer}
    return wanted == given or (wanted in constants and _is_true(numpy_helper.to_array(constants[wanted])))


class _Sizes:
    """One walk over a graph; that of a branch sees the names of the graphs around it."""

    def __init__(self, where: str, graph: onnx.GraphProto, opsets: dict[str, int], outer: "_Sizes | None") -> None:
        self.where, self.graph, self.opsets, self.outer = where, graph, opsets, outer
        self.types: ChainMap[str, onnx.TypeProto] = outer.types.new_child() if outer else ChainMap()
        self.values: ChainMap[str, np.ndarray] = outer.values.new_child() if outer else ChainMap()
        self.tensors: ChainMap[str, onnx.TensorProto] = outer.tensors.new_child() if outer else ChainMap()
        self.calculated: Iterator[int] = outer.calculated if outer else itertools.count(1)
        self.outputs = {value.name for value in graph.output}
        self.trips: dict[str, int] = {}
        self.stated = {value.name: value.type for value in graph.value_info}
        self.found: dict[str, onnx.TypeProto] = {}
        self.fits = True

    def run(self) -> None:
        """Walks the graph and rewrites it."""
        graph = self.graph
        self.types.update({value.name: value.type for value in graph.input})
        for tensor in graph.initializer:
            self._know(tensor.name, tensor)
        kept = []
        for node in graph.node:
            if not self._calculated(node):
                kept.append(node)
        del graph.node[:]
        graph.node.extend(kept)
        self._state_found()

    def _state_found(self) -> None:
        """Writes out the types that ONNX's inference of the whole graph does not find."""
        others = [value for value in self.graph.value_info if value.name not in self.found]
        inner = [name for name in self.found if name not in self.outputs]
        del self.graph.value_info[:]
        self.graph.value_info.extend(others)
        self.graph.value_info.extend(onnx.ValueInfoProto(name=name, type=self.found[name]) for name in inner)
        for output in self.graph.output:
            if output.name in self.found:
                output.type.CopyFrom(self.found[output.name])

    def _know(self, name: str, tensor: onnx.TensorProto) -> None:
        """Notes a constant; its value only where it is small and lies in the file."""
        self.types[name] = onnx.helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))
        if math.prod(tensor.dims) <= MOST_ELEMENTS and not tensor.external_data:
            try:
                self.values[name] = numpy_helper.to_array(tensor)
            except _REFUSED:
                return
            self.tensors[name] = tensor

    def _branches(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """Walks the branches of an ``If``; one that cannot be taken becomes a graph without nodes.

        A known condition never takes it, or its shapes do not fit together where those of the other branch do: a file
        for two sampling rates has a branch for each, and the size of its input fits one.

        Returns:
            The values of the only branch that can be taken, if all are known.
        """
        branches = {each.name: each.g for each in node.attribute if each.HasField("g")}
        if branches.keys() != {"then_branch", "else_branch"}:
            return None
        condition = self.values.get(node.input[0]) if node.input else None
        is_known = condition is not None and condition.size == 1
        taken = ["then_branch" if _is_true(condition) else "else_branch"] if is_known else list(branches)
        walks = {name: _Sizes(self.where, branches[name], self.opsets, self) for name in taken}
        for walk in walks.values():
            walk.run()
        fitting = {name: walk for name, walk in walks.items() if walk.fits}
        self.fits = self.fits and bool(fitting)
        if len(fitting) == 1:
            ((name, walk),) = fitting.items()
            (other,) = branches.keys() - {name}
            branches[other].CopyFrom(onnx.GraphProto(name=branches[other].name, output=walk.results()))
        results = [walk.results() for walk in fitting.values()]
        for name, *each in zip(node.output, *results, strict=False):
            extents = {extents_of(result.type) for result in each}
            if name and len(extents) == 1 and None not in extents:
                self._find(name, each[0].type)
        if len(fitting) != 1:
            return None
        values = [walk.values.get(result.name) for walk in fitting.values() for result in walk.results()]
        known = [value for value in values if value is not None]
        return known if len(known) == len(values) == len(node.output) else None

    def results(self) -> list[onnx.ValueInfoProto]:
        """The graph's outputs, with the types that the walk found."""
        outputs = self.graph.output
        return [onnx.ValueInfoProto(name=each.name, type=self.types.get(each.name, each.type)) for each in outputs]

    def _find(self, name: str, kind: onnx.TypeProto) -> None:
        """Notes the type of a value; inside a branch, ONNX's inference would not know the constants around it."""
        self.types[name] = kind
        if self.outer is not None and extents_of(kind) is not None:
            self.found[name] = kind

    def _calculated(self, node: onnx.NodeProto) -> bool:
        """Infers a node's types, and its values where they follow; whether they replace the node."""
        if node.op_type == "Constant" and not node.domain:
            self._constant(node)
            return False
        self._say_what_inference_mistakes(node)
        if node.op_type == "If" and not node.domain:
            found = self._branches(node)
        else:
            self._infer(node)
            self._count_trips(node)
            found = self._value(node)
        if found is None:
            return False
        if next(self.calculated) > MOST_VALUES:
            raise SpecError(
                f"{self.where}: more than {MOST_VALUES:,} nodes calculate sizes; simplify it (onnxsim), or export it "
                "with fixed shapes"
            )
        is_output = any(name in self.outputs for name in node.output)  # a graph needs a node that makes it
        for name, value in zip(node.output, found, strict=False):
            if name:
                tensor = numpy_helper.from_array(np.asarray(value, order="C"), name)
                self._know(name, tensor)
                if not is_output:
                    self.graph.initializer.append(tensor)
        return not is_output

    def _constant(self, node: onnx.NodeProto) -> None:
        """A ``Constant``: a tensor or a list of numbers."""
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        value = attributes.get("value")
        if not isinstance(value, onnx.TensorProto):
            numbers = next((attributes[key] for key in _NUMBERS if key in attributes), None)
            if numbers is None:
                return
            kind = np.int64 if any(key in attributes for key in ("value_int", "value_ints")) else np.float32
            value = numpy_helper.from_array(np.asarray(numbers, kind))
        self._know(node.output[0], value)

    def _say_what_inference_mistakes(self, node: onnx.NodeProto) -> None:
        """Writes out what ONNX's inference takes otherwise than its operators do.

        The shape of a ConvTranspose with automatic padding, to which it adds output_padding; that an STFT is one-sided,
        which is the operator's default and not inference's.
        """
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type == "STFT" and "onesided" not in attributes:
            node.attribute.append(onnx.helper.make_attribute("onesided", 1))
        extents = extents_of(self.types[node.input[0]]) if node.input and node.input[0] in self.types else None
        if (
            node.op_type == "ConvTranspose"
            and extents is not None
            and attributes.get("auto_pad", b"") in (b"SAME_UPPER", b"SAME_LOWER")
            and "output_shape" not in attributes
        ):
            strides = attributes.get("strides", [1] * (len(extents) - 2))
            shape = [size * stride for size, stride in zip(extents[2:], strides, strict=False)]
            node.attribute.append(onnx.helper.make_attribute("output_shape", shape))

    def _count_trips(self, node: onnx.NodeProto) -> None:
        """Notes how often a ``Loop`` or a ``Scan`` runs, where that is known."""
        body = next((each.g for each in node.attribute if each.name == "body" and each.HasField("g")), None)
        if body is None or not node.output:
            return
        attributes = {
            each.name: onnx.helper.get_attribute_value(each) for each in node.attribute if each.name != "body"
        }
        if node.op_type == "Loop" and _runs_through(body):
            most, condition = (self.values.get(name) for name in (*node.input[:2], "", "")[:2])
            if (
                most is not None
                and most.size == 1
                and (not node.input[1:2] or not node.input[1] or _is_true(condition))
            ):
                self.trips[node.output[0]] = max(int(most.ravel()[0]), 0)
        elif node.op_type == "Scan":
            count = int(attributes.get("num_scan_inputs", 0))
            axes = attributes.get("scan_input_axes", [0] * count)
            first = node.input[len(node.input) - count] if 0 < count <= len(node.input) else ""
            extents = extents_of(self.types[first]) if first in self.types else None
            if extents and axes and -len(extents) <= axes[0] < len(extents):
                self.trips[node.output[0]] = extents[axes[0]]

    def _infer(self, node: onnx.NodeProto) -> None:
        """The types of a node's outputs, as far as ONNX or the file says."""
        for name in node.output:
            if name in self.stated:
                self.types[name] = self.stated[name]
        if any(name and name not in self.types for name in node.input):
            return
        if node.domain == DOMAIN:
            self._infer_of_runtime(node)
            return
        try:
            schema = onnx.defs.get_schema(node.op_type, self.opsets[node.domain], node.domain)
            types = {name: self.types[name] for name in node.input if name}
            data = {name: self.tensors[name] for name in node.input if name in self.tensors}
            found = infer_node(self.where, schema, node, types, data, self.opsets)
        except shape_inference.InferenceError:
            self.fits = False
            return
        except SpecError:  # it takes too long, or too much memory
            raise
        except _REFUSED:
            return
        for name, kind in found.items():
            if extents_of(kind) is not None or name not in self.types:
                self._find(name, kind)

    def _infer_of_runtime(self, node: onnx.NodeProto) -> None:
        """The types of an operator of ONNX Runtime's own domain, which the graph has to state."""
        operator = OPERATORS.get(node.op_type)
        if operator is None:
            return
        extents = [extents_of(self.types[name]) if name else None for name in node.input]
        operands = [None if each is None else Operand(each, CONSTANT) for each in extents]
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        try:
            shapes = operator.shapes(Node(node.name, operands, [], attributes))
            element = self.types[node.input[operator.typed_like]].tensor_type.elem_type
            for name, shape in zip(node.output, shapes, strict=False):
                if name:
                    self.types[name] = self.found[name] = onnx.helper.make_tensor_type_proto(element, shape)
        except _REFUSED:
            return

    def _value(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """A node's results where they follow from known shapes and values and are small."""
        if node.domain:
            return None
        if node.op_type in ("Shape", "Size"):
            return self._measured(node)
        if node.op_type not in _CALCULATED or not all(name in self.values for name in node.input if name):
            return None
        inputs = sum(self.values[name].size for name in node.input if name)
        for name in node.output:
            extents = extents_of(self.types[name]) if name in self.types else None
            small = extents is not None and math.prod(extents) <= MOST_ELEMENTS
            if name and not small and not (node.op_type in _BOUNDED_BY_INPUTS and inputs <= MOST_ELEMENTS):
                return None
        return self._evaluated(node)

    def _measured(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """``Shape`` or ``Size`` of a value whose extents are known."""
        extents = extents_of(self.types[node.input[0]]) if node.input and node.input[0] in self.types else None
        if extents is None:
            return None
        if node.op_type == "Size":
            return [np.asarray(math.prod(extents), np.int64)]
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
        return [np.asarray(extents[attributes.get("start", 0) : attributes.get("end", len(extents))], np.int64)]

    def _evaluated(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """What ONNX's reference operator makes of known values."""
        given = {name: self.values[name] for name in node.input if name}
        inputs = [
            onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
            for name, value in given.items()
        ]
        outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
        graph = onnx.helper.make_graph([node], "sizes", inputs, outputs)
        opsets = [onnx.helper.make_opsetid("", self.opsets.get("", onnx.defs.onnx_opset_version()))]
        try:
            with np.errstate(all="ignore"):
                found: Any = ReferenceEvaluator(onnx.helper.make_model(graph, opset_imports=opsets)).run(None, given)
        except _REFUSED:
            return None
        results = dict(zip([name for name in node.output if name], found, strict=False))
        values = [np.asarray(results[name]) for name in node.output if name in results]
        if any(value.size > MOST_ELEMENTS or value.dtype.kind not in "biuf" for value in values):
            return None
        return values if len(values) == len(node.output) else None


_NUMBERS = ("value_int", "value_ints", "value_float", "value_floats")


def extents_of(kind: onnx.TypeProto) -> tuple[int, ...] | None:
    """The extents of a tensor, if all are known."""
    tensor = kind.tensor_type
    if not tensor.HasField("shape") or not all(
        dim.HasField("dim_value") and dim.dim_value >= 0 for dim in tensor.shape.dim
    ):
        return None
    return tuple(dim.dim_value for dim in tensor.shape.dim)
