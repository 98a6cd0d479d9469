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
from collections.abc import Iterator, Sequence

import numpy as np
import onnx
from onnx import numpy_helper, shape_inference

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.collector import printable
from eyeriss_jax.layers.importers.onnx_file import attributes_of, path_of
from eyeriss_jax.layers.importers.onnx_guarded import Answers, infer_node
from eyeriss_jax.layers.importers.onnx_loops import collected, count_trips, give_shapes, is_true
from eyeriss_jax.layers.importers.onnx_mistakes import is_mistaken, say_what_inference_mistakes
from eyeriss_jax.layers.importers.onnx_products import Node, Operand
from eyeriss_jax.layers.importers.onnx_reference import evaluated, most_elements
from eyeriss_jax.layers.importers.onnx_runtime import DOMAIN, OPERATORS
from eyeriss_jax.layers.importers.origins import CONSTANT

MOST_ELEMENTS = 1024
MOST_VALUES = 6_000

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
ConstantOfShape Expand If Loop Pad Range Reshape Resize Scan Shape Size Slice Tile
"""
_WORTH_A_WALK = frozenset(_WALKED_FOR.split())

# Operators whose results have at most as many elements as their inputs have together, times the axes of these.
_BOUNDED_BY_INPUTS = frozenset({"NonZero"})

# What inference and the reference operators raise on a node that is no good; the strict inference then says why.
_REFUSED = (Exception,)


def calculate_sizes(where: str, model: onnx.ModelProto) -> list[str]:
    """Turns what follows from shapes and constants into constants; an ``If`` of a known condition keeps one branch.

    Branches and bodies of loops are walked too; how often a ``Loop`` runs is written on it (:mod:`.onnx_loops`). Shapes
    that ONNX's own inference cannot find in the whole graph, inside a branch and behind operators of ONNX Runtime's
    domain, are stated in it.

    Returns:
        What a user should know: which branches cannot be taken since the sizes do not fit them.

    Args:
        where: the model, for messages.
        model: changed in place; its symbolic axes have numbers and its large weights are inputs.

    Raises:
        SpecError: more than :data:`MOST_VALUES` nodes calculate sizes.
    """
    if not any(
        node.op_type in _WORTH_A_WALK or node.domain == DOMAIN or is_mistaken(node) for node in model.graph.node
    ):
        return []
    opsets = {each.domain or "": each.version for each in model.opset_import}
    sizes = _Sizes(where, model.graph, opsets, None)
    sizes.run()
    _make_initializers_constant(model)
    return sizes.notes


def _make_initializers_constant(model: onnx.ModelProto) -> None:
    """Since version 4 of ONNX's files an initializer is a constant where it is no input as well."""
    model.ir_version = max(model.ir_version, 4)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(inputs)


class _Sizes:
    """One walk over a graph; that of a branch sees the names of the graphs around it."""

    def __init__(self, where: str, graph: onnx.GraphProto, opsets: dict[str, int], outer: "_Sizes | None") -> None:
        self.where, self.graph, self.opsets, self.outer = where, graph, opsets, outer
        self.opset = opsets.get("", onnx.defs.onnx_opset_version())
        self.types: ChainMap[str, onnx.TypeProto] = outer.types.new_child() if outer else ChainMap()
        self.values: ChainMap[str, np.ndarray] = outer.values.new_child() if outer else ChainMap()
        self.tensors: ChainMap[str, onnx.TensorProto] = outer.tensors.new_child() if outer else ChainMap()
        self.calculated: Iterator[int] = outer.calculated if outer else itertools.count(1)
        self.answers: Answers = outer.answers if outer else Answers(where)
        self.outputs = {value.name for value in graph.output}
        self.notes: list[str] = outer.notes if outer else []
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

    def _know(self, name: str, tensor: onnx.TensorProto, value: np.ndarray | None = None) -> None:
        """Notes a constant; its value, if it is not given, only where it is small and lies in the file."""
        self.types[name] = onnx.helper.make_tensor_type_proto(tensor.data_type, list(tensor.dims))
        if is_small(tensor.dims) and not tensor.external_data:
            try:
                self.values[name] = numpy_helper.to_array(tensor) if value is None else value
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
        taken = ["then_branch" if is_true(condition) else "else_branch"] if is_known else list(branches)
        walks = {name: _Sizes(self.where, branches[name], self.opsets, self) for name in taken}
        for walk in walks.values():
            walk.run()
        fitting = {name: walk for name, walk in walks.items() if walk.fits}
        self.fits = self.fits and bool(fitting)
        if len(fitting) == 1:
            ((name, walk),) = fitting.items()
            (other,) = branches.keys() - {name}
            if not is_known:
                which, where = other.replace("_", " "), printable("/".join(path_of(node)))
                self.notes.append(f"the {which} of {where} does not fit the sizes of the inputs; the other one counts")
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

    def _body(self, node: onnx.NodeProto) -> None:
        """Walks the body of a loop.

        What a trip hands on to the next has the shape that it is given first, if the body then makes that shape of it;
        otherwise its shape may change from trip to trip, and the body is left as it is.
        """
        if node.op_type == "Loop":
            count_trips(node, self.values)
        body = next((each.g for each in node.attribute if each.name == "body" and each.HasField("g")), None)
        if body is None:
            return
        before = onnx.GraphProto()
        before.CopyFrom(body)
        handed_on = give_shapes(node, body, self.types.get)
        walk = _Sizes(self.where, body, self.opsets, self)
        walk.run()
        made = {result.name: result.type for result in walk.results()}
        for given, result, outer in handed_on:
            if extents_of(made[result]) != extents_of(given):
                body.CopyFrom(before)
                return
            if outer and extents_of(given) is not None:
                self.types[outer] = self.found[outer] = given
        for name, kind in collected(node, walk.results()[1 + len(node.input[2:]) :]):
            self.types[name] = self.found[name] = kind
        self.fits = self.fits and walk.fits

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
        if is_mistaken(node):
            say_what_inference_mistakes(node, self._extents(node.input[0]) if node.input else None)
        if node.op_type == "If" and not node.domain:
            found = self._branches(node)
        else:
            found = self._value_of_sizes(node)
            if found is None:
                self._infer(node)
                if node.op_type in ("Loop", "Scan") and not node.domain:
                    self._body(node)
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
                self._know(name, tensor, value)
                if not is_output:
                    self.graph.initializer.append(tensor)
        return not is_output

    def _constant(self, node: onnx.NodeProto) -> None:
        """A ``Constant``: a tensor or a list of numbers."""
        attributes = attributes_of(node)
        sparse = attributes.get("sparse_value")
        if isinstance(sparse, onnx.SparseTensorProto):
            self.types[node.output[0]] = onnx.helper.make_tensor_type_proto(sparse.values.data_type, list(sparse.dims))
            return
        value = attributes.get("value")
        if not isinstance(value, onnx.TensorProto):
            numbers = next((attributes[key] for key in _NUMBERS if key in attributes), None)
            if numbers is None:
                return
            kind = np.int64 if any(key in attributes for key in ("value_int", "value_ints")) else np.float32
            value = numpy_helper.from_array(np.asarray(numbers, kind))
        self._know(node.output[0], value)

    def _extents(self, name: str) -> tuple[int, ...] | None:
        """The extents of a value, if all are known."""
        return extents_of(self.types[name]) if name in self.types else None

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
            found = infer_node(self.answers, schema, node, types, data, self.opsets)
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
        attributes = attributes_of(node)
        try:
            shapes = operator.shapes(Node(node.name, operands, [], attributes))
            element = self.types[node.input[operator.typed_like]].tensor_type.elem_type
            for name, shape in zip(node.output, shapes, strict=False):
                if name:
                    self.types[name] = self.found[name] = onnx.helper.make_tensor_type_proto(element, shape)
        except _REFUSED:
            return

    def _value_of_sizes(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """A node's results where the sizes of its inputs say that they are small, without asking ONNX's inference."""
        if node.domain:
            return None
        if node.op_type in ("Shape", "Size"):
            return self._measured(node)
        if not node.input or not all(name in self.values for name in node.input if name):
            return None
        most = most_elements(node, [self.values[name] if name else None for name in node.input], self.opset)
        if most is None or most > MOST_ELEMENTS:
            return None
        found = self._evaluated(node)
        for name, value in zip(node.output, found or (), strict=False):
            if name:
                kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
                self._find(name, onnx.helper.make_tensor_type_proto(kind, value.shape))
        return found

    def _value(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """A node's results where they follow from known shapes and values and are small."""
        if node.domain or node.op_type not in _CALCULATED:
            return None
        if not all(name in self.values for name in node.input if name):
            return None
        inputs = sum(self.values[name].size for name in node.input if name)
        for name in node.output:
            extents = extents_of(self.types[name]) if name in self.types else None
            small = extents is not None and is_small(extents)
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
        attributes = attributes_of(node)
        return [np.asarray(extents[attributes.get("start", 0) : attributes.get("end", len(extents))], np.int64)]

    def _evaluated(self, node: onnx.NodeProto) -> list[np.ndarray] | None:
        """What ONNX's reference operator makes of known values."""
        try:
            values = evaluated(node, [self.values[name] if name else None for name in node.input], self.opset)
        except _REFUSED:
            return None
        if any(value.size > MOST_ELEMENTS or value.dtype.kind not in "biuf" for value in values):
            return None
        return values if len(values) == len(node.output) else None


def is_small(extents: Sequence[int]) -> bool:
    """Whether values of such a shape are worked with.

    No extent may be large even where another is 0: operators make ranges as long as one axis.
    """
    return math.prod(extents) <= MOST_ELEMENTS and max(extents, default=0) <= MOST_ELEMENTS


_NUMBERS = ("value_int", "value_ints", "value_float", "value_floats")


def extents_of(kind: onnx.TypeProto) -> tuple[int, ...] | None:
    """The extents of a tensor, if all are known."""
    tensor = kind.tensor_type
    if not tensor.HasField("shape"):
        return None
    extents = []
    for dim in tensor.shape.dim:
        if not dim.HasField("dim_value") or dim.dim_value < 0:
            return None
        extents.append(dim.dim_value)
    return tuple(extents)
