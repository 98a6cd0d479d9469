"""What a batch in int32 and a device's memory can hold; all else is refused before anything is compiled.

What float32 can count is in :mod:`eyeriss_jax.model.countable`.
"""

import math
import os
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.batch.ahead import MOST_ORDERS
from eyeriss_jax.search.batch.blocks import Blocks

MOST_MAPPINGS = 1 << 31
"""Mappings are numbered in int32."""

BYTES_PER_EVALUATION = 64
"""Temporaries of a design under a mapping, of those that are evaluated at once. By XLA's own analysis of the search:
60 for a CPU in blocks of 16 x 1024, 11 for an H100 with 2.36 M at once."""

_BYTES_PER_INNER, _BYTES_PER_TILING = 4 * 5 * 8, 4 * 8
"""One inner choice and one DRAM tiling of a layer in int32."""


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


def at_once(blocks: Blocks, designs: int, inners: int, tilings: int) -> int:
    """Designs x mappings that a device evaluates in one step."""
    pairs = max(1, min(tilings * MOST_ORDERS, blocks.mappings // inners))
    return min(blocks.designs or designs, designs) * pairs * inners


def memory_of(device: Any) -> float:
    """Bytes that a device has: its own, or what the host has for each of its devices; infinite where nobody knows."""
    stats = device.memory_stats() or {}
    if "bytes_limit" in stats:
        return stats["bytes_limit"]
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / len(device.client.local_devices())
    except (AttributeError, ValueError, OSError):  # not on every system
        return math.inf


def check_memory(
    device: Any, blocks: Blocks, *, designs: int, inners: int, tilings: int, layers: int, tables: int, kept: int
) -> None:
    """Refuses a search that needs more memory than ``device`` has.

    Args:
        device: one of those that it runs on.
        blocks: what it evaluates at once.
        designs: designs of a call.
        inners: inner choices of a layer.
        tilings: DRAM tilings of a layer.
        layers: layers of the networks.
        tables: tables of candidates in memory at once.
        kept: bytes of results per design of a call.

    Raises:
        SpecError: how much it needs, how much there is, and which setting to lower.
    """
    step = at_once(blocks, designs, inners, tilings) * BYTES_PER_EVALUATION
    many_inners = blocks.designs is not None or inners > blocks.mappings  # a step takes no fewer
    needs = {
        f"designs_per_call = {designs:,}": designs * kept + (0 if many_inners else step),
        f"inners = {inners:,}": tables * layers * inners * _BYTES_PER_INNER + (step if many_inners else 0),
        f"tilings = {tilings:,}": tables * layers * tilings * _BYTES_PER_TILING,
    }
    largest, need, there = max(needs, key=lambda name: needs[name]), sum(needs.values()), memory_of(device)
    if need > there:
        raise SpecError(
            f"a call takes about {need / 1e9:,.1f} GB of memory, and a device ({device.platform}) has "
            f"{there / 1e9:,.1f} GB; lower {largest}"
        )
