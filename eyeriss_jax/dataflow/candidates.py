"""Candidate tile sizes, spatial factors and loop orders: those worth trying, and why no others are."""

import math
from collections.abc import Iterator

from eyeriss_jax.dataflow.mapping import ORDERS, Order

DRAM_PARTS: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128)


def even_tiles(extent: int, limit: int) -> list[int]:
    """Tile sizes ceil(extent / k) up to ``limit``, largest first.

    For any number of steps the smallest tile that needs no more of them has this form, and a larger one only
    costs storage and an emptier last step.
    """
    sizes = []
    while limit > 0:
        parts = -(-extent // limit)  # the fewest that keep a tile within the limit
        sizes.append(-(-extent // parts))
        limit = sizes[-1] - 1
    return sizes


def divisors(extent: int, limit: int) -> list[int]:
    """The tile sizes up to ``limit`` that divide ``extent``, largest first."""
    return [size for size in range(min(extent, limit), 0, -1) if extent % size == 0]


def halving_tiles(extent: int) -> list[int]:
    """Tile sizes ceil(extent / 2^k), largest first."""
    sizes = {math.ceil(extent / 2**k) for k in range(extent.bit_length() + 1)}
    return sorted(sizes, reverse=True)


def dram_parts(extent: int) -> list[int]:
    """Numbers of DRAM tiles worth trying for ``extent``: small ones, then geometrically, and the most there can be."""
    return [*(parts for parts in DRAM_PARTS if parts < extent), extent]


def powers_of_two(extent: int) -> list[int]:
    """The powers of two below ``extent``, and ``extent``."""
    return [*(1 << k for k in range((extent - 1).bit_length())), extent]


def distinct_orders(iterating: list[str]) -> list[Order]:
    """One representative of the orders that differ in how the iterating groups nest."""
    seen: dict[tuple[str, ...], Order] = {}
    for order in ORDERS:
        seen.setdefault(tuple(group for group in order if group in iterating), order)
    return list(seen.values())


def axis_factors(length: int, extents: dict[str, int]) -> list[dict[str, int]]:
    """All ways to spread dimensions over an axis of ``length`` places, idle ones included.

    What fits an axis fits every longer one, so a larger array has every choice of a smaller one. Fewer places with the
    same PE tile are never faster in compute cycles, but can take less ramp, traffic or energy: none is left out.
    """
    dims = sorted(dim for dim, extent in extents.items() if extent > 1)
    caps = [min(length, extents[dim]) for dim in dims]
    return [
        {dim: factor for dim, factor in zip(dims, factors, strict=True) if factor > 1}
        for factors in _factors_within(length, caps)
    ]


def maximal_axis_factors(length: int, extents: dict[str, int]) -> list[dict[str, int]]:
    """Those of :func:`axis_factors` of which no factor can grow without leaving the axis or exceeding its extent.

    The fastest in compute cycles are among them: a smaller factor with the same PE tile needs at least as many steps.
    """

    def grows(factors: dict[str, int]) -> bool:
        used = math.prod(factors.values())
        mine = ((factors.get(dim, 1), min(length, extent)) for dim, extent in extents.items())
        return any(factor < cap and used // factor * (factor + 1) <= length for factor, cap in mine)

    return [factors for factors in axis_factors(length, extents) if not grows(factors)]


def _factors_within(length: int, caps: list[int]) -> Iterator[tuple[int, ...]]:
    """Factors up to ``caps`` whose product is at most ``length``, in lexicographic order."""
    if not caps:
        yield ()
        return
    for first in range(1, min(caps[0], length) + 1):
        for rest in _factors_within(length // first, caps[1:]):
            yield first, *rest
