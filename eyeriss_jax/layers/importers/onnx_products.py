"""ONNX's convolutions and products as layers."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from typing import Any, NamedTuple

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.axis import output_size
from eyeriss_jax.layers.bits import Bits
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.importers.convolution import Convolution
from eyeriss_jax.layers.importers.origins import Activation, Origin, is_parameter
from eyeriss_jax.layers.importers.products import product_layer
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.padding import same_padding

Shape = tuple[int, ...]

_AUTOMATIC = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")


class Operand(NamedTuple):
    """A value by its shape, where it comes from, and the width in bits in which the file stores it, if it says so."""

    shape: Shape
    origin: Origin
    bits: int | None = None


class Node(NamedTuple):
    """An operator applied: what its rule needs."""

    name: str
    inputs: Sequence[Operand | None]
    outputs: Sequence[Shape]
    attributes: Dictionary[str, Any]

    def operand(self, index: int) -> Operand:
        """An input that must be there, with every extent known.

        Raises:
            SpecError: it is not.
        """
        value = self.inputs[index] if index < len(self.inputs) else None
        if value is None:
            raise SpecError(f"layer {self.name!r}: input {index} is missing or has no known shape; export it again")
        return value


def product_of(
    name: str, rows: Sequence[int], summed: int, groups: int, left: Operand, right: Operand, repeat: int = 1
) -> Layer:
    """A product of two operands as a layer; see :func:`product_layer`."""
    return product_layer(
        name, rows, summed, groups, (left.origin, right.origin), repeat, widths=(left.bits, right.bits)
    )


def _bits(image: Operand, filters: Operand) -> Bits | None:
    """The widths of a convolution's operands, if the file states any."""
    return None if image.bits is None and filters.bits is None else Bits(image.bits, filters.bits)


def convolution(node: Node, image: Operand, filters: Operand) -> Convolution:
    """Conv and its integer kin: NC<spatial> x MC<taps>."""
    axes = len(image.shape) - 2
    taps, size = filters.shape[2:], image.shape[2:]
    _check_taps(node, taps)
    stride, dilation = _per_axis(node, "strides", axes), _per_axis(node, "dilations", axes)
    automatic = automatic_padding(node)
    if automatic in ("SAME_UPPER", "SAME_LOWER"):
        padding = [same_padding(*axis) for axis in zip(size, taps, stride, dilation, strict=True)]
        padding = padding if automatic == "SAME_UPPER" else [(after, before) for before, after in padding]
    else:
        padding = _pads(node, axes, automatic)
    groups = _groups(node)
    if filters.shape[0] % groups:
        raise SpecError(
            f"layer {node.name!r}: {groups} groups do not divide {filters.shape[0]} filters; export it again"
        )
    if groups * filters.shape[1] != image.shape[1]:
        raise SpecError(
            f"layer {node.name!r}: {groups} groups of {filters.shape[1]} channels do not make {image.shape[1]}; export "
            f"it again"
        )
    return Convolution(
        batch=image.shape[0],
        groups=groups,
        in_channels=filters.shape[1],
        out_channels=filters.shape[0] // groups,
        size=size,
        taps=taps,
        stride=stride,
        dilation=dilation,
        input_stride=(1,) * axes,
        padding=padding,
        outputs=[output_size(*axis) for axis in zip(size, taps, stride, dilation, padding, strict=True)],
        bits=_bits(image, filters),
    )


def transposed_convolution(node: Node) -> Convolution:
    """ConvTranspose: a convolution of stride 1 over the zero-stuffed input, padded to give the outputs of the file."""
    image, filters = node.operand(0), node.operand(1)
    axes = len(image.shape) - 2
    taps, size, outputs = filters.shape[2:], image.shape[2:], node.outputs[0][2:]
    _check_taps(node, taps)
    stride, dilation = _per_axis(node, "strides", axes), _per_axis(node, "dilations", axes)
    extra = _per_axis(node, "output_padding", axes, 0)
    if any(more >= max(steps) for more, *steps in zip(extra, stride, dilation, strict=True)):
        raise SpecError(
            f"layer {node.name!r}: output_padding = {extra} is not below the strides {stride} or the dilations "
            f"{dilation} on each axis; export it again"
        )
    automatic = automatic_padding(node)
    asked = "output_shape" in node.attributes or automatic in ("SAME_UPPER", "SAME_LOWER")
    pads = [(0, 0)] * axes if asked else _pads(node, axes, automatic)
    padding = []
    for axis in range(axes):
        reach = (taps[axis] - 1) * dilation[axis]
        stuffed = (size[axis] - 1) * stride[axis] + 1
        cut = pads[axis][0]
        if asked:  # the operator spreads what is too much over both sides
            total = stuffed + extra[axis] + reach - outputs[axis]
            cut = total // 2 if automatic == "SAME_UPPER" else total - total // 2
        padding.append((reach - cut, outputs[axis] + reach - stuffed - (reach - cut)))
    groups = _groups(node)
    if filters.shape[0] != image.shape[1] or filters.shape[0] % groups:
        raise SpecError(
            f"layer {node.name!r}: filters of {filters.shape[0]} channels in {groups} groups do not suit an input of "
            f"{image.shape[1]}; export it again"
        )
    return Convolution(
        batch=image.shape[0],
        groups=groups,
        in_channels=filters.shape[0] // groups,
        out_channels=filters.shape[1],
        size=size,
        taps=taps,
        stride=(1,) * axes,
        dilation=dilation,
        input_stride=stride,
        padding=padding,
        outputs=outputs,
        bits=_bits(image, filters),
    )


def matmul(node: Node, left: Operand, right: Operand) -> list[Layer]:
    """MatMul as NumPy has it: leading axes that both operands have are groups, those of one are rows of it."""
    a = (1, *left.shape) if len(left.shape) == 1 else left.shape
    b = (*right.shape, 1) if len(right.shape) == 1 else right.shape
    axes = max(len(a), len(b)) - 2
    a, b = (1,) * (axes + 2 - len(a)) + a, (1,) * (axes + 2 - len(b)) + b
    _check_summed(node, a[-1], b[-2])
    groups, rows = 1, [a[-2], b[-1]]
    for first, second in zip(a[:-2], b[:-2], strict=True):
        if first == second:
            groups *= first
        else:
            rows = [rows[0] * first, rows[1] * second]
    return [product_of(node.name, rows, a[-1], groups, left, right)]


def gemm(node: Node) -> list[Layer]:
    """Gemm: two matrices, each perhaps transposed."""
    left, right = node.operand(0), node.operand(1)
    rows, summed = left.shape[::-1] if node.attributes.get("transA", 0) else left.shape
    depth, columns = right.shape[::-1] if node.attributes.get("transB", 0) else right.shape
    _check_summed(node, summed, depth)
    return [product_of(node.name, (rows, columns), summed, 1, left, right)]


def _check_summed(node: Node, left: int, right: int) -> None:
    """Refuses operands of two lengths, which ONNX's inference does not always see."""
    if left != right:
        raise SpecError(f"layer {node.name!r}: operands of {left} and {right} do not multiply; export it again")


def attention(node: Node) -> list[Layer]:
    """Attention (opset 23): queries against all keys, the probabilities against all values.

    Heads that share keys and values are columns of one product, as in grouped-query attention.
    """
    queries, keys, values = (node.operand(index) for index in range(3))
    attributes = node.attributes
    heads = _heads(queries.shape, attributes.get("q_num_heads", 0))
    key_heads, value_heads = (_heads(each.shape, attributes.get("kv_num_heads", 0)) for each in (keys, values))
    past = node.inputs[4] if len(node.inputs) > 4 else None
    _check_summed(node, heads[3], key_heads[3])
    length = key_heads[2] + (past.shape[2] if past is not None else 0)
    shared = max(heads[1] // key_heads[1], 1)
    groups = queries.shape[0] * key_heads[1]
    scores = product_of(f"{node.name}/scores", (shared * heads[2], length), heads[3], groups, queries, keys)
    probabilities = Operand(queries.shape, Activation.PRODUCT, queries.bits)
    held = values._replace(origin=values.origin if is_parameter(values.origin) else Activation.PLAIN)
    mixed = product_of(f"{node.name}/values", (shared * heads[2], value_heads[3]), length, groups, probabilities, held)
    return [scores, mixed]


def recurrence(node: Node) -> list[Layer]:
    """LSTM, GRU and RNN: all steps' inputs in one product, one product of the state a step; directions are groups."""
    inputs, weights, recurrent = (node.operand(index) for index in range(3))
    directions, rows, features = weights.shape
    first, second, _ = inputs.shape
    _check_summed(node, inputs.shape[2], features)
    steps, batch = (second, first) if node.attributes.get("layout", 0) else (first, second)
    projected = product_of(f"{node.name}/input", (steps * batch, directions * rows), features, 1, inputs, weights)
    state = Operand((batch, rows), Activation.PRODUCT, inputs.bits)
    return [
        projected,
        product_of(f"{node.name}/state", (batch, rows), recurrent.shape[2], directions, state, recurrent, steps),
    ]


def _heads(shape: Shape, heads: int) -> Shape:
    """[B, heads, tokens, width] of a tensor that is that or [B, tokens, heads x width]."""
    return shape if len(shape) == 4 else (shape[0], heads, shape[1], shape[2] // heads)


def _per_axis(node: Node, attribute: str, axes: int, default: int = 1) -> list[int]:
    """An attribute with one integer per spatial axis."""
    values = [int(value) for value in node.attributes.get(attribute, [default] * axes)]
    if len(values) != axes or any(value < default for value in values):
        raise SpecError(
            f"layer {node.name!r}: {attribute} = {values} does not suit {axes} spatial axes; export it again"
        )
    return values


def _check_taps(node: Node, taps: Shape) -> None:
    """Refuses a kernel_shape, which may be left out, other than that of the weights."""
    stated = [int(extent) for extent in node.attributes.get("kernel_shape", [])]
    if stated and stated != list(taps):
        raise SpecError(
            f"layer {node.name!r}: kernel_shape = {stated}, but its weights have {list(taps)}; leave the attribute "
            f"out, or export it again"
        )


def _groups(node: Node) -> int:
    """Groups of channels."""
    groups = int(node.attributes.get("group", 1))
    if groups < 1:
        raise SpecError(f"layer {node.name!r}: group = {groups} is below 1; export it again")
    return groups


def automatic_padding(node: Node) -> str:
    """How a convolution or a pooling is padded.

    Raises:
        SpecError: none of the four ways that ONNX knows.
    """
    automatic = text_of(node.attributes.get("auto_pad", "")) or "NOTSET"
    if automatic not in _AUTOMATIC:
        raise SpecError(
            f"layer {node.name!r}: auto_pad = {automatic[:60]!r} is none of {', '.join(_AUTOMATIC)}; export it again"
        )
    return automatic


def check_window(node: Node) -> None:
    """Refuses a pooling that is padded in no way that ONNX knows, or by as much as its window or more.

    Such a window would see nothing but padding; ONNX Runtime refuses it too (``pool_attributes.h``, where dilation does
    not count).

    Raises:
        SpecError: it says which.
    """
    explicit = automatic_padding(node) == "NOTSET"
    taps = [int(each) for each in node.attributes.get("kernel_shape", [])]
    apart = [int(each) for each in node.attributes.get("dilations", [1] * len(taps))]
    spans = [(tap - 1) * dilation + 1 for tap, dilation in zip(taps, apart, strict=True)]
    pads = [int(pad) for pad in node.attributes.get("pads", [])] if explicit else []
    wide = [(pad, span) for pad, span in zip(pads, 2 * spans, strict=False) if pad >= span]
    if wide:
        raise SpecError(
            f"layer {node.name!r}: a padding of {wide[0][0]:,} is as long as the window, {wide[0][1]:,}, or longer; "
            "pad by less, or with a Pad before it"
        )


def _pads(node: Node, axes: int, automatic: str) -> list[Pair]:
    """Explicit padding (before, after) per axis."""
    values = [int(value) for value in node.attributes.get("pads", [])] if automatic != "VALID" else []
    values = values or [0] * (2 * axes)
    if len(values) != 2 * axes:
        raise SpecError(f"layer {node.name!r}: pads = {values} does not suit {axes} spatial axes; export it again")
    return list(zip(values[:axes], values[axes:], strict=True))


def text_of(value: Any) -> str:
    """A string attribute."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


RULES: dict[str, Callable[[Node], list[Layer] | Convolution]] = {
    "Attention": attention,
    "Conv": lambda node: convolution(node, node.operand(0), node.operand(1)),
    "ConvInteger": lambda node: convolution(node, node.operand(0), node.operand(1)),
    "ConvTranspose": transposed_convolution,
    "GRU": recurrence,
    "Gemm": gemm,
    "LSTM": recurrence,
    "MatMul": lambda node: matmul(node, node.operand(0), node.operand(1)),
    "MatMulInteger": lambda node: matmul(node, node.operand(0), node.operand(1)),
    "QLinearConv": lambda node: convolution(node, node.operand(0), node.operand(3)),
    "QLinearMatMul": lambda node: matmul(node, node.operand(0), node.operand(3)),
    "RNN": recurrence,
}
