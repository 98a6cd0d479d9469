"""A product of two operands as a layer, whichever way the program has them round."""

from collections.abc import Sequence

from eyeriss_jax.layers.bits import Bits
from eyeriss_jax.layers.importers.origins import Origin, is_parameter, weight_operand
from eyeriss_jax.layers.layer import Layer


def product_layer(
    name: str,
    rows: Sequence[int],
    summed: int,
    groups: int,
    origins: Sequence[Origin],
    repeat: int = 1,
    widths: Sequence[int | None] = (None, None),
) -> Layer:
    """A product (M, K) x (K, N): a matmul where parameters take part, attention where both are activations.

    Args:
        name: the layer's name.
        rows: extent of each operand that is neither contracted nor of the groups.
        summed: K.
        groups: independent products G.
        origins: of the two operands.
        repeat: how often it runs.
        widths: bits of a value of each operand, where the source states them.

    Raises:
        SpecError: an extent beyond 32 bits.
    """
    place = weight_operand(origins, rows)
    return Layer(
        name=name,
        M=rows[place],
        C=summed,
        N=rows[1 - place],
        G=groups,
        operation="matmul" if any(is_parameter(origin) for origin in origins) else "attention",
        repeat=repeat,
        bits=None if widths[0] is None and widths[1] is None else Bits(widths[1 - place], widths[place]),
    )
