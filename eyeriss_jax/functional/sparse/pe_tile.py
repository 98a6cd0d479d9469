"""What one PE holds and streams: a strip of iacts in segments, the weights of its tile in columns, and the window.

The PE computes a 1-D convolution of C0 channels and M0 output channels: for each of P output positions a window of
C0·S iacts, which slides by C0·U. Segments are C0·U long, so that a slide is one segment, and the window's order is
tap first, then channel, in segments and weight columns alike.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.sparse.csc import Csc, encode, encode_raw
from eyeriss_jax.functional.sparse.csc_format import IACTS, WEIGHTS, CscFormat


@dataclass(frozen=True, kw_only=True, slots=True)
class PeTile:
    """Sizes of a PE's tile: M0 outputs, C0 channels, S taps, stride U, P output positions.

    Raises:
        SpecError: a size below 1.
    """

    M0: int
    C0: int
    S: int = 1
    U: int = 1
    P: int = 1

    def __post_init__(self) -> None:
        """Refuses empty tiles."""
        for name in ("M0", "C0", "S", "U", "P"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise SpecError(f"PE tile: {name} = {value!r} must be a positive integer")

    @property
    def window(self) -> int:
        """Iacts of one window, C0·S."""
        return self.C0 * self.S

    @property
    def slide(self) -> int:
        """Iacts of one segment, C0·U."""
        return self.C0 * self.U

    @property
    def window_segments(self) -> int:
        """Segments that a window reaches into; of the last one only a part where U does not divide S."""
        return -(-self.S // self.U)

    @property
    def segments(self) -> int:
        """Segments of the whole strip."""
        return self.P - 1 + self.window_segments

    @property
    def width(self) -> int:
        """Iact columns that the outputs read, (P-1)·U + S."""
        return (self.P - 1) * self.U + self.S


class PeStreams(struct.PyTreeNode):
    """The compressed (or raw) inputs of one PE: iact segments and weight columns."""

    iacts: Csc
    weights: Csc


def pe_streams(
    tile: PeTile,
    iacts: jax.Array,
    weights: jax.Array,
    *,
    raw_iacts: bool = False,
    raw_weights: bool = False,
    weight_format: CscFormat = WEIGHTS,
) -> PeStreams:
    """The streams of a PE that convolves ``iacts`` [C0, width] with ``weights`` [M0, C0, S].

    Raises:
        SpecError: shapes that do not match the tile.
    """
    _check("iacts", iacts.shape, (tile.C0, tile.width))
    _check("weights", weights.shape, (tile.M0, tile.C0, tile.S))
    encode_iacts = encode_raw if raw_iacts else encode
    encode_weights = encode_raw if raw_weights else encode
    strip = jnp.pad(iacts, ((0, 0), (0, tile.segments * tile.U - tile.width)))
    return PeStreams(
        iacts=encode_iacts(strip.T.reshape(tile.segments, tile.slide), IACTS),
        weights=encode_weights(weights.transpose(2, 1, 0).reshape(tile.window, tile.M0), weight_format),
    )


def largest_window(tile: PeTile, iacts: Csc) -> jax.Array:
    """Pairs of the largest window, which the iact data SPad must hold (16 on Eyeriss v2)."""
    pairs = iacts.addresses * IACTS.pairs_per_word
    return (pairs[tile.window_segments :] - pairs[: -tile.window_segments]).max()


def _check(what: str, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    if shape != expected:
        raise SpecError(f"PE tile: {what} of shape {shape} must be {expected}")
