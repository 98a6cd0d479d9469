"""Timeloop's counting rules as a literal walk of a loop nest: the reference of the property test.

The rules are those stated with the reference outputs (README of the data, semantics 3 to 6): words newly entering a
buffer are the tile less the tile before; PEs share a read if and only if they need equal sets; the first
write of an output needs no read; what drains upward is not counted; tiles are bounding boxes. One rule is not stated
there but shown by the case ``toy_rs``: when a loop that the data does not depend on starts a sweep of tiles anew,
nothing is kept of the last sweep, though its last tile may overlap the first.
"""

from collections.abc import Iterator
from itertools import pairwise, product
from typing import NamedTuple

Points = frozenset[tuple[int, ...]]


class WalkedLoop(NamedTuple):
    """A loop at ``dram``, ``glb``, in ``space``, inside that (``waiting``) or at a SPad; ``step`` is along ``dim``."""

    place: str
    dim: str
    bound: int
    step: int


class Shape(NamedTuple):
    """The problem: stride and dilation along P and R, and along Q and S."""

    stride: tuple[int, int]
    dilation: tuple[int, int]


SPADS = ("ifmap_spad", "weights_spad", "psum_spad")
_INDEXED = {"iact": "GNCPQRS", "weight": "GMCRS", "psum": "GNMPQ"}
_SPAD_OF = {"iact": "ifmap_spad", "weight": "weights_spad", "psum": "psum_spad"}


def points(data_type: str, start: dict[str, int], size: dict[str, int], shape: Shape) -> Points:
    """The words that a tile touches, as a bounding box."""
    ranges = {dim: range(start[dim], start[dim] + size[dim]) for dim in _INDEXED[data_type]}
    if data_type != "iact":
        return frozenset(product(*ranges.values()))
    axes = []
    for axis, (p, r) in enumerate((("P", "R"), ("Q", "S"))):
        first = start[p] * shape.stride[axis] + start[r] * shape.dilation[axis]
        span = (size[p] - 1) * shape.stride[axis] + (size[r] - 1) * shape.dilation[axis] + 1
        axes.append(range(first, first + span))
    return frozenset(product(*(ranges[dim] for dim in "GNC"), *axes))


def restarts(loops: list[WalkedLoop], data_type: str) -> Iterator[bool]:
    """For every iteration of ``loops`` but the first, whether what advanced is a loop irrelevant to ``data_type``."""
    every = list(product(*(range(loop.bound) for loop in loops)))
    for before, now in pairwise(every):
        advanced = next(index for index in range(len(loops)) if before[index] != now[index])
        yield loops[advanced].dim not in _INDEXED[data_type]


def starts(loops: list[WalkedLoop]) -> Iterator[dict[str, int]]:
    """The origin of the tile in every iteration of ``loops``, in order."""
    for indices in product(*(range(loop.bound) for loop in loops)):
        start = dict.fromkeys("GNMCPQRS", 0)
        for loop, index in zip(loops, indices, strict=True):
            start[loop.dim] += index * loop.step
        yield start


def tile(loops: list[WalkedLoop]) -> dict[str, int]:
    """The extents that ``loops`` cover."""
    size = dict.fromkeys("GNMCPQRS", 1)
    for loop in loops:
        size[loop.dim] *= loop.bound
    return size


def walk(nest: list[WalkedLoop], shape: Shape, glb_keeps: tuple[str, ...]) -> dict[str, int]:
    """Words per level and data type, all instances together; ``nest`` is outermost first."""
    order = ("dram", "glb", "space", "waiting", *SPADS)
    counts: dict[str, int] = {}
    space = [loop for loop in nest if loop.place == "space"]
    for data_type in ("iact", "weight", "psum"):
        spad = order.index(_SPAD_OF[data_type])
        outside = [loop for loop in nest if loop.place != "space" and order.index(loop.place) < spad]
        inside = tile([loop for loop in nest if order.index(loop.place) >= spad])
        places = list(starts(space))
        dram = [loop for loop in nest if loop.place == "dram"]
        whole = tile([loop for loop in nest if loop.place != "dram"])
        kept = [points(data_type, start, whole, shape) for start in starts(dram)]
        entering = len(kept[0])
        for (last, now), anew in zip(pairwise(kept), restarts(dram, data_type), strict=True):
            entering += len(now) if anew and now != last else len(now - last)
        before: list[Points] = [frozenset()] * len(places)
        fills = reads = 0
        visits: list[set[Points]] = []
        seen: list[Points] = [frozenset()] * len(places)
        first = 0
        for start in starts(outside):
            now = [points(data_type, {d: start[d] + place[d] for d in start}, inside, shape) for place in places]
            new = [tile_now - tile_before for tile_now, tile_before in zip(now, before, strict=True)]
            fills += sum(map(len, new))
            reads += sum(map(len, {each for each in new if each}))
            if data_type == "psum" and now != before:
                visits.append(set(now))
                first += sum(len(points_now - seen_there) for points_now, seen_there in zip(now, seen, strict=True))
                seen = [seen_there | points_now for seen_there, points_now in zip(seen, now, strict=True)]
            before = now
        if data_type == "psum":
            updates = sum(len(each) for visit in visits for each in visit)
            total = len(frozenset().union(*kept))
            counts |= {"spad.psum.fills": fills - first}
            through = {"updates": updates, "reads": updates - total}
            up = {"updates": entering, "reads": entering - total}
            if "psum" in glb_keeps:
                counts |= {f"glb.psum.{key}": value for key, value in through.items()}
            counts |= {f"dram.psum.{key}": value for key, value in (up if "psum" in glb_keeps else through).items()}
            continue
        counts[f"spad.{data_type}.fills"] = fills
        if data_type in glb_keeps:
            counts |= {f"glb.{data_type}.reads": reads, f"glb.{data_type}.fills": entering}
        counts[f"dram.{data_type}.reads"] = entering if data_type in glb_keeps else reads
    return counts
