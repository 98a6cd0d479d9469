"""Sizes of everything that an execution allocates, and tables padded to larger ones.

A compiled program depends on these sizes alone. Plans of similar size can be padded to common ones and share a
program; padding adds places and entries that no tile has, so they are masked like those of a short tile.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np

from eyeriss_jax.dims import PerType
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute.memory import tensor_shape, tile_shape
from eyeriss_jax.functional.execute.tables import Tables, plan_tables

_NOWHERE = 1 << 30
"""An index beyond every tile."""


class Sizes(NamedTuple):
    """Sizes, in the letters of ``Tables`` and ``State``.

    ``groups``, ``chained``: O and R PEs. ``stream``, ``rows``: X words and L rows of an iact stream, in tiles of
    ``row_tiles`` shapes. ``positions``, ``channel_groups``, ``outputs``, ``taps``: Q, G, M and K of one PE.
    ``glb``, ``dram``: words per data type. ``spans``: input rows and columns of a GLB tile. ``passes``, ``steps``:
    rows of a block.
    """

    groups: int
    chained: int
    stream: int
    rows: int
    row_tiles: int
    positions: int
    channel_groups: int
    outputs: int
    taps: int
    glb: tuple[int, int, int]
    dram: tuple[int, int, int]
    spans: tuple[int, int]
    passes: int
    steps: int

    @staticmethod
    def of(plan: Plan, tables: Tables) -> "Sizes":
        """The sizes that ``plan`` needs; a data type that bypasses the GLB needs no room there."""
        keeps = plan.accelerator.glb_keeps
        row_tiles, rows = tables.rows_needed.shape
        positions, channel_groups, outputs = tables.psum_at.shape
        tile = PerType.build(lambda t: int(np.prod(tile_shape(plan, t))) if t in keeps else 1)
        dram = PerType.build(lambda t: int(np.prod(tensor_shape(plan.layer, t))))
        return Sizes(
            groups=tables.pe_offset.shape[0],
            chained=tables.pe_offset.shape[1],
            stream=len(tables.stream_row),
            rows=rows,
            row_tiles=row_tiles,
            positions=positions,
            channel_groups=channel_groups,
            outputs=outputs,
            taps=tables.weight_at.shape[2],
            glb=(tile.iact, tile.weight, tile.psum),
            dram=(dram.iact, dram.weight, dram.psum),
            spans=(plan.loads.height.span, plan.loads.width.span),
            passes=plan.block_passes,
            steps=min(plan.block_passes, plan.schedule.dram_steps),
        )


def common_sizes(plans: Sequence[Plan]) -> Sizes:
    """Room for every plan, so that all of them share one compiled program."""
    return jax.tree.map(max, *(Sizes.of(plan, plan_tables(plan)) for plan in plans))


def padded(values: np.ndarray, shape: Sequence[int], fill: int = 0) -> np.ndarray:
    """``values`` with ``fill`` behind them along every axis, up to ``shape``."""
    return np.pad(values, [(0, n - m) for n, m in zip(shape, values.shape, strict=True)], constant_values=fill)


def padded_tables(tables: Tables, sizes: Sizes) -> Tables:
    """``tables`` in ``sizes``, with places and entries that no tile has."""
    weight = sizes.channel_groups, sizes.outputs, sizes.taps
    psum = sizes.positions, sizes.channel_groups, sizes.outputs
    return tables._replace(
        pe_offset=padded(tables.pe_offset, (sizes.groups, sizes.chained, 8), _NOWHERE),
        stream_at=padded(tables.stream_at, (sizes.stream,)),
        stream_index=padded(tables.stream_index, (sizes.stream, 5), _NOWHERE),
        stream_row=padded(tables.stream_row, (sizes.stream,)),
        rows_needed=padded(tables.rows_needed, (sizes.row_tiles, sizes.rows)),
        window=padded(tables.window, (sizes.positions, sizes.channel_groups, sizes.taps)),
        weight_at=padded(tables.weight_at, weight),
        weight_index=padded(tables.weight_index, (*weight, 5), _NOWHERE),
        psum_at=padded(tables.psum_at, psum),
        psum_index=padded(tables.psum_index, (*psum, 5), _NOWHERE),
    )
