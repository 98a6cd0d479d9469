"""What every PE of the array has to do for every window of a layer: its cycles, its iacts and its weights.

The array is K PEs along the psum chain (channel tiles x filter rows), J that differ in output channels and share
the iact stream, and I that differ in output positions and share the weight stream. A pass streams all P positions
of a block past weights that stay; passes run over the output-channel and the channel tiles.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.array_masks import LayerMasks


@dataclass(frozen=True, kw_only=True, slots=True)
class ArraySplit:
    """How a layer is spread over the PEs.

    Attributes:
        M0: output channels of one PE; ``C0`` its channels. A PE holds all S taps of one filter row.
        C0: see ``M0``.
        channel_tiles: tiles of C along the psum chain; with the R filter rows they make its length K.
        m_tiles: J, tiles of M side by side.
        position_blocks: I, blocks of output positions side by side.
        lanes: MACs per PE and cycle.
        tiles_per_weight_port: different weight tiles that one port (a PE row of a cluster) loads one after the other.

    Raises:
        SpecError: a number below 1.
    """

    M0: int
    C0: int
    channel_tiles: int = 1
    m_tiles: int = 1
    position_blocks: int = 1
    lanes: int = 2
    tiles_per_weight_port: int = 1

    def __post_init__(self) -> None:
        """Refuses empty splits."""
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise SpecError(f"array split: {name} = {value!r} must be a positive integer")

    @property
    def drain(self) -> int:
        """Cycles in which a PE adds its M0 psums to its neighbour's: one psum per lane and cycle."""
        return -(-self.M0 // self.lanes)


class ArrayWork(NamedTuple):
    """Work per window, in the order in which the windows run; Q = passes x P.

    macs: [Q, K, J, I] MAC cycles of the window, ceil(nonzeros / lanes) summed over its nonzero iacts.
    pairs: [Q, K, I] nonzero iacts that the window newly brings in.
    loads: [Q, K, J] cycles of the port to load the weights of a new pass; 0 within a pass.
    """

    macs: np.ndarray
    pairs: np.ndarray
    loads: np.ndarray


def column_words(weights: np.ndarray, M0: int, lanes: int) -> np.ndarray:
    """Words of every weight column, ceil(nonzeros / lanes): [M tiles, C, R, S] of a mask [M, C, R, S]."""
    tiles = -(-weights.shape[0] // M0)
    padded = np.pad(weights, ((0, tiles * M0 - weights.shape[0]), (0, 0), (0, 0), (0, 0)))
    nonzeros = padded.reshape(tiles, M0, *weights.shape[1:]).sum(1, dtype=np.int64)
    return -(-nonzeros // lanes)


def array_work(masks: LayerMasks, split: ArraySplit) -> ArrayWork:
    """The work of a whole layer under a split; short tiles are filled up with zeros, which cost nothing."""
    layer = masks.layer
    words = _padded(column_words(masks.weights, split.M0, split.lanes), 1, split.C0)
    windows = _padded(masks.windows(), 1, split.C0)
    m_tiles, c_tiles = words.shape[0], words.shape[1] // split.C0
    words = words.reshape(m_tiles, c_tiles, split.C0, layer.R, layer.S)
    windows = windows.reshape(-1, c_tiles, split.C0, layer.R, layer.S)
    macs = np.einsum("pkcrs,mkcrs->pkrm", windows.astype(np.float32), words.astype(np.float32), optimize=True)
    # A slide brings in the last U of a window's S taps; between rows of the output the window starts anew.
    fresh = windows[..., max(layer.S - layer.stride[1], 0) :].sum((2, 4)).astype(np.int32)

    macs = _padded(_padded(macs, 1, split.channel_tiles), 3, split.m_tiles)
    fresh = _padded(fresh, 1, split.channel_tiles)
    words = _padded(_padded(words.sum((2, 4)), 1, split.channel_tiles), 0, split.m_tiles)
    c_steps, m_steps = fresh.shape[1] // split.channel_tiles, words.shape[0] // split.m_tiles
    chain = split.channel_tiles * layer.R
    macs = _blocks(macs, split.position_blocks)  # [I, P, c, R, m]
    fresh = _blocks(fresh, split.position_blocks)  # [I, P, c, R]
    blocks, P = macs.shape[:2]
    J = split.m_tiles
    macs = macs.reshape(blocks, P, c_steps, chain, m_steps, J).transpose(4, 2, 1, 3, 5, 0)
    fresh = np.broadcast_to(
        fresh.reshape(blocks, P, c_steps, chain).transpose(2, 1, 3, 0), (m_steps, c_steps, P, chain, blocks)
    )
    loads = np.zeros((m_steps, c_steps, P, chain, J), np.int32)
    loads[:, :, 0] = words.reshape(m_steps, J, c_steps, chain).transpose(0, 2, 3, 1) * split.tiles_per_weight_port
    return ArrayWork(
        macs=macs.reshape(-1, chain, J, blocks).astype(np.int32),
        pairs=fresh.reshape(-1, chain, blocks).astype(np.int32),
        loads=loads.reshape(-1, chain, J),
    )


def _padded(array: np.ndarray, axis: int, multiple: int) -> np.ndarray:
    """``array`` with zeros up to a multiple of ``multiple`` along ``axis``."""
    widths = [(0, 0)] * array.ndim
    widths[axis] = (0, -array.shape[axis] % multiple)
    return np.pad(array, widths)


def _blocks(array: np.ndarray, blocks: int) -> np.ndarray:
    """[positions, ...] as contiguous blocks [I, P, ...]."""
    padded = _padded(array, 0, blocks)
    return padded.reshape(blocks, -1, *array.shape[1:])
