"""Index tables of one plan: which word of which memory every SPad entry of every PE is.

Tiles are gathered by address, so the shape of a tile is data. An entry that a short tile does not have is masked by
comparing its indices with the tile's extents. The PEs are O reduction groups of R PEs each. In a PE: Q positions
in the order F, N, E; K taps in the order C, R, S; X words of an iact stream, L rows that it fetches.
"""

from typing import Any, NamedTuple

import jax
import numpy as np

from eyeriss_jax.dims import DIMS, RELEVANT, PerType
from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute.memory import Memory, memories
from eyeriss_jax.functional.nest import Bools, Ints

STREAM_DIMS: tuple[str, ...] = ("G", "N", "C", "F", "S")
"""Dimensions that index a word of an iact stream beside its row."""

REDUCED: tuple[str, ...] = ("C", "R", "S")
"""The dimensions that psums are summed over."""

PE_ORDER: tuple[str, ...] = ("G", "N", "M", "E", "F", *REDUCED)
"""The PEs are numbered by their places in this order, so that those of a reduction group are neighbours."""

_STREAM_ORDER: tuple[str, ...] = ("G", "N", "F", "C", "row", "S")


class Tables(NamedTuple):
    """All tables; arrays of int32 unless said otherwise.

    Attributes:
        memory: :class:`Memory` per data type.
        pe_tile: [8] full PE tile.
        pe_offset: [O, R, 8] where each PE's tile starts in an array tile.
        stream_at: [X] address of each word of an iact stream, from the PE tile's first.
        stream_index: [X, 5] its indices in ``STREAM_DIMS``.
        stream_row: [X] which of the L rows it belongs to.
        rows_needed: [(E0+1)·(R0+1), L] bool: rows that a tile of (e, r) outputs and taps fetches.
        rows_pitch: [] R0 + 1.
        window: [Q, G, K] word of the stream that each tap reads at each position.
        weight_at: [G, M, K] address of each weight, from the PE tile's first.
        weight_index: [G, M, K, 5] its indices in the dimensions of weights.
        psum_at: [Q, G, M] address of each psum, from the PE tile's first.
        psum_index: [Q, G, M, 5] its indices in the dimensions of psums.
    """

    memory: PerType
    pe_tile: Any
    pe_offset: Any
    stream_at: Any
    stream_index: Any
    stream_row: Any
    rows_needed: Any
    rows_pitch: Any
    window: Any
    weight_at: Any
    weight_index: Any
    psum_at: Any
    psum_index: Any


class _Rows(NamedTuple):
    """Rows of one stream: ``offset`` [L] input rows; ``of_tap`` [E0, R0] which of them each tap of an output reads."""

    offset: Ints
    of_tap: Ints

    def needed(self) -> Bools:
        """[(E0+1)·(R0+1), L] the rows that the first e outputs and r taps read."""
        outputs, taps = self.of_tap.shape
        needed = np.zeros((outputs + 1, taps + 1, len(self.offset)), bool)
        for e, r in np.ndindex(outputs, taps):
            needed[e + 1, r + 1] = needed[e, r + 1] | needed[e + 1, r]
            needed[e + 1, r + 1, self.of_tap[e, r]] = True
        return needed.reshape(-1, len(self.offset))


def plan_tables(plan: Plan) -> Tables:
    """The tables of ``plan``, as NumPy arrays."""
    pe, memory, rows = plan.pe_tiles, memories(plan), _stream_rows(plan)
    stream = _box({**pe, "row": len(rows.offset)}, _STREAM_ORDER)
    weight, psum = _box(pe, ("G", "M", "C", "R", "S")), _box(pe, ("F", "N", "E", "G", "M"))
    weight_shape = pe["G"], pe["M"], pe["C"] * pe["R"] * pe["S"]
    psum_shape = pe["F"] * pe["N"] * pe["E"], pe["G"], pe["M"]
    tables = Tables(
        memory=memory,
        pe_tile=np.array([pe[dim] for dim in DIMS]),
        pe_offset=_pe_offsets(plan),
        stream_at=_address(memory.iact, stream, STREAM_DIMS) + rows.offset[stream["row"]] * memory.iact.feed[3],
        stream_index=_columns(stream, STREAM_DIMS),
        stream_row=stream["row"],
        rows_needed=rows.needed(),
        rows_pitch=np.array(pe["R"] + 1),
        window=_windows(pe, rows).reshape(psum_shape[0], *weight_shape[::2]),
        weight_at=_address(memory.weight, weight, RELEVANT["weight"]).reshape(weight_shape),
        weight_index=_columns(weight, RELEVANT["weight"]).reshape(*weight_shape, 5),
        psum_at=_address(memory.psum, psum, RELEVANT["psum"]).reshape(psum_shape),
        psum_index=_columns(psum, RELEVANT["psum"]).reshape(*psum_shape, 5),
    )
    return jax.tree.map(lambda table: table if table.dtype == bool else table.astype(np.int32), tables)


def _box(extents: dict[str, int], order: tuple[str, ...]) -> dict[str, Ints]:
    """The indices of every entry of a box, flat, the last of ``order`` innermost."""
    grid = np.indices([extents[dim] for dim in order])
    return {dim: index.ravel() for dim, index in zip(order, grid, strict=True)}


def _columns(entries: dict[str, Ints], dims: tuple[str, ...]) -> Ints:
    """[entries, dims] indices side by side."""
    return np.stack([entries[dim] for dim in dims], axis=-1)


def _address(memory: Memory, entries: dict[str, Ints], dims: tuple[str, ...]) -> Ints:
    """[entries] addresses in the memory that feeds the array, from the PE tile's first word."""
    return _columns(entries, dims) @ memory.step[[DIMS.index(dim) for dim in dims]]


def _stream_rows(plan: Plan) -> _Rows:
    """The rows of a stream: distinct ones if PEs slide, else all taps of each output one after the other."""
    pe, layer = plan.pe_tiles, plan.layer
    rows = np.add.outer(np.arange(pe["E"]) * layer.stride[0], np.arange(pe["R"]) * layer.dilation[0])
    if not plan.accounting.sliding_window:
        return _Rows(rows.ravel(), np.arange(rows.size).reshape(rows.shape))
    offset, of_tap = np.unique(rows, return_inverse=True)
    return _Rows(offset, of_tap.reshape(rows.shape))


def _windows(pe: dict[str, int], rows: _Rows) -> Ints:
    """[F, N, E, G, C, R, S] flat: the word of the stream that each tap reads at each position."""
    entries = _box(pe, ("F", "N", "E", "G", "C", "R", "S"))
    entries["row"] = rows.of_tap[entries["E"], entries["R"]]
    shape = [{**pe, "row": len(rows.offset)}[dim] for dim in _STREAM_ORDER]
    return np.ravel_multi_index([entries[dim] for dim in _STREAM_ORDER], shape)


def _pe_offsets(plan: Plan) -> Ints:
    """[O, R, 8] where the tile of each place starts in an array tile; the reduced dimensions are innermost."""
    places = {dim: plan.places.clusters(dim) * plan.places.per_cluster(dim) for dim in DIMS}
    index = _box(places, PE_ORDER)
    offsets = _columns(index, DIMS) * np.array([plan.mapping.spad[dim] for dim in DIMS])
    reduced = int(np.prod([places[dim] for dim in REDUCED]))
    return offsets.reshape(-1, reduced, len(DIMS))
