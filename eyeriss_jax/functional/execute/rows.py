"""Blocks of the schedule as rows of fixed shape for the device."""

import numpy as np

from eyeriss_jax.dims import DIMS
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute.machine import DramRows, PassRows
from eyeriss_jax.functional.execute.memory import memories
from eyeriss_jax.functional.execute.sizes import Sizes, padded
from eyeriss_jax.functional.nest import Block


def block_rows(plan: Plan, block: Block, sizes: Sizes) -> tuple[DramRows, PassRows, np.int32]:
    """The rows of ``block``, padded to ``sizes``, and the number of DRAM steps in it."""
    schedule = plan.schedule
    passes = PassRows(
        start=schedule.gather(block.array, lambda t: t.start).astype(np.int32),
        size=schedule.gather(block.array, lambda t: t.size).astype(np.int32),
        fetch_iact=block.fetch_iact,
        fetch_weight=block.fetch_weight,
        psum_begin=block.psum_begin,
        psum_refill=block.psum_refill,
        psum_end=block.psum_end,
    )
    steps = _dram_rows(plan, block)
    steps = steps._replace(
        rows=padded(steps.rows, (len(steps.rows), sizes.spans[0])),
        columns=padded(steps.columns, (len(steps.columns), sizes.spans[1])),
    )
    return (
        DramRows(*(padded(column, (sizes.steps, *column.shape[1:])) for column in steps)),
        PassRows(*(padded(column, (sizes.passes, *column.shape[1:])) for column in passes)),
        np.int32(len(steps.first)),
    )


def _dram_rows(plan: Plan, block: Block) -> DramRows:
    """One row per run of passes with the same DRAM tile."""
    changes = np.flatnonzero(np.any(block.dram[1:] != block.dram[:-1], axis=1)) + 1
    first = np.concatenate([[0], changes])
    ends = np.concatenate([changes, [len(block.dram)]])
    dram = block.dram[first]
    at = {dim: dram[:, i] for i, dim in enumerate(DIMS)}
    height, width = plan.loads.height, plan.loads.width
    row_step, column_step = memories(plan).iact.feed[3:]
    moves = (at["E"] > 0) * (height.step * row_step) + (at["F"] > 0) * (width.step * column_step)
    return DramRows(
        start=plan.schedule.gather(dram, lambda t: t.dram_start).astype(np.int32),
        size=plan.schedule.gather(dram, lambda t: t.dram_size).astype(np.int32),
        first=first.astype(np.int32),
        passes=(ends - first).astype(np.int32),
        load_iact=block.load_iact[first],
        load_weight=block.load_weight[first],
        reload_psum=block.reload_psum[first],
        store_psum=block.store_psum[ends - 1],
        rows=height.new[at["E"], at["R"]],
        columns=width.new[at["F"], at["S"]],
        shift=moves.astype(np.int32),
    )
