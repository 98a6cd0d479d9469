"""Tuning the mapping of one layer: gradient descent from many starts, then snapping and a local exhaustive polish."""

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import ORDERS, LoopOrder, Mapping
from eyeriss_jax.dataflow.mapspace import host_mapping, mapspace
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.numerics import real
from eyeriss_jax.search.mapping import decode
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.search.tune.descent import Descent, Point, Task
from eyeriss_jax.search.tune.relaxed_design import RelaxedSpace
from eyeriss_jax.search.tune.relaxed_mapping import LEVELS, Box, Tiles, squeezed
from eyeriss_jax.search.tune.snap import UNFIT, Neighbourhood

GRADIENT = 4
"""Evaluations that one gradient is counted as: a forward pass and a reverse one of at most three times the work."""

STARTS = 64
"""Starts of one descent; a smaller budget pays for, and uses, only the first of them."""

ROUNDS = 4
"""Descents from other starts, each with its polish, while there is a budget: a polish ends at a local optimum."""

_FREE = tuple(f"{level}.{d}" for level in LEVELS for d in "GNMCEFS")
"""One program for every layer: tiles with no choice get a gradient too, and stay where they are."""


@dataclass(frozen=True)
class TunedMapping:
    """The best mapping found, its ``objective``, and the ``evaluations`` it took: gradients count :data:`GRADIENT`."""

    mapping: Mapping
    objective: float
    evaluations: int
    gradients: int
    mapspace_size: int


def tune_mapping(
    layer: Layer,
    accelerator: Accelerator,
    dataflow: Dataflow,
    *,
    objective: str = "edp",
    budget: int,
    steps: int = 30,
    descends: bool = True,
    seed: int = 0,
    conventions: Conventions = OURS,
) -> TunedMapping:
    """A mapping of ``layer`` that is good under ``objective``, within ``budget`` evaluations.

    At most half of what is left of the budget goes to a descent from :data:`STARTS` points: fewer where it is small.

    ``descends=False`` leaves the descent out and polishes the points drawn: what it is worth can be measured.

    Raises:
        SpecError: nothing fits, or nothing that fits was found within the budget.

    Example:
        >>> layer = Layer.fully_connected("fc", in_features=64, out_features=10)
        >>> found = tune_mapping(layer, accelerator("eyeriss_v2"), DATAFLOWS["rs_plus"], budget=300)
        >>> found.evaluations <= 300
        True
    """
    check_objective(objective)
    space = mapspace(layer, accelerator, dataflow)
    box = Box.of(space, accelerator)
    machine = jax.tree.map(real, accelerator.build())
    near = Neighbourhood(space, accelerator.build(), layer.build(), objective, budget, conventions)
    descent = Descent(objective, steps=steps, conventions=conventions)
    random = np.random.default_rng(seed)
    gradients = 0
    for _ in range(ROUNDS):
        sizes = _drawn(random, box)
        used = min(STARTS, near.budget // (2 * GRADIENT * steps)) if descends else 0
        if used:
            sizes = _descended(layer, machine, box, sizes, random, descent)
            near.budget -= GRADIENT * steps * used
            gradients += steps * used
        near.polish(near.with_all_orders(np.unique(near.nearest(sizes)[: used if used else STARTS])))
    if not near.best[0] < UNFIT:
        raise SpecError(
            f"layer {layer.name!r}: no mapping that fits {accelerator.name!r} was found in {budget} evaluations; "
            "raise the budget, or use the mapper"
        )
    with jax.enable_x64(True):
        mapping = host_mapping(decode(layer, space, near.best[1], conventions))
    return TunedMapping(mapping, near.best[0], near.spent + GRADIENT * gradients, gradients, space.size)


def _drawn(random: np.random.Generator, box: Box) -> Tiles:
    """Tiles drawn evenly in log2 from the box, leaves ``[STARTS]``."""
    return {
        level: Dims.build(lambda d, level=level: random.uniform(box.low[level][d], box.high[level][d], STARTS))
        for level in LEVELS
    }


def _descended(
    layer: Layer, machine: AcceleratorArrays, box: Box, sizes: Tiles, random: np.random.Generator, descent: Descent
) -> Tiles:
    """Where a descent from ``sizes`` ends, squeezed into the machine; leaves ``[STARTS]``."""
    one = partial(jax.tree.map, lambda x: jnp.asarray(x, float)[None])
    scalars = [float(x) for x in jax.tree.leaves(machine)]
    task = Task(one(layer.build()), one(box), jnp.ones((1, 1)), machine, RelaxedSpace(base=scalars, tracks={}))
    tiles = {name: sizes[name.split(".")[0]][name.split(".")[1]][:, None] for name in _FREE}
    orders = _orders(random), _orders(random)
    state = descent.begin(Point(tiles=tiles, at={}), orders)
    end = descent.run(state, task, descent.steps)
    final = box.full({name: np.asarray(x)[:, 0] for name, x in end.point.tiles.items()})
    return jax.tree.map(np.asarray, squeezed(final, box.room, machine))


def _orders(random: np.random.Generator) -> LoopOrder:
    """A random loop order per start, leaves ``[STARTS, 1]``."""
    drawn = [LoopOrder.of(ORDERS[i]) for i in random.integers(0, len(ORDERS), STARTS)]
    return jax.tree.map(lambda *ranks: np.array(ranks, float)[:, None], *drawn)
