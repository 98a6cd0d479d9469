"""The best mappings of the shortlist for one design: what a sweep would use for it, long before a certified search."""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import numpy as np

from eyeriss_jax.compiling import compiled
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dataflow.mapspace import host_mapping
from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.search.batch import MOST_ORDERS, SHAPE_LEAVES, Candidates, Choice, best_mappings, blocks_for
from eyeriss_jax.search.sweep.shortlist import shortlist

_INNERS, _TILINGS = 64, 16
_WIDER = 4
"""As a sweep's settings: lengths of a shortlist, and how many times as long it is where none of it fits."""


def shortlisted(
    network: Network,
    accelerator: Accelerator,
    objective: str = "cycles",
    conventions: Conventions = OURS,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict[str, Mapping]:
    """The best mapping of each layer's shortlist, by layer name, under the accelerator's own dataflow.

    ``progress`` is called as ``progress(done, total, layer name)`` before each layer.

    Raises:
        SpecError: a layer of which no mapping of the shortlist fits.
    """
    found: dict[Layer, Mapping] = {}
    for done, layer in enumerate(network.layers):
        if progress:
            progress(done, len(network.layers), layer.name)
        if (shape := layer.anonymous()) not in found:
            found[shape] = _best(layer, accelerator, objective, conventions)
    return {layer.name: found[layer.anonymous()] for layer in network.layers}


def _best(layer: Layer, accelerator: Accelerator, objective: str, conventions: Conventions) -> Mapping:
    for times in (1, _WIDER):
        candidates = _candidates(layer, accelerator, _INNERS * times, _TILINGS * times, conventions)
        machine = jax.tree.map(np.float32, accelerator.build())
        built = jax.tree.map(np.float32, layer.build())
        search = _program(objective, conventions, jax.tree.structure(built), times)
        best = search(machine, built, candidates)
        if np.isfinite(best.primary[0]):
            return _mapping(layer, candidates, int(best.index[0]), conventions)
    raise SpecError(
        f"layer {layer.name!r}: no mapping of the shortlist fits {accelerator.name!r}; enlarge its SPads or its GLB"
    )


def _candidates(
    layer: Layer, accelerator: Accelerator, inners: int, tilings: int, conventions: Conventions
) -> Candidates:
    """The shortlist of a layer, padded so that one program serves all layers."""
    listed = shortlist(layer, (accelerator,), inners, tilings, conventions)

    def padded(table: np.ndarray, length: int, axis: int) -> np.ndarray:
        width = [(0, 0)] * table.ndim
        width[axis] = (0, length - table.shape[axis])
        return np.pad(table, width, mode="edge")

    return Candidates(
        inner=padded(listed.inner, inners, -1),
        parts=padded(listed.parts, tilings, 0),
        parts_count=np.int32(len(listed.parts)),
        orders=padded(listed.orders, MOST_ORDERS, 0),
        orders_count=np.int32(len(listed.orders)),
    )


@cache
def _program(objective: str, conventions: Conventions, _structure: Any, _times: int) -> Callable[..., Any]:
    """The search of one layer for one design, compiled at its first call; a program for each form of the arguments."""
    programs: list[Any] = []

    def search(machine: Any, layer: Any, candidates: Candidates) -> Any:
        shared = {name: getattr(machine, name) for name in SHAPE_LEAVES}
        designs = jax.tree.map(lambda leaf: leaf[None], machine).replace(**shared)
        return best_mappings(designs, layer, candidates, blocks_for((jax.devices()[0],)), conventions, objective)

    def call(*arguments: Any) -> Any:
        if not programs:
            programs.append(compiled(jax.jit(search).lower(*arguments)))
        return jax.tree.map(np.asarray, programs[0](*arguments))

    return call


def _mapping(layer: Layer, candidates: Candidates, index: int, conventions: Conventions) -> Mapping:
    """The mapping with an index of the table."""
    pair, inner = divmod(index, candidates.inner.shape[-1])
    tiling, order = divmod(pair, int(candidates.orders_count))
    choice = Choice(
        inner=candidates.inner[:, :, inner], parts=candidates.parts[tiling], orders=candidates.orders[order]
    )
    assert choice.parts.shape == (len(DIMS),)
    return host_mapping(choice.mapping(layer.build(), conventions))
