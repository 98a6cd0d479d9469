"""The two knobs of a MobileNet: width multiplier and input resolution."""

import math
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import check_integer

# MobileNets halve the feature map five times; a smaller input would leave less than one pixel.
SMALLEST_RESOLUTION = 32


def scaled_name(family: str, width: Any, resolution: Any) -> str:
    """The name of a scaled network, e.g. ``mobilenet_v1_0.5_128``, once both knobs are known to make sense.

    Args:
        family: ``mobilenet_v1`` or ``mobilenet_v2``.
        width: width multiplier, a positive finite number.
        resolution: input height and width in pixels, at least 32.

    Raises:
        SpecError: with the value, the rule and the fix.
    """
    if isinstance(width, bool) or not isinstance(width, (int, float)) or not (math.isfinite(width) and width > 0):
        raise SpecError(f"{family}: width multiplier {width!r} must be a positive number; pass e.g. 0.5")
    check_integer(family, "resolution", resolution, minimum=SMALLEST_RESOLUTION)
    return f"{family}_{float(width)}_{resolution}"
