"""The convolution of one layer, executed by its mapping: bit-exact outputs, and the count of every word moved.

Tiles are loaded DRAM -> GLB -> SPads in the mapping's order, each PE computes on its SPads only, psums are added up
along the reduction PEs, kept in the GLB, and spilled to DRAM and refilled where the mapping says so.

Memory: the three tensors (iacts padded), one GLB tile, one set of PE tiles (with the windows of their positions written
out, and tables of a few int32 per word of one PE), and one block of at most ``BLOCK_PASSES`` rows of the schedule.
"""

import math
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.typing import ArrayLike

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import DIMS, PerType
from eyeriss_jax.functional.counting import EYERISS, Accounting, Counts, Plan
from eyeriss_jax.functional.execute.arithmetic import Overflow
from eyeriss_jax.functional.execute.execution import execute
from eyeriss_jax.functional.execute.machine import Moved
from eyeriss_jax.functional.execute.operands import check_operands, check_overflow
from eyeriss_jax.functional.execute.sizes import Sizes
from eyeriss_jax.functional.execute.tables import PE_ORDER, REDUCED
from eyeriss_jax.functional.nest import PLACE_ORDER
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True, eq=False)
class FunctionalResult:
    """One executed layer.

    Attributes:
        oacts: [G, N, M, E, F] finished psums, int32 or the input's float type; not quantised again.
        counts: every word moved, per level, data type and instance.
        overflowed: an integer psum left its width at the end of a PE's pass (``saturate``: at any addition), along
            the reduction chain or on its way into the psum store.
        spad_moved: per PE [cluster_rows, cluster_cols, pe_rows, pe_cols] the iact and weight words that the
            execution wrote to the SPads, and for psum the words that each reduction group handed on, at its first PE.
    """

    oacts: jax.Array
    counts: Counts
    overflowed: bool
    spad_moved: PerType


def run(
    layer: Layer,
    mapping: Mapping,
    accelerator: Accelerator,
    iacts: ArrayLike,
    weights: ArrayLike,
    *,
    overflow: Overflow = "wrap",
    accounting: Accounting = EYERISS,
    sizes: Sizes | None = None,
) -> FunctionalResult:
    """Executes ``layer`` as ``mapping`` says.

    Args:
        layer: what is computed; a transposed convolution is several (:mod:`eyeriss_jax.functional.execute.transposed`).
        mapping: tiles, places and loop orders; nothing has to divide.
        accelerator: array, SPads, GLB and word widths.
        iacts: [G, N, C, H, W] unpadded; int8 or uint8, float32 or float64, or a wider integer type whose values fit
            ``accelerator.word_bits.iact``.
        weights: [G, M, C, R, S], likewise.
        overflow: whether integer psums wrap or saturate beyond ``accelerator.word_bits.psum``; floats ignore it.
        accounting: what the hardware keeps and shares, and what counts as an access.
        sizes: sizes to pad everything to, so that different layers share one compiled program.

    Raises:
        SpecError: a mapping that does not fit, or tensors of wrong shape, dtype or range.
    """
    check_overflow(overflow)
    plan = Plan.of(layer, mapping, accelerator, accounting)
    check_operands(plan, iacts, weights)
    execution = execute(plan, np.asarray(iacts), np.asarray(weights), overflow=overflow, sizes=sizes)
    return FunctionalResult(
        oacts=execution.oacts,
        counts=execution.counter.counts(accelerator, accounting),
        overflowed=bool(execution.overflowed),
        spad_moved=spad_moved(plan, execution.moved),
    )


def spad_moved(plan: Plan, moved: list[Moved]) -> PerType:
    """The device's counters per PE, summed over blocks."""
    places = {dim: plan.places.clusters(dim) * plan.places.per_cluster(dim) for dim in DIMS}
    chained = math.prod(places[dim] for dim in REDUCED)
    groups = math.prod(places.values()) // chained

    def on_pes(words: list[Any], others: int) -> np.ndarray:
        """Sorts [O·R] or, with ``others`` PEs of each group that moved none, [O] words to the PEs."""
        total = np.sum([np.asarray(block, np.int64) for block in words], axis=0).reshape(len(moved[0].psum_out), -1)
        used = np.pad(total, [(0, 0), (0, others)])[:groups, :chained]
        grid = used.reshape([places[dim] for dim in PE_ORDER])
        return plan.places.on_axes(grid.transpose([PE_ORDER.index(dim) for dim in PLACE_ORDER]))

    return PerType(
        iact=on_pes([block.iact for block in moved], 0),
        weight=on_pes([block.weight for block in moved], 0),
        psum=on_pes([block.psum_out for block in moved], chained - 1),
    )
