"""Where a value comes from, which decides what takes the weight's place in a product.

A value that depends on parameters and constants alone has the path of its first parameter as its origin (empty for
constants). Any other is an activation; that it comes out of a product of two activations is remembered until the next
product with parameters, because the probabilities of an attention are such a value.
"""

import enum
from collections.abc import Sequence

from eyeriss_jax.layers.importers.collector import Path


class Activation(enum.Enum):
    """A value that depends on an input."""

    PLAIN = "plain"
    PRODUCT = "from a product of two activations"


Origin = Path | Activation

CONSTANT: Path = ()


def is_parameter(origin: Origin) -> bool:
    """Whether a value depends on parameters and constants alone."""
    return not isinstance(origin, Activation)


def joint(origins: Sequence[Origin]) -> Origin:
    """The origin of what is computed, element by element, from values of these origins."""
    activations = [origin for origin in origins if isinstance(origin, Activation)]
    if activations:
        return Activation.PRODUCT if Activation.PRODUCT in activations else Activation.PLAIN
    return parameter(origins)


def parameter(origins: Sequence[Origin]) -> Path:
    """The first path of a parameter among these origins; empty without one."""
    return next((origin for origin in origins if origin and not isinstance(origin, Activation)), CONSTANT)


def weight_operand(origins: Sequence[Origin], rows: Sequence[int]) -> int:
    """Which operand of a product (0 or 1) takes the weight's place, whatever order the program has them in.

    The one that depends on parameters alone. Of two activations the one that does not come out of another such product
    (the values, not the probabilities, of an attention), else the one with more rows (the keys of a cache, not the
    queries of a step). The right one where all of that is equal.

    Args:
        origins: of the two operands.
        rows: extent of each operand that is neither contracted nor of the batch.
    """
    for weights in (
        [is_parameter(origin) for origin in origins],
        [origin is not Activation.PRODUCT for origin in origins],
        [rows[0] > rows[1], rows[1] > rows[0]],
    ):
        if weights[0] != weights[1]:
            return weights.index(True)
    return 1


def after_product(origins: Sequence[Origin]) -> Origin:
    """The origin of a product of values of these origins."""
    if not any(is_parameter(origin) for origin in origins):
        return Activation.PRODUCT
    return parameter(origins) if all(is_parameter(origin) for origin in origins) else Activation.PLAIN
