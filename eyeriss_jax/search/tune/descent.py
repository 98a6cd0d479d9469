"""Gradient descent over relaxed mappings and designs: many starts, one compiled loop.

A *point* is the tiles of every layer and a position on every hardware axis. The loss of a point is log2 of the metric,
averaged over networks, plus a charge for what does not fit. While the loop runs, the rounding of tiles hardens, the
charge rises and the step falls (annealing); at the end tiles are integers and the laws exact.
"""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, cast

import jax
import jax.numpy as jnp
import optax
from flax import struct

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import LoopOrder
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.numerics import positive_part, real
from eyeriss_jax.search.objectives import OBJECTIVES, dram_words
from eyeriss_jax.search.space import QUANTITIES, Constraint, Totals, target_of
from eyeriss_jax.search.tune.relaxed_design import Positions, RelaxedSpace
from eyeriss_jax.search.tune.relaxed_mapping import Box, mapping, overflow


class Point(struct.PyTreeNode):
    """``tiles``: log2 size per free tile, leaves ``[..., L]``. ``at``: position per hardware axis, leaves ``[...]``."""

    tiles: dict[str, Any]
    at: Positions


class Task(struct.PyTreeNode):
    """What is tuned, as arrays.

    ``layers``, ``boxes``: leaves ``[L]``. ``times`` ``[L, networks]``: how often a network runs a layer. ``base``: the
    accelerator that ``space`` changes; without axes, the accelerator. ``inferences`` ``[networks]`` of a run and
    ``joules`` of a unit of energy: where a design has targets.
    """

    layers: LayerArrays
    boxes: Box
    times: Any
    base: AcceleratorArrays
    space: RelaxedSpace
    inferences: Any = None
    joules: Any = None


class Costs(struct.PyTreeNode):
    """What a layer costs: the terms of the objective, :func:`overflow` of its GLB, and what targets are made of.

    ``achieved``: cycles, energy, DRAM words and work; empty where there are no targets.
    """

    terms: tuple[Any, ...]
    overflow: Any
    achieved: tuple[Any, ...] = ()


class State(struct.PyTreeNode):
    """A descent under way, leaves ``[S, ...]``: enough to go on from. ``orders``: of the loops, per start and layer."""

    point: Point
    orders: tuple[LoopOrder, LoopOrder]
    optimiser: Any
    step: Any
    loss: Any


@dataclass(frozen=True)
class Descent:
    """The compiled descent.

    Attributes:
        objective: one of :data:`~eyeriss_jax.search.objectives.OBJECTIVES`, of whole networks.
        constraints: what a design must keep.
        steps: from start to end.
        charge: log2 of the metric per log2 of what does not fit, at first and at last.
        rate: Adam's first step, in log2.
        soft: whether tiles are rounded more and more, or in full from the first step.
        moves_tiles: whether tiles descend as well, or only follow the design.
        conventions: what counts as an access.
        targets: what a design must achieve.
        networks: their names, in the order of ``times``, where there are targets.
    """

    objective: str
    constraints: tuple[Constraint, ...] = ()
    steps: int = 40
    conventions: Conventions = OURS
    charge: tuple[float, float] = (2.0, 20.0)
    rate: float = 0.25
    soft: bool = True
    moves_tiles: bool = True
    targets: tuple[Constraint, ...] = ()
    networks: tuple[str, ...] = ()

    def begin(self, point: Point, orders: tuple[LoopOrder, LoopOrder]) -> State:
        """The state before the first step."""
        starts = jax.tree.leaves(point)[0].shape[0]
        point = jax.tree.map(real, point)
        optimiser = self._adam.init(cast(Any, point))
        return State(point, jax.tree.map(real, orders), optimiser, jnp.int32(0), jnp.full(starts, jnp.inf))

    def run(self, state: State, task: Task, steps: int) -> State:
        """``steps`` further steps, not beyond the last one."""
        last = min(self.steps, int(state.step) + steps)
        return _compiled(self)(state, task, jnp.int32(last))

    def layer_costs(
        self, tiles: dict, at: Positions, orders: tuple, layer: LayerArrays, box: Box, task: Task, progress: Any
    ) -> Costs:
        """What one layer costs at one point; ``progress`` in the annealing goes from 0 to 1."""
        accelerator = task.space.accelerator(at, task.base)
        hardness = jnp.clip(2.0 * progress, 0.0, 1.0) if self.soft else 1.0
        chosen = mapping(box.full(tiles), box, accelerator, layer, orders, hardness)
        result = evaluate(accelerator, layer, chosen, self.conventions)
        achieved = (result.cycles.total, result.energy.total, dram_words(result), result.work)
        return Costs(
            terms=OBJECTIVES[self.objective].values(result),
            overflow=overflow(layer, accelerator, chosen),
            achieved=achieved if self.targets else (),
        )

    def loss(self, costs: Costs, at: Positions, task: Task, progress: Any) -> jax.Array:
        """The loss of one point from the :class:`Costs` of its layers, leaves ``[L]``."""
        value = network_loss(self.objective, task.times, costs.terms)
        machine = task.space.accelerator(at, task.base)
        outside = broken(self.constraints, lambda name: QUANTITIES[name](machine)) + self._missed(costs, machine, task)
        first, last = self.charge
        charge = first * (last / first) ** progress
        return value + charge * (costs.overflow.sum() + outside)

    def _missed(self, costs: Costs, machine: AcceleratorArrays, task: Task) -> jax.Array:
        """log2 of how far a point is outside its targets, summed."""
        if not self.targets:
            return real(0)
        cycles, energy, words, work = (task.times.T @ each for each in costs.achieved)
        run = Totals(cycles=cycles, energy=energy, dram_words=words, work=work, inferences=task.inferences)
        units = QUANTITIES["macs_per_cycle"](machine)
        row = run.achieved(self.networks, machine.clock_hz, task.joules, units, lambda x: jnp.exp(jnp.log(x).mean()))
        return broken(self.targets, partial(target_of, row))

    @cached_property
    def _adam(self) -> optax.GradientTransformation:
        return optax.adam(optax.cosine_decay_schedule(self.rate, self.steps, alpha=0.1))

    def _loop(self, state: State, task: Task, last: jax.Array) -> State:
        """Steps up to ``last``. The chain rule is applied layer by layer, so that one layer's gradient is compiled."""

        def step(state: State) -> State:
            progress = state.step / jnp.maximum(1, self.steps - 1)
            point = state.point
            each = [_by_layer(x) for x in (point.tiles, state.orders)] + [task.layers, task.boxes]

            def costs(tiles: dict, at: Positions, orders: Any, layer: LayerArrays, box: Box) -> Costs:
                one = partial(self.layer_costs, layer=layer, box=box, task=task, progress=progress)
                return jax.vmap(one)(tiles, at, orders)

            def slope(tiles: dict, at: Positions, orders: Any, layer: Any, box: Any, weights: Costs) -> tuple:
                return jax.vjp(lambda tiles, at: costs(tiles, at, orders, layer, box), tiles, at)[1](weights)

            found = jax.lax.map(lambda one: costs(one[0], point.at, *one[1:]), each)  # leaves [L, S]
            losses = jax.vmap(partial(self.loss, task=task, progress=progress), in_axes=(1, 0))
            values, back = jax.vjp(losses, found, point.at)
            weights, at_slope = back(jnp.ones_like(values))

            def add(total: Positions, one: Any) -> tuple[Positions, dict]:
                tiles_slope, more = slope(one[0], point.at, *one[1:])
                return jax.tree.map(jnp.add, total, more), tiles_slope

            at_slope, tiles_slope = jax.lax.scan(add, at_slope, (*each, weights))
            slopes = Point(tiles=_by_layer(tiles_slope), at=at_slope)
            if not self.moves_tiles:
                slopes = slopes.replace(tiles=jax.tree.map(jnp.zeros_like, slopes.tiles))
            change, optimiser = self._adam.update(cast(Any, slopes), state.optimiser)
            new = _inside(cast(Point, optax.apply_updates(cast(Any, point), change)), task)
            return state.replace(point=new, optimiser=optimiser, step=state.step + 1, loss=values)

        return jax.lax.while_loop(lambda state: state.step < last, step, state)


@lru_cache(maxsize=8)
def _compiled(descent: Descent) -> Any:
    return jit_unfused(descent._loop)


def network_loss(objective: str, times: Any, terms: Iterable[Any]) -> jax.Array:
    """Mean over networks of log2 of the objective, from its terms of layers ``[L]``; ``times`` ``[L, networks]``."""
    return jnp.log2(OBJECTIVES[objective].total(terms, lambda each: times.T @ each)).mean()


def broken(limits: tuple[Constraint, ...], found: Callable[[str], Any]) -> jax.Array:
    """log2 of how far a design is outside ``limits``, summed; 0 inside. ``found``: the value of a quantity."""
    total = real(0)
    for limit in limits:
        value = jnp.log2(found(limit.quantity))
        if limit.at_most < float("inf"):
            total = total + positive_part(value - jnp.log2(limit.at_most))
        if limit.at_least > 0:
            total = total + positive_part(jnp.log2(limit.at_least) - value)
    return total


def _inside(point: Point, task: Task) -> Point:
    """``point`` in the box of every layer and on every axis."""
    low, high = ({name: _tile(side, name)[None] for name in point.tiles} for side in (task.boxes.low, task.boxes.high))
    tiles = {name: jnp.clip(x, low[name], high[name]) for name, x in point.tiles.items()}
    return Point(tiles=tiles, at=task.space.inside(point.at))


def _by_layer(tree: Any) -> Any:
    """Leaves ``[S, L]`` as ``[L, S]``, and back."""
    return jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), tree)


def _tile(tiles: Table[str, Any], name: str) -> Any:
    level, dim = name.split(".")
    return tiles[level][dim]
