"""The ways to give a layer's padding, and the explicit form that a layer stores."""

from typing import Any, Literal

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import Pair, check_integer

# ((top, bottom), (left, right)).
Padding = tuple[Pair, Pair]
AnyPadding = int | Literal["same"] | Padding


def check_padding(where: str, value: Any) -> None:
    """Refuses anything but ((top, bottom), (left, right)) of integers of at least 0.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    sides = value if isinstance(value, tuple) and len(value) == 2 else ()
    if not sides or not all(isinstance(side, tuple) and len(side) == 2 for side in sides):
        raise SpecError(
            f"{where}: padding = {value!r} must be ((top, bottom), (left, right)); write e.g. ((1, 1), (1, 1))"
        )
    for part, item in zip(("top", "bottom", "left", "right"), (*sides[0], *sides[1]), strict=True):
        check_integer(where, f"padding ({part})", item, minimum=0)


def same_padding(size: int, taps: int, stride: int, dilation: int) -> Pair:
    """TensorFlow's ``SAME`` padding (before, after): ceil(size / stride) outputs, the odd one after the input."""
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + (taps - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def to_padding(where: str, value: Any, size: Pair, taps: Pair, stride: Pair, dilation: Pair) -> Padding:
    """``value`` in the explicit form, checked.

    Args:
        where: the layer, for the message.
        value: positions on every side, ``"same"``, or the explicit form itself.
        size: true input (H, W), which with the next three decides what ``"same"`` means.
        taps: filter (R, S).
        stride: U per axis.
        dilation: D per axis.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if value == "same":
        rows, cols = (same_padding(*axis) for axis in zip(size, taps, stride, dilation, strict=True))
        return rows, cols
    if isinstance(value, str):
        raise SpecError(f"{where}: padding = {value!r} is not known; write 'same', or 0 for a valid convolution")
    padding = value if isinstance(value, tuple) else ((value, value), (value, value))
    check_padding(where, padding)
    return padding
