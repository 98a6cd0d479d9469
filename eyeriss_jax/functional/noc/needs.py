"""Which words each PE needs in one pass, as tags: one integer per (word, position at which it is due).

Weights and psums are due once per pass. iacts stream: at each position (f, n, e) of its tile a PE needs the words
of that position's window that it has not fetched in the same sweep along E. All PEs step through their positions
together, so a tag counts positions from the start of the PE's own tile, and PEs share a word if they need it at the
same position.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eyeriss_jax.dims import DIMS, RELEVANT
from eyeriss_jax.functional.nest import Ints
from eyeriss_jax.functional.noc.passes import PeTiles
from eyeriss_jax.layers.layer import Layer, LayerArrays

Coordinates = dict[str, Ints]

Flags = npt.NDArray[np.bool_]

Needs = npt.NDArray[np.object_]
"""The sorted tags of every PE: arrays of integers in ``[cluster_rows, cluster_cols, pe_rows, pe_cols]``."""

POSITION: tuple[str, ...] = ("step_f", "step_n", "step_e")
"""The coordinates of an iact's tag that say when it is due, counted from the start of the PE's tile."""


@dataclass(frozen=True, kw_only=True)
class Tags:
    """Mixed-radix integers that name words: the ``names`` of the coordinates, outermost first, and their ``sizes``.

    The coordinates of a weight or psum are its indices. Those of an iact are the position at which it is due, then
    G, N, C and the touched row and column of the padded input.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, data_type: str, layer: Layer, spad: Ints) -> "Tags":
        """The tags of ``data_type`` for PE tiles of at most ``spad`` ``[8]``."""
        if data_type != "iact":
            names = RELEVANT[data_type]
            return cls(names=names, sizes=tuple(layer.extent(dim) for dim in names))
        image, tile = layer.build(), dict(zip(DIMS, spad.tolist(), strict=True))
        height = (layer.E - 1) * image.stride_h + (layer.R - 1) * image.dilation_h + 1
        width = (layer.F - 1) * image.stride_w + (layer.S - 1) * image.dilation_w + 1
        return cls(
            names=(*POSITION, "G", "N", "C", "row", "col"),
            sizes=(tile["F"], tile["N"], tile["E"], layer.G, layer.N, layer.C, height, width),
        )

    def encode(self, axes: list[Coordinates]) -> Ints:
        """Sorted tags of a product of ``axes``; the coordinates on one axis are equally long and go together."""
        lengths = [len(next(iter(axis.values()))) for axis in axes]
        indices = np.unravel_index(np.arange(np.prod(lengths)), lengths)
        columns = {
            name: values[index] for axis, index in zip(axes, indices, strict=True) for name, values in axis.items()
        }
        return np.sort(np.ravel_multi_index(tuple(columns[name] for name in self.names), self.sizes))

    def decode(self, tags: Ints) -> Coordinates:
        """The coordinates of ``tags``."""
        return dict(zip(self.names, np.unravel_index(tags, self.sizes), strict=True))


def needs(data_type: str, layer: Layer, tiles: PeTiles, tags: Tags) -> Needs:
    """Sorted tags that each PE needs; none where it idles."""
    relevant = [DIMS.index(dim) for dim in RELEVANT[data_type]]
    known: dict[bytes, Ints] = {}
    result = np.empty(tiles.busy.shape, dtype=object)
    for pe in np.ndindex(result.shape):
        start, stop = tiles.start[pe], tiles.stop[pe]
        identity = np.concatenate([start[relevant], stop[relevant]]).tobytes()
        if not tiles.busy[pe]:
            result[pe] = np.zeros(0, np.int64)
            continue
        if identity not in known:
            box = {dim: np.arange(start[i], stop[i]) for i, dim in enumerate(DIMS)}
            known[identity] = tags.encode(_iacts(box, layer.build()) if data_type == "iact" else _indices(box, tags))
        result[pe] = known[identity]
    return result


def union(needed: Needs) -> Ints:
    """Sorted tags that at least one PE of ``needed`` needs."""
    return np.unique(np.concatenate(needed.ravel().tolist()))


def takers(words: Ints, needed: Needs) -> Flags:
    """Which PEs need each of the sorted ``words``: ``[words, *needed.shape]``."""
    needs_it = [np.isin(words, own, assume_unique=True) for own in needed.ravel().tolist()]
    return np.stack(needs_it, axis=-1).reshape(-1, *needed.shape)


def _indices(box: Coordinates, tags: Tags) -> list[Coordinates]:
    """Words that are due once: every index of the tile."""
    return [{dim: box[dim]} for dim in tags.names]


def _iacts(box: Coordinates, image: LayerArrays) -> list[Coordinates]:
    """Words of the sliding window: each row when the sweep along E first touches it, each column at every f."""
    step_e, rows = [], []
    held: set[int] = set()
    for step, e in enumerate(box["E"]):
        window = {int(e * image.stride_h + r * image.dilation_h) for r in box["R"]}
        for row in sorted(window - held):
            step_e.append(step)
            rows.append(row)
        held |= window
    taps = len(box["S"])
    step_f = np.repeat(np.arange(len(box["F"])), taps)
    cols = np.repeat(box["F"], taps) * image.stride_w + np.tile(box["S"], len(box["F"])) * image.dilation_w
    return [
        {"G": box["G"]},
        {"C": box["C"]},
        {"step_n": np.arange(len(box["N"])), "N": box["N"]},
        {"step_e": np.array(step_e), "row": np.array(rows)},
        {"step_f": step_f, "col": cols},
    ]
