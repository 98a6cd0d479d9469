"""What float32 counts to a thousandth: every search in float32 refuses larger layers before anything is compiled.

Most counts are products of sums over dimensions, each exact, so that they lose no more than a few bits at any size.
What is a difference of such products loses more, the larger these are beside it: words of halos, and words that are
fetched again less those that stay. ``tests/model/test_countable.py`` holds drawn layers of these sizes to float64. Two
differences may be anything from nothing to all of what they are of, exposed delivery and psums that come back: these
are right to a thousandth of themselves and a millionth of all cycles, or psums.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.layer import Layer

MOST_EXTENT = 1 << 22
"""Below this the numbers of tiles are exact in float32 (:mod:`eyeriss_jax.numerics`)."""

MOST_MACS = 1 << 46
"""MACs of a layer (7.0e13): every other count is of the order of these at most."""

MOST_OVERLAP = 1 << 13
"""The less of outputs and filter taps along an axis: so many times larger is their product than what they touch."""


def check_countable(layers: Iterable[Layer]) -> None:
    """Refuses layers whose tiles or words float32 cannot count.

    Raises:
        SpecError: names the layer, what is too large, and what to do.
    """
    for layer in layers:
        if reason := _uncountable({dim: layer.extent(dim) for dim in DIMS}):
            raise SpecError(
                f"layer {layer.name!r}: {reason}; take a smaller batch or input, or map it in float64 "
                "(map_layer(), Eyexam)"
            )


def check_countable_arrays(dims: Dims) -> None:
    """The same for the extents of many layers, leaves of any shape; under x64 and while being traced all pass.

    Raises:
        SpecError: names the first point, what is too large, and what to do.
    """
    leaves = jax.tree.leaves(dims)
    if jnp.result_type(float) != np.float32 or any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
        return
    extents = dict(zip(DIMS, np.broadcast_arrays(*(np.asarray(leaf, np.float64) for leaf in leaves)), strict=True))
    too_large = np.any([size >= limit for size, limit in _limited(extents).values()], axis=0)
    for point in np.flatnonzero(too_large):
        reason = _uncountable({d: int(extents[d].flat[point]) for d in DIMS})
        raise SpecError(f"point {point}: {reason}; take a smaller layer, or evaluate in float64 (jax.enable_x64)")


def _limited(extents: Mapping[str, Any]) -> dict[str, tuple[Any, int]]:
    """What is limited, by the dimensions that it is of: its size at every point, and what that must be below."""
    return {
        **{d: (extents[d], MOST_EXTENT) for d in DIMS},
        **{f"{o}{t}": (np.minimum(extents[o], extents[t]), MOST_OVERLAP) for o, t in ("ER", "FS")},
        "".join(DIMS): (math.prod(extents[d] for d in DIMS), MOST_MACS),
    }


def _uncountable(extents: Mapping[str, int]) -> str:
    """What of a layer is too large for float32, in words; empty for none."""
    for dims, (size, limit) in _limited(extents).items():
        if size < limit:
            continue
        if len(dims) == 1:
            return f"{dims} = {size:,} must be below {limit:,} for a search in float32"
        if len(dims) == 2:
            each = " and ".join(f"{dim} = {extents[dim]:,}" for dim in dims)
            return f"{each}: one of them must be below {limit:,} for words to be counted in float32"
        return f"{size:.3g} MACs must be below {float(limit):.3g} for words to be counted in float32"
    return ""
