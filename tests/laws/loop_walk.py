"""A literal walk of a mapping's loop nest, one tile, one position and one word at a time.

The analytical laws predict in closed form what this module counts by brute force: it enumerates every pass of
the loop nest, gives every PE its tile, remembers what each PE and the GLB hold, and moves words as elements of
sets. It shares no formula with the laws, only the meaning of a mapping; the laws must be *equal* to it.

What a pass does is in :meth:`_Array.step`, what a DRAM step does in :meth:`_Glb.step`; everything else is
tiling. What the array holds of a data type is one array tile: the static configuration sends a tile to all its PEs
or to none. Iacts are the words ``(g, n, c, row, col)`` of the padded input, padding included.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from operator import attrgetter
from typing import NamedTuple

from eyeriss_jax.dataflow.mapping import LoopOrder, MappingArrays
from eyeriss_jax.dims import DIMS, GROUPS, RELEVANT, Dims

Pair = tuple[int, int]
Range = tuple[int, int]  # [start, stop)
Word = tuple[int, ...]


class Tile(NamedTuple):
    """A box of the iteration space: one half-open range per dimension, in absolute indices."""

    G: Range
    N: Range
    M: Range
    C: Range
    E: Range
    F: Range
    R: Range
    S: Range


# A tile of a data type is identified by the ranges of its relevant dimensions alone.
_iact_part = attrgetter(*RELEVANT["iact"])
_weight_part = attrgetter(*RELEVANT["weight"])
_psum_part = attrgetter(*RELEVANT["psum"])


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the walk counted for the whole layer. Words unless said otherwise; dictionaries are per data type.

    Attributes:
        macs: MACs executed, padding included.
        passes: GLB steps of the array.
        compute: MAC cycles of the most loaded PE (``lanes`` MACs along M at once), summed over passes.
        active_pes: PEs with work in the fullest pass.
        spad_fills: iact and weight words that enter the SPads, summed over all PEs.
        unique: words read from the level that feeds the array, after multicast (iact, weight); for psum the
            distinct words of each visit, summed over visits: the words written back to that level.
        taken: the same words as ``unique``, once for every cluster with a PE at work that needs or has them.
        psum_refills: psum words read back from that level: visits after the first, once per distinct word.
        psum_refills_max: those of them for the fullest port: PE column 0 of cluster 0.
        psum_visits_pe: psum words of every PE that is active in the first pass of a visit, summed over visits:
            ``unique["psum"]`` with all copies that the spatial reduction still has to add up.
        psum_drain_steps: psum words (groups of ``lanes`` along M) of the most loaded PE in the first pass of a
            visit, summed over visits.
        glb_fills: words that enter the GLB from DRAM (iact with padding words; psum: refills).
        dram_reads: words read from DRAM. iacts without padding words if the GLB keeps iacts; if it does not,
            DRAM feeds the array and padding words count as everywhere on the NoC.
        dram_writes: psum words written to DRAM.
        delivery_max: words the fullest port delivers. iact: into cluster 0, distinct words at each position;
            weight: distinct words of a pass into PE row 0 of cluster 0; psum: distinct words of a visit out of
            PE column 0 of cluster 0.
    """

    macs: int
    passes: int
    compute: int
    active_pes: int
    spad_fills: dict[str, int]
    unique: dict[str, int]
    taken: dict[str, int]
    psum_refills: int
    psum_refills_max: int
    psum_visits_pe: int
    psum_drain_steps: int
    glb_fills: dict[str, int]
    dram_reads: dict[str, int]
    dram_writes: dict[str, int]
    delivery_max: dict[str, int]


@dataclass(slots=True)
class Pe:
    """One PE: its place in the array.

    ``cluster`` is the index of its cluster along each dimension, ``mesh_group`` that but for M: clusters that have it
    in common share iacts. ``offsets`` is where its tile starts inside an array tile; ``row`` and ``col`` count places
    along the PE axes of its cluster. Cluster 0 and PE 0 have the first tile of every dimension.
    """

    cluster: tuple[int, ...]
    mesh_group: tuple[int, ...]
    in_cluster_0: bool
    row: int
    col: int
    offsets: tuple[int, ...]
    spad: tuple[int, ...]

    def tile(self, array_tile: Tile) -> Tile | None:
        """This PE's part of ``array_tile``; None if it is beyond the end in any dimension, and so idle."""
        ranges = []
        for (start, stop), offset, size in zip(array_tile, self.offsets, self.spad, strict=True):
            if start + offset >= stop:
                return None
            ranges.append((start + offset, min(start + offset + size, stop)))
        return Tile(*ranges)


@dataclass(frozen=True)
class _Window:
    """Which input words the outputs read, and which of those are padding."""

    stride: Pair
    dilation: Pair
    first_real: Pair
    end_real: Pair

    def rows(self, e: Iterable[int], r: Iterable[int]) -> set[int]:
        """Padded input rows that outputs ``e`` touch with taps ``r``."""
        return {i * self.stride[0] + j * self.dilation[0] for i, j in product(e, r)}

    def cols(self, f: Iterable[int], s: Iterable[int]) -> set[int]:
        """Padded input columns that outputs ``f`` touch with taps ``s``."""
        return {i * self.stride[1] + j * self.dilation[1] for i, j in product(f, s)}

    def words(self, tile: Tile) -> set[Word]:
        """All input words that ``tile`` touches."""
        rows = self.rows(range(*tile.E), range(*tile.R))
        cols = self.cols(range(*tile.F), range(*tile.S))
        return set(product(range(*tile.G), range(*tile.N), range(*tile.C), rows, cols))

    def is_real(self, word: Word) -> bool:
        """Whether a word exists in the unpadded input."""
        *_, row, col = word
        return self.first_real[0] <= row < self.end_real[0] and self.first_real[1] <= col < self.end_real[1]


def loop_dims(order: LoopOrder) -> tuple[str, ...]:
    """The dimensions of one temporal level, outermost first: G, then the groups by rank."""
    groups = sorted(GROUPS, key=lambda group: int(getattr(order, group)))
    return ("G", *(dim for group in groups for dim in GROUPS[group]))


def tiles_of(outer: Tile, sizes: dict[str, int], order: LoopOrder) -> Iterator[Tile]:
    """The tiles of ``outer`` in loop order, the last one of a dimension short."""
    dims = loop_dims(order)
    cuts = []
    for dim in dims:
        start, stop = getattr(outer, dim)
        cuts.append([(first, min(first + sizes[dim], stop)) for first in range(start, stop, sizes[dim])])
    for ranges in product(*cuts):
        yield Tile(**dict(zip(dims, ranges, strict=True)))


def whole_layer(dims: dict[str, int]) -> Tile:
    """The tile that is the whole layer."""
    return Tile(**{dim: (0, dims[dim]) for dim in DIMS})


def array_sizes(mapping: MappingArrays) -> dict[str, int]:
    """Extent of an array tile: one PE tile times all places, per dimension."""
    levels = (mapping.spad, mapping.pe_cols, mapping.pe_rows, mapping.cluster_cols, mapping.cluster_rows)
    return {dim: math.prod(int(level[dim]) for level in levels) for dim in DIMS}


def passes_of(dims: dict[str, int], mapping: MappingArrays) -> Iterator[tuple[Tile, Tile]]:
    """Every pass of the nest in order, as (DRAM tile, array tile)."""
    glb_sizes = {dim: int(mapping.glb[dim]) for dim in DIMS}
    for dram_tile in tiles_of(whole_layer(dims), glb_sizes, mapping.dram_order):
        for array_tile in tiles_of(dram_tile, array_sizes(mapping), mapping.glb_order):
            yield dram_tile, array_tile


def pes_of(mapping: MappingArrays) -> list[Pe]:
    """Every place of the array, cluster 0 first. An axis with several dimensions has the product of places."""

    def places(axis: Dims) -> list[tuple[int, ...]]:
        return list(product(*(range(int(axis[dim])) for dim in DIMS)))

    def index(row: tuple[int, ...], col: tuple[int, ...], cols: Dims) -> tuple[int, ...]:
        return tuple(r * int(cols[dim]) + c for dim, r, c in zip(DIMS, row, col, strict=True))

    spad = tuple(int(mapping.spad[dim]) for dim in DIMS)
    per_cluster = [int(mapping.pe_rows[dim]) * int(mapping.pe_cols[dim]) for dim in DIMS]
    pes = []
    for cluster_row, cluster_col in product(places(mapping.cluster_rows), places(mapping.cluster_cols)):
        cluster = index(cluster_row, cluster_col, mapping.cluster_cols)
        for (row, pe_row), (col, pe_col) in product(
            enumerate(places(mapping.pe_rows)), enumerate(places(mapping.pe_cols))
        ):
            pe = index(pe_row, pe_col, mapping.pe_cols)
            offsets = tuple((c * n + p) * t for c, n, p, t in zip(cluster, per_cluster, pe, spad, strict=True))
            mesh_group = tuple(c for dim, c in zip(DIMS, cluster, strict=True) if dim != "M")
            pes.append(Pe(cluster, mesh_group, not any(cluster), row, col, offsets, spad))
    return pes


def _box(ranges: Iterable[Range]) -> Iterator[Word]:
    """All index tuples in a box."""
    return product(*(range(*limits) for limits in ranges))


def _taken(parts: Iterable[tuple[Pe, tuple[Range, ...]]]) -> int:
    """Words of PEs' boxes, once for every cluster."""
    return len({(pe.cluster, word) for pe, box in parts for word in _box(box)})


def _volume(ranges: Iterable[Range]) -> int:
    """Number of index tuples in a box."""
    return math.prod(stop - start for start, stop in ranges)


@dataclass
class _Glb:
    """The GLB between DRAM and the array: the DRAM tiles it holds and the words that moved for them."""

    window: _Window
    slides_along: str | None  # the dimension along which consecutive iact tiles share their overlap
    fills: dict[str, int] = field(default_factory=lambda: {"iact": 0, "weight": 0, "psum": 0})
    dram_reads: dict[str, int] = field(default_factory=lambda: {"iact": 0, "weight": 0, "psum": 0})
    psum_writes: int = 0
    held: dict[str, tuple[Range, ...]] = field(default_factory=dict)
    sweep: set[Word] = field(default_factory=set)
    visited: set[tuple[Range, ...]] = field(default_factory=set)

    def _needs(self, data_type: str, identity: tuple[Range, ...]) -> bool:
        """Whether another tile is held than the one needed; holds the needed one afterwards."""
        changes = self.held.get(data_type) != identity
        self.held[data_type] = identity
        return changes

    def step(self, tile: Tile) -> None:
        """Brings in what a DRAM tile needs and is not there yet."""
        if self._needs("weight", _weight_part(tile)):
            words = _volume(_weight_part(tile))
            self.fills["weight"] += words
            self.dram_reads["weight"] += words

        if self._needs("iact", _iact_part(tile)):
            new = self.window.words(tile)
            if self.slides_along is not None:
                starts_sweep = getattr(tile, self.slides_along)[0] == 0
                if starts_sweep:
                    self.sweep = set()
                new = new - self.sweep
                self.sweep |= new
            self.fills["iact"] += len(new)
            self.dram_reads["iact"] += sum(map(self.window.is_real, new))

        if self._needs("psum", _psum_part(tile)):
            words = _volume(_psum_part(tile))
            if _psum_part(tile) in self.visited:
                self.fills["psum"] += words
                self.dram_reads["psum"] += words
            self.visited.add(_psum_part(tile))
            self.psum_writes += words  # when the visit ends, which every visit does


@dataclass
class _Array:
    """All PEs, and the words that moved between them and the level that feeds them."""

    pes: list[Pe]
    window: _Window
    sliding_window: bool
    halo_multicast: bool
    lanes: int
    macs: int = 0
    passes: int = 0
    compute: int = 0
    active_pes: int = 0
    fills: dict[str, int] = field(default_factory=lambda: {"iact": 0, "weight": 0})
    unique: dict[str, int] = field(default_factory=lambda: {"iact": 0, "weight": 0, "psum": 0})
    taken: dict[str, int] = field(default_factory=lambda: {"iact": 0, "weight": 0, "psum": 0})
    delivery_max: dict[str, int] = field(default_factory=lambda: {"iact": 0, "weight": 0, "psum": 0})
    psum_refills: int = 0
    psum_refills_max: int = 0
    psum_visits_pe: int = 0
    psum_drain_steps: int = 0
    held_weights: tuple[Range, ...] | None = None
    held_iacts: tuple[Range, ...] | None = None
    held_psums: tuple[Range, ...] | None = None
    visited: set[Word] = field(default_factory=set)
    streams: dict[tuple[Range, ...], dict[Word, set[Word]]] = field(default_factory=dict)

    def step(self, array_tile: Tile) -> None:
        """One pass: every PE takes its tile and walks through its positions in lockstep with the others."""
        work = [(pe, tile) for pe in self.pes if (tile := pe.tile(array_tile)) is not None]
        largest = work[0][1]  # PE 0 has the first tile of every dimension, and only last tiles are short
        positions = _volume((largest.N, largest.E, largest.F))

        self.passes += 1
        self.macs += sum(_volume(tile) for _, tile in work)
        self.active_pes = max(self.active_pes, len(work))
        self.compute += _volume(largest) // _volume([largest.M]) * self._lane_groups(largest)

        if self.held_weights != _weight_part(array_tile):
            self._fetch_weights(work)
        if positions > 1 or self.held_iacts != _iact_part(array_tile):
            self._fetch_iacts(work)
        self.held_weights, self.held_iacts = _weight_part(array_tile), _iact_part(array_tile)
        visit = _psum_part(array_tile)
        if positions > 1 or visit != self.held_psums:
            self._visit_psums(work, largest, positions)
        self.held_psums = visit

    def _lane_groups(self, tile: Tile) -> int:
        """Cycles that the SIMD lanes need for the output channels of a tile."""
        return -(-_volume([tile.M]) // self.lanes)

    def _fetch_weights(self, work: list[tuple[Pe, Tile]]) -> None:
        """Every PE at work fetches its whole weight tile; one read serves all that need the same."""
        fetched: set[tuple[Range, ...]] = set()
        fetched_row_0: set[tuple[Range, ...]] = set()
        for pe, tile in work:
            needed = _weight_part(tile)
            self.fills["weight"] += _volume(needed)
            fetched.add(needed)
            if pe.in_cluster_0 and pe.row == 0:
                fetched_row_0.add(needed)
        self.unique["weight"] += len({word for tile in fetched for word in _box(tile)})
        self.taken["weight"] += _taken((pe, _weight_part(tile)) for pe, tile in work)
        self.delivery_max["weight"] += len({word for tile in fetched_row_0 for word in _box(tile)})

    def _fetch_iacts(self, work: list[tuple[Pe, Tile]]) -> None:
        """Every PE at work streams the windows of its positions.

        A word is read once for all PEs that newly fetch it at the same position index, if they can share: PEs of
        one cluster, and of clusters that differ only in M; without halo multicast only those that need the
        same iact tile.
        """
        shared: dict[tuple, set[Word]] = defaultdict(set)
        taken: dict[tuple, set[Word]] = defaultdict(set)
        shared_in_cluster_0: dict[tuple, set[Word]] = defaultdict(set)
        for pe, tile in work:
            needed = _iact_part(tile)
            sharers = (pe.mesh_group, None if self.halo_multicast else needed)
            for position, words in self._stream(tile).items():
                self.fills["iact"] += len(words)
                shared[sharers, position] |= words
                taken[pe.cluster, sharers, position] |= words
                if pe.in_cluster_0:
                    shared_in_cluster_0[sharers, position] |= words
        self.unique["iact"] += sum(map(len, shared.values()))
        self.taken["iact"] += sum(map(len, taken.values()))
        self.delivery_max["iact"] += sum(map(len, shared_in_cluster_0.values()))

    def _stream(self, tile: Tile) -> dict[Word, set[Word]]:
        """The words a PE newly fetches at each position ``(f, n, e)``, counted from the start of its tile.

        With a sliding window, the words already fetched in the same sweep along E stay.
        """
        identity = _iact_part(tile)
        if identity not in self.streams:
            stream: dict[Word, set[Word]] = {}
            for f, n in product(range(*tile.F), range(*tile.N)):
                sweep: set[Word] = set()
                for e in range(*tile.E):
                    window = self.window.words(tile._replace(N=(n, n + 1), E=(e, e + 1), F=(f, f + 1)))
                    stream[f - tile.F[0], n - tile.N[0], e - tile.E[0]] = window - sweep
                    if self.sliding_window:
                        sweep |= window
            self.streams[identity] = stream
        return self.streams[identity]

    def _visit_psums(self, work: list[tuple[Pe, Tile]], largest: Tile, positions: int) -> None:
        """A visit begins: what was accumulated before comes back; all of it is written when the visit ends."""
        words = set().union(*(_box(identity) for identity in {_psum_part(tile) for _, tile in work}))
        in_column_0 = {_psum_part(tile) for pe, tile in work if pe.in_cluster_0 and pe.col == 0}
        column_0 = {word for identity in in_column_0 for word in _box(identity)}
        self.unique["psum"] += len(words)
        self.taken["psum"] += _taken((pe, _psum_part(tile)) for pe, tile in work)
        self.psum_refills += len(words & self.visited)
        self.psum_refills_max += len(column_0 & self.visited)
        self.visited |= words
        self.psum_visits_pe += sum(_volume(_psum_part(tile)) for _, tile in work)
        self.psum_drain_steps += positions * self._lane_groups(largest) * _volume([largest.G])
        self.delivery_max["psum"] += len(column_0)


def _slides_along(dims: dict[str, int], mapping: MappingArrays) -> str | None:
    """E or F if that is the innermost DRAM loop that iterates among those that iacts are indexed by, else None."""
    iterating = [
        dim for dim in loop_dims(mapping.dram_order) if dim not in ("G", "M") and dims[dim] > int(mapping.glb[dim])
    ]
    return iterating[-1] if iterating and iterating[-1] in ("E", "F") else None


def walk(
    dims: dict[str, int],
    stride: Pair,
    dilation: Pair,
    padding: tuple[int, int, int, int],
    input_size: Pair,
    mapping: MappingArrays,
    *,
    glb_keeps: Collection[str] = ("iact", "psum"),
    sliding_window: bool = True,
    halo_multicast: bool = True,
    lanes: int = 1,
) -> Counts:
    """Walks the whole loop nest of a mapping and counts the words that move.

    Args:
        dims: extent of each of the eight dimensions.
        stride: (height, width).
        dilation: (height, width).
        padding: (top, bottom, left, right); what is beyond the input is padding, so bottom and right only say
            how far the outputs may reach.
        input_size: true, unpadded (H, W).
        mapping: tiles, spatial factors and loop orders as Python integers.
        glb_keeps: data types that the GLB keeps; the others go straight between DRAM and the array.
        sliding_window: whether the overlap of consecutive iact windows (SPad, along E) and of consecutive iact
            tiles (GLB, along the innermost DRAM loop) stays.
        halo_multicast: whether PEs with different but overlapping iact windows share reads.
        lanes: MACs per PE and cycle, along M.
    """
    top, bottom, left, right = padding
    window = _Window(stride, dilation, (top, left), (top + input_size[0], left + input_size[1]))
    limits = (top + input_size[0] + bottom, left + input_size[1] + right)
    touched = whole_layer(dims)
    if max(window.rows(range(*touched.E), range(*touched.R))) >= limits[0]:
        raise ValueError(f"output rows reach outside the padded input of {limits[0]} rows")
    if max(window.cols(range(*touched.F), range(*touched.S))) >= limits[1]:
        raise ValueError(f"output columns reach outside the padded input of {limits[1]} columns")

    glb = _Glb(window=window, slides_along=_slides_along(dims, mapping) if sliding_window else None)
    array = _Array(pes_of(mapping), window, sliding_window, halo_multicast, lanes)
    at_glb = None
    for dram_tile, array_tile in passes_of(dims, mapping):
        if dram_tile is not at_glb:
            glb.step(dram_tile)
            at_glb = dram_tile
        array.step(array_tile)

    from_array = {**array.unique, "psum": array.psum_refills}
    kept = {data_type: data_type in glb_keeps for data_type in RELEVANT}
    return Counts(
        macs=array.macs,
        passes=array.passes,
        compute=array.compute,
        active_pes=array.active_pes,
        spad_fills=array.fills,
        unique=array.unique,
        taken=array.taken,
        psum_refills=array.psum_refills,
        psum_refills_max=array.psum_refills_max,
        psum_visits_pe=array.psum_visits_pe,
        psum_drain_steps=array.psum_drain_steps,
        glb_fills={t: glb.fills[t] if kept[t] else 0 for t in RELEVANT},
        dram_reads={t: glb.dram_reads[t] if kept[t] else from_array[t] for t in RELEVANT},
        dram_writes={"psum": glb.psum_writes if kept["psum"] else array.unique["psum"]},
        delivery_max=array.delivery_max,
    )
