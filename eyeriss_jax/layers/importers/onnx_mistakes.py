"""What ONNX's shape inference takes otherwise than its operators do, written out so that it cannot.

* ConvTranspose with automatic padding: inference adds output_padding to the shape that the padding is chosen for.
* STFT: one-sided unless it says otherwise, two-sided to inference.
* Pooling with ceil_mode: a last window that would start in the padding behind the input is left out by the operators
  (as by PyTorch), not by inference.
"""

from typing import Any

import onnx

from eyeriss_jax.layers.importers.onnx_file import attributes_of

_POOLING = frozenset({"AveragePool", "LpPool", "MaxPool"})


def is_mistaken(node: onnx.NodeProto) -> bool:
    """Whether inference may be wrong about the operator."""
    if node.op_type in _POOLING:
        return any(each.name == "ceil_mode" and each.i for each in node.attribute)
    return node.op_type in ("ConvTranspose", "STFT")


def say_what_inference_mistakes(node: onnx.NodeProto, extents: tuple[int, ...] | None) -> None:
    """Changes the attributes of a node so that inference finds the shape that its operator makes.

    Args:
        node: changed in place.
        extents: of its first input, if they are known.
    """
    if not is_mistaken(node):
        return
    attributes = attributes_of(node)
    if node.op_type == "STFT":
        node.attribute.append(onnx.helper.make_attribute("onesided", attributes.get("onesided", 1)))
    elif extents is not None and node.op_type == "ConvTranspose":
        _transposed(node, attributes, extents[2:])
    elif extents is not None:
        _pooling(node, attributes, extents[2:])


def _transposed(node: onnx.NodeProto, attributes: dict[str, Any], size: tuple[int, ...]) -> None:
    """States the output shape of automatic padding: the input's times the strides."""
    if attributes.get("auto_pad", b"") not in (b"SAME_UPPER", b"SAME_LOWER") or "output_shape" in attributes:
        return
    strides = attributes.get("strides", [1] * len(size))
    shape = [extent * stride for extent, stride in zip(size, strides, strict=False)]
    node.attribute.append(onnx.helper.make_attribute("output_shape", shape))


def _pooling(node: onnx.NodeProto, attributes: dict[str, Any], size: tuple[int, ...]) -> None:
    """Pads behind the input up to the last window that starts before its end, and rounds down instead."""
    axes = len(size)
    pads, ones = list(attributes.get("pads", [0] * 2 * axes)), [1] * axes
    taps, strides = attributes.get("kernel_shape", ones), attributes.get("strides", ones)
    steps = attributes.get("dilations", ones)
    explicit = attributes.get("auto_pad", b"NOTSET") == b"NOTSET"
    if not explicit or not len(taps) == len(strides) == len(steps) == len(pads) / 2 == axes or min(strides) < 1:
        return
    for axis, extent in enumerate(size):
        reach = (taps[axis] - 1) * steps[axis] + 1
        padded = extent + pads[axis] + pads[axes + axis]
        windows = -(-(padded - reach) // strides[axis]) + 1
        if (windows - 1) * strides[axis] >= extent + pads[axis]:
            windows -= 1
        pads[axes + axis] += (windows - 1) * strides[axis] + reach - padded
    if min(pads) < 0:  # what is cut off is cut off by inference as well
        pads = [max(each, 0) for each in pads]
    given = {each.name: each for each in node.attribute}
    given["ceil_mode"].i = 0
    if "pads" not in given:
        given["pads"] = node.attribute.add(name="pads", type=onnx.AttributeProto.INTS)
    given["pads"].ints[:] = pads
