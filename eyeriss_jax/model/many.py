"""The whole model at many points: :func:`~eyeriss_jax.model.evaluate.evaluate` in blocks, memory flat."""

from functools import partial
from typing import Any

import jax
import numpy as np

from eyeriss_jax.blocks import in_blocks
from eyeriss_jax.compiling import compiled_in_stages
from eyeriss_jax.dataflow.mapping import MappingArrays
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.countable import check_countable_arrays
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.numerics import real

CHUNK = 8192
"""Points at once. Measured on two loaded CPU cores in millions per CPU-second, every metric kept, float32, every scalar
of machine, layer and mapping another at each of 524,288 points: 1,024 points 0.88, 4,096 1.10, 8,192 1.37 to 1.50,
16,384 1.27, 32,768 0.98."""


def evaluate_many(
    accelerators: AcceleratorArrays,
    layers: LayerArrays,
    mappings: MappingArrays,
    conventions: Conventions = OURS,
    *,
    chunk: int = CHUNK,
) -> Evaluation:
    """Every metric of P points, each an accelerator, a layer and a mapping: :func:`evaluate`, ``chunk`` points at once.

    Memory is that of the arguments and of the result (236 bytes a point in float32); no intermediate value is
    held for more than ``chunk`` points. The program is compiled once per P, ``chunk`` and choice of axes.

    Args:
        accelerators: leaves ``[P]`` or scalars; a scalar holds for all points. Units as in :func:`evaluate`.
        layers: likewise.
        mappings: likewise.
        conventions: what counts as an access; static.
        chunk: points at once. Results do not depend on it, up to rounding.

    Returns:
        An :class:`Evaluation` with leaves ``[P]``.

    Raises:
        SpecError: leaves of different lengths or of more than one axis, no leaf with an axis, ``chunk`` below 1, or a
            layer too large for float32 (:mod:`eyeriss_jax.model.countable`).

    Example:
        >>> import jax.numpy as jnp
        >>> layer = Layer.fully_connected("fc", in_features=64, out_features=10)
        >>> machine = accelerator("eyeriss_v2")
        >>> mapping = map_layer(layer, machine, DATAFLOWS["rs_plus"]).mapping.build()
        >>> arrays = machine.build()
        >>> machines = arrays.replace(clock_hz=jnp.linspace(1e8, 3e8, 1000), lanes=jnp.resize(jnp.array([1, 2]), 1000))
        >>> result = evaluate_many(machines, layer.build(), mapping, chunk=256)
        >>> result.cycles.total.shape, bool((result.cycles.total[1::2] <= result.cycles.total[::2]).all())
        ((1000,), True)
    """
    points = (accelerators, layers, mappings)
    if not isinstance(chunk, int) or chunk < 1:
        raise SpecError(f"evaluate_many: chunk = {chunk!r} must be a whole number of at least 1")
    shapes = {np.shape(leaf) for leaf in jax.tree.leaves(points)} - {()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        found = ", ".join(str(shape) for shape in sorted(shapes)) or "scalars only"
        raise SpecError(
            f"evaluate_many: the leaves must be scalars or arrays of one length P, and are {found}; for one point call "
            "evaluate, for a grid of points write it out with jnp.meshgrid and reshape(-1)"
        )
    check_countable_arrays(layers.dims)
    return _evaluate_many(*points, conventions=conventions, chunk=chunk)


@partial(compiled_in_stages, static_argnames=("conventions", "chunk"))
def _evaluate_many(*points: Any, conventions: Conventions, chunk: int, in_stages: bool) -> Evaluation:
    leaves, tree = jax.tree.flatten(jax.tree.map(real, points))
    varies = [leaf.ndim > 0 for leaf in leaves]

    def block(varying: list[jax.Array]) -> Evaluation:
        def one(row: list[jax.Array]) -> Evaluation:
            values = iter(row)
            machine, layer, mapping = jax.tree.unflatten(
                tree, [next(values) if v else leaf for v, leaf in zip(varies, leaves, strict=True)]
            )
            return evaluate(machine, layer, mapping, conventions, in_stages=in_stages)

        return jax.vmap(one)(varying)

    return in_blocks(block, chunk)([leaf for leaf, v in zip(leaves, varies, strict=True) if v])
