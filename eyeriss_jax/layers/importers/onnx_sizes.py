"""Sizes that an ONNX graph computes itself: where all inputs have numbers, so have the shapes it calculates.

Exporters write ``Shape -> Gather -> Mul -> Concat -> Reshape`` where the size was known all along. ONNX's own inference
carries such values through few operators and none of opset 13 or older. One walk over the graph, node by node with
ONNX's inference for the types and its reference operators for the values, turns every small tensor that follows from
shapes and constants into a constant; the inference of the whole graph does the rest.

Nothing large is computed: a value is worked out only where inference says beforehand that it has at most
:data:`MOST_ELEMENTS`, from inputs of at most as many, and for at most :data:`MOST_VALUES` nodes.
"""

import math
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from eyeriss_jax.errors import SpecError

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
ConstantOfShape ConvTranspose Expand If Loop Pad Range Reshape Resize Scan Shape Size Slice Tile
"""
_WORTH_A_WALK = frozenset(_WALKED_FOR.split())

# Operators whose results have at most as many elements as their inputs have together, times the axes of these.
_BOUNDED_BY_INPUTS = frozenset({"NonZero"})

# What inference and the reference operators raise on a node that is no good; the strict inference then says why.
_REFUSED = (Exception,)


def calculate_sizes(where: str, model: onnx.ModelProto) -> dict[str, int]:
    """Turns what follows from shapes and constants into constants; an ``If`` of a known condition keeps one branch.

    Returns:
        How often each ``Loop`` and ``Scan`` runs, by the name of its first output, where that is known.

    Args:
        where: the model, for messages.
        model: changed in place; its symbolic axes have numbers and its large weights are inputs.

    Raises:
        SpecError: more than :data:`MOST_VALUES` nodes calculate sizes.
    """
    if not any(node.op_type in _WORTH_A_WALK for node in model.graph.node):
        return {}
    sizes = _Sizes(where, model)
    sizes.run()
    return sizes.trips


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
    """One walk over a graph."""

    def __init__(self, where: str, model: onnx.ModelProto) -> None:
        self.where, self.model = where, model
        self.opsets = {each.domain or "": each.version for each in model.opset_import}
        self.types: dict[str, onnx.TypeProto] = {value.name: value.type for value in model.graph.input}
        self.values: dict[str, np.ndarray] = {}
        self.tensors: dict[str, onnx.TensorProto] = {}
        self.calculated = 0
        self.outputs = {value.name for value in model.graph.output}
        self.trips: dict[str, int] = {}
        self.stated = {value.name: value.type for value in model.graph.value_info}

    def run(self) -> None:
        """Walks the graph and rewrites it."""
        graph = self.model.graph
        for tensor in graph.initializer:
            self._know(tensor.name, tensor)
        kept = []
        for node in graph.node:
            if node.op_type == "If":
                self._take_branch(node)
            if not self._calculated(node):
                kept.append(node)
        del graph.node[:]
        graph.node.extend(kept)
        self._make_initializers_constant()

    def _make_initializers_constant(self) -> None:
        """Since version 4 of ONNX's files an initializer is a constant where it is no input as well."""
        graph = self.model.graph
        self.model.ir_version = max(self.model.ir_version, 4)
        constants = {tensor.name for tensor in graph.initializer}
        inputs = [value for value in graph.input if value.name not in constants]
        del graph.input[:]
        graph.input.extend(inputs)

    def _know(self, name: str, tensor: onnx.TensorProto) -> None:
        """Notes a constant; its value only where it is small and lies in the file."""
        self.types[name] = onnx.helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))
        if math.prod(tensor.dims) <= MOST_ELEMENTS and not tensor.external_data:
            try:
                self.values[name] = numpy_helper.to_array(tensor)
            except _REFUSED:
                return
            self.tensors[name] = tensor

    def _take_branch(self, node: onnx.NodeProto) -> None:
        """Gives an ``If`` of a known condition the branch that it takes twice: names inside a branch are its own."""
        condition = self.values.get(node.input[0]) if node.input else None
        if condition is None or condition.size != 1:
            return
        taken = "then_branch" if _is_true(condition) else "else_branch"
        branches = {each.name: each.g for each in node.attribute if each.HasField("g")}
        if branches.keys() == {"then_branch", "else_branch"}:
            other = ({"then_branch", "else_branch"} - {taken}).pop()
            branches[other].CopyFrom(branches[taken])

    def _calculated(self, node: onnx.NodeProto) -> bool:
        """Infers a node's types, and its values where they follow; whether they replace the node."""
        if node.op_type == "Constant" and not node.domain:
            self._constant(node)
            return False
        self._state_output(node)
        self._infer(node)
        self._count_trips(node)
        found = self._value(node)
        if found is None:
            return False
        self.calculated += 1
        if self.calculated > MOST_VALUES:
            raise SpecError(
                f"{self.where}: more than {MOST_VALUES:,} nodes calculate sizes; simplify it (onnxsim), or export it "
                "with fixed shapes"
            )
        for name, value in zip(node.output, found, strict=False):
            if name:
                tensor = numpy_helper.from_array(np.asarray(value, order="C"), name)
                self.model.graph.initializer.append(tensor)
                self._know(name, tensor)
        return True

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

    def _state_output(self, node: onnx.NodeProto) -> None:
        """Writes out the shape of a ConvTranspose with automatic padding, to which inference adds output_padding."""
        attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
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
        try:
            schema = onnx.defs.get_schema(node.op_type, self.opsets[node.domain], node.domain)
            types = {name: self.types[name] for name in node.input if name}
            data = {name: self.tensors[name] for name in node.input if name in self.tensors}
            opsets = [onnx.helper.make_opsetid(*each) for each in self.opsets.items()]
            found = shape_inference.infer_node_outputs(schema, node, types, data, opset_imports=opsets)
        except _REFUSED:
            return
        for name, kind in found.items():
            if extents_of(kind) is not None or name not in self.types:
                self.types[name] = kind

    def _value(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """A node's results where they follow from known shapes and values and are small."""
        if node.domain or any(name in self.outputs for name in node.output):
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
