"""Bit widths of the values of an ONNX graph, as they are stored.

A value that is dequantised before it is used has the width that it is stored in: what reads it, through operators that
only move values, finds that width. Computation in the file's own type (float32 behind a DequantizeLinear) says how the
file emulates the numbers, not how wide they are.
"""

import re
from collections.abc import Sequence

import onnx

from eyeriss_jax.layers.importers.onnx_kinds import MOVEMENT

_MAKES_ITS_OWN = frozenset(
    {"BitCast", "Cast", "CastLike", "Constant", "ConstantOfShape", "EyeLike", "OneHot", "Range", "Shape", "Size"}
)
_CARRIES = (MOVEMENT - _MAKES_ITS_OWN) | {"DequantizeLinear"}


def bits_of(kind: onnx.TypeProto) -> int | None:
    """Bits of one element of a tensor; None where it is no number."""
    return _BITS.get(kind.tensor_type.elem_type)


def _bits_in(name: str) -> int | None:
    """Bits of a number of the type that ONNX calls ``name``."""
    number = re.match(r"(?:U?INT|B?FLOAT)(\d+)", name)
    return int(number[1]) if number else {"FLOAT": 32, "DOUBLE": 64}.get(name)


_BITS = {number: _bits_in(name) for name, number in onnx.TensorProto.DataType.items()}


def stored_bits(operator: str, inputs: Sequence[int | None], own: int | None) -> int | None:
    """The width of what a node makes: that of its first input if it only moves or dequantises it, else its ``own``."""
    return inputs[0] if operator in _CARRIES and inputs and inputs[0] is not None else own
