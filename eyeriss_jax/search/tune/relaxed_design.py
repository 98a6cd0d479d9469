"""A design space as real numbers: every axis a position between its values, and the accelerator there.

A position x on an axis lies between the places of its values: log2 of the value for positive numbers, its number in the
list otherwise. All scalars of the accelerator that the axis sets are interpolated between the values next to it, so any
axis that a sweep takes has a gradient.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.search.space import Axis, DesignSpace, leaves_of

Positions = dict[str, Any]
"""A position per axis, by its field."""


class Track(struct.PyTreeNode):
    """One axis: the places of its values ``[V]``, rising, and the scalars that they set ``[leaves, V]``."""

    places: Any
    table: Any
    leaves: tuple[int, ...] = struct.field(pytree_node=False)
    order: tuple[int, ...] = struct.field(pytree_node=False)


class RelaxedSpace(struct.PyTreeNode):
    """A design space made continuous; ``base``: all scalars of the base design."""

    base: list[Any]
    tracks: dict[str, Track]

    def accelerator(self, at: Positions, like: AcceleratorArrays) -> AcceleratorArrays:
        """The accelerator at the positions ``at``, with the structure of ``like``."""
        leaves = list(self.base)
        for field, track in self.tracks.items():
            for leaf, row in zip(track.leaves, track.table, strict=True):
                leaves[leaf] = jnp.interp(at[field], track.places, row)
        return jax.tree.unflatten(jax.tree.structure(like), leaves)

    def inside(self, at: Positions) -> Positions:
        """``at``, moved into the space."""
        return {field: jnp.clip(at[field], t.places[0], t.places[-1]) for field, t in self.tracks.items()}

    def sample(self, key: jax.Array) -> Positions:
        """Positions drawn evenly."""
        draws = jax.random.uniform(key, (len(self.tracks),))
        return {
            field: track.places[0] + draws[i] * (track.places[-1] - track.places[0])
            for i, (field, track) in enumerate(self.tracks.items())
        }


def relax(space: DesignSpace) -> RelaxedSpace:
    """``space`` made continuous.

    Raises:
        SpecError: an axis whose values are no numbers or lists of choices, or two axes that set the same scalar.
    """
    base = leaves_of(space.base)
    setters: dict[int, str] = {}
    tracks = {}
    for axis in space.axes:
        track = _track(axis, space, base)
        for leaf in track.leaves:
            if leaf in setters:
                raise SpecError(f"axes {setters[leaf]} and {axis.field} set the same value; leave one of them out")
            setters[leaf] = axis.field
        tracks[axis.field] = track
    return RelaxedSpace(base=[float(x) for x in base], tracks=tracks)


def _track(axis: Axis, space: DesignSpace, base: np.ndarray) -> Track:
    if not all(isinstance(v, int | float) and not isinstance(v, bool) and np.isfinite(v) for v in axis.values):
        raise SpecError(f"axis {axis.field}: a gradient needs finite numbers, not {axis.values!r}; sweep it instead")
    values = np.array(axis.values, float)
    order = np.argsort(values)
    places = np.log2(values[order]) if values.min() > 0 else values[order]
    rows = np.array([leaves_of(axis.apply(space.base, axis.values[i])) for i in order])
    changed = tuple(int(i) for i in np.flatnonzero(~np.all(rows == base[None, :], axis=0)))
    return Track(places=places, table=rows[:, changed].T, leaves=changed, order=tuple(int(i) for i in order))
