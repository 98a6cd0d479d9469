"""What a batch in float32 and int32 can hold; all else is refused before anything is compiled."""

from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.search.batch.ahead import MOST_ORDERS

MOST_EXTENT = 1 << 22
"""Below this the numbers of tiles are exact in float32 (:mod:`eyeriss_jax.numerics`); products of them are rounded."""

MOST_MAPPINGS = 1 << 31
"""Mappings are numbered in int32."""


def check_layers(layers: tuple[Layer, ...]) -> None:
    """Refuses layers whose tiles float32 cannot count.

    Raises:
        SpecError: names the layer and its dimension.
    """
    for layer in layers:
        for dim in DIMS:
            if layer.extent(dim) >= MOST_EXTENT:
                raise SpecError(
                    f"layer {layer.name!r}: {dim} = {layer.extent(dim):,} must be below {MOST_EXTENT:,} for a search "
                    "in float32; split the layer, or map it with map_layer()"
                )


def check_mappings(inners: int, tilings: int) -> None:
    """Refuses tables of more mappings than int32 can number.

    Raises:
        SpecError: says how many there would be.
    """
    count = inners * tilings * MOST_ORDERS
    if count >= MOST_MAPPINGS:
        raise SpecError(
            f"inners = {inners:,} x tilings = {tilings:,} with {MOST_ORDERS} loop orders are {count:,} mappings of a "
            f"layer, which must be below {MOST_MAPPINGS:,}; lower one of them"
        )
