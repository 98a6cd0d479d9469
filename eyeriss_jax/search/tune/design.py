"""Tuning the hardware, with the mapper inside: descend over designs and mappings, score designs exactly.

A round starts from the best designs known, each with the mappings that the mapper found for it, and from shaken copies
of them. A descent moves the positions on all axes, and with them the tiles of all layers, so that a layer may use what
a design gains (``moves_tiles``); else tiles only follow as axes and SPads squeeze them. The designs it ends at are
snapped to values of the axes, and the most promising new ones are scored exactly: the best mapping of every layer by
the certified mapper. Only exact scores count.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dataflow.mapspace import mapspace
from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.layers.networks.base import distinct_layers, times_of
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.numerics import real
from eyeriss_jax.search.mapping import evaluate_exactly, map_layer
from eyeriss_jax.search.objectives import OBJECTIVES, dram_words
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.search.space import JOULES, QUANTITIES, DesignSpace, Totals, check_reachable, excess_of, target_of
from eyeriss_jax.search.tune.descent import Descent, Point, Task, network_loss
from eyeriss_jax.search.tune.relaxed_design import relax
from eyeriss_jax.search.tune.relaxed_mapping import LEVELS, Box

Digits = tuple[int, ...]
"""Which value of each axis a design has."""

STARTS = 32
"""Descents per round, from copies of the best designs."""

PARENTS = 4
"""How many best designs a round starts from, and how many new ones it scores at most."""

STEPS, RATE, CHARGE = 4, 0.2, (1.0, 2.0)
"""Short descents: 0.8 octaves at most. Longer ones (12 steps at 0.25, charge up to 20) end where the laws at the
parent's mapping say nothing about the design: they were no better than random search."""

_SHAKE = 0.5
"""Standard deviation in log2 of the positions that copies of a design start from."""

_OVERASK = 1.25
_COUNTED = 5_000
_CHUNK = 1 << 14


@dataclass(frozen=True)
class Scored:
    """A design scored exactly: mean over networks of log2 of the objective, and the mapping of each distinct layer.

    ``excess``: log2 of how far it is outside each constraint on what a design achieves, negative inside.
    """

    digits: Digits
    loss: float
    mappings: tuple[Mapping, ...] = field(repr=False)
    excess: tuple[float, ...] = ()

    @property
    def missed(self) -> float:
        """log2 of how far it is outside all of them, summed."""
        return sum(max(0.0, x) for x in self.excess)

    @property
    def rank(self) -> tuple[float, float, Digits]:
        """The smaller the better: what misses a constraint comes after all that do not."""
        return self.missed, self.loss, self.digits


@dataclass(frozen=True)
class DesignProblem:
    """What is tuned: designs of a space for networks under an objective.

    Raises:
        SpecError: unknown objective, or no design meets the constraints; the message says which one fails, and by how
            much.
    """

    space: DesignSpace
    networks: tuple[Network, ...]
    objective: str = "edp"
    conventions: Conventions = OURS

    def __post_init__(self) -> None:
        """Refuses what has no solution."""
        check_objective(self.objective)
        for target in self.space.targets:
            if target.network:
                known_name(f"constraint {target.quantity}", target.network, [n.name for n in self.networks])
        check_reachable(self.space)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The distinct layers."""
        return distinct_layers(self.networks)

    @cached_property
    def times(self) -> np.ndarray:
        """How often a network runs a layer, ``[L, networks]``."""
        return times_of(self.layers, self.networks)

    def design(self, digits: Digits) -> Accelerator:
        """The accelerator with these values."""
        design = self.space.base
        for axis, digit in zip(self.space.axes, digits, strict=True):
            design = axis.apply(design, axis.values[digit])
        names = ", ".join(network.name for network in self.networks)
        return design.replace(name="tuned", description=f"{self.space.base.name} tuned for {self.objective} of {names}")

    def allowed(self, digits: Digits) -> bool:
        """Whether a design meets the constraints."""
        machine = self.design(digits).build()
        values = {limit.quantity: float(QUANTITIES[limit.quantity](machine)) for limit in self.space.constraints}
        return all(c.at_least <= values[c.quantity] <= c.at_most for c in self.space.constraints)

    def designs(self, most: int) -> int:
        """How many designs meet the constraints, ``most`` at most; a large space is taken to have as many."""
        if self.space.size > _COUNTED:
            return most
        return sum(1 for _ in islice(filter(self.allowed, map(self.space.digits, range(self.space.size))), most))

    @cached_property
    def base_digits(self) -> Digits:
        """The design of the space nearest to the base: the base itself where it is a point of the space."""
        digits = []
        for axis in self.space.axes:
            value = field_of(self.space.base, axis.field)
            numbers = all(isinstance(v, int | float) for v in axis.values)
            near = [abs(_log(v) - _log(value)) if numbers else v != value for v in axis.values]
            digits.append(int(np.argmin(near)))
        return tuple(digits)

    @cached_property
    def base_broken(self) -> tuple[str, ...]:
        """The constraints on what a machine is that the base design breaks, in words."""
        machine = self.space.base.build()
        limits = self.space.constraints
        broken = [limit.broken_by(float(QUANTITIES[limit.quantity](machine))) for limit in limits]
        return tuple(words for words in broken if words)

    def random(self, random: np.random.Generator) -> Digits:
        """A design drawn evenly from those that meet the constraints."""
        for _ in range(10_000):
            digits = tuple(int(random.integers(len(axis.values))) for axis in self.space.axes)
            if self.allowed(digits):
                return digits
        raise SpecError("constraints: of 10,000 designs drawn none meets them all; loosen one of them")

    def score(self, digits: Digits) -> Scored:
        """The exact score of a design."""
        return Scored(digits, *self.score_machine(self.design(digits)))

    def score_machine(self, machine: Accelerator) -> tuple[float, tuple[Mapping, ...], tuple[float, ...]]:
        """Loss, mappings and ``excess`` of any machine; an infinite loss where a layer has no mapping that fits."""
        flow = dataflow(machine.dataflow)
        mappings = []
        for layer in self.layers:
            try:
                found = map_layer(
                    layer, machine, flow, objective=self.objective, conventions=self.conventions, chunk=_CHUNK
                )
            except SpecError:
                return float("inf"), (), (float("inf"),) * len(self.space.targets)
            mappings.append(found.mapping)
        return self.score_with(machine, tuple(mappings))

    def score_with(
        self, machine: Accelerator, mappings: tuple[Mapping, ...]
    ) -> tuple[float, tuple[Mapping, ...], tuple[float, ...]]:
        """Loss, mappings and ``excess`` of any machine with these mappings of its layers."""
        results = self._results(machine, mappings)
        terms = np.array([OBJECTIVES[self.objective].values(result) for result in results])
        with jax.enable_x64(True):
            loss = network_loss(self.objective, self.times, terms.T)
        row = self._achieved(machine, results)
        excess = (float(excess_of(t, np.array(target_of(row, t.quantity)))) for t in self.space.targets)
        return float(loss), mappings, tuple(excess)

    def _results(self, machine: Accelerator, mappings: tuple[Mapping, ...]) -> list[Evaluation]:
        return [
            evaluate_exactly(machine, layer, m, self.conventions)
            for layer, m in zip(self.layers, mappings, strict=True)
        ]

    def missed_by(self, machine: Accelerator, mappings: tuple[Mapping, ...]) -> tuple[str, ...]:
        """The constraints on what a design achieves that ``machine`` misses with these mappings, in words."""
        row = self._achieved(machine, self._results(machine, mappings))
        missed = (target.broken_by(float(target_of(row, target.quantity))) for target in self.space.targets)
        return tuple(words for words in missed if words)

    def _achieved(self, machine: Accelerator, results: list[Evaluation]) -> dict[str, Any]:
        """The metrics that targets bound, over all networks and of each, from what the layers cost."""
        cycles, energy, words, work = (self.times.T @ _costs(results)).T
        run = Totals(cycles=cycles, energy=energy, dram_words=words, work=work, inferences=self.inferences)
        names = [network.name for network in self.networks]
        return run.achieved(
            names, machine.clock_hz, self.joules, machine.macs_per_cycle, lambda x: np.exp(np.log(x).mean())
        )

    @property
    def inferences(self) -> np.ndarray:
        """Inferences of one run of each network."""
        return np.array([network.inferences for network in self.networks])

    @property
    def joules(self) -> float:
        """Joules of a unit of the energy table; 1 where that is no unit of energy."""
        return JOULES.get(self.space.base.energy.unit, 1.0)


@dataclass
class DesignTuner:
    """The state of a tuning: what was scored, in order, and the random numbers still to be drawn.

    The first design is the base, or the one of the space nearest to it, if that meets the constraints. Rounds depend on
    nothing else, so a tuning that is resumed after a round ends like one that never stopped.
    """

    problem: DesignProblem
    random: np.random.Generator
    moves_tiles: bool = True
    scored: dict[Digits, Scored] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses an axis without a gradient before anything is scored."""
        self._relaxed = relax(self.problem.space)

    @property
    def descended(self) -> bool:
        """Whether a descent could start: enough designs with mappings are known, and more than these were scored."""
        return sum(np.isfinite(s.loss) for s in self.scored.values()) > PARENTS

    @property
    def best(self) -> Scored:
        """The best design so far."""
        return min(self.scored.values(), key=lambda s: s.rank)

    def run(self, budget: int, heard: Callable[["DesignTuner"], None] = lambda tuner: None) -> None:
        """Scores ``budget`` designs in all, or as many as there are; ``heard`` after every round.

        Raises:
            SpecError: no design of the first ones has mappings for all layers.
        """
        budget = self.problem.designs(budget)
        while len(self.scored) < budget:
            self.round(budget)
            heard(self)

    def round(self, budget: int) -> None:
        """One round: descend, snap, score up to :data:`PARENTS` new designs."""
        fitting = [s for s in self.scored.values() if np.isfinite(s.loss)]
        if len(fitting) < PARENTS:
            if len(self.scored) >= 10 * PARENTS and not fitting:
                raise SpecError(f"none of {len(self.scored)} designs has a mapping for every layer; enlarge the SPads")
            first = None if self.scored else self.problem.base_digits
            start = first if first and self.problem.allowed(first) else self.problem.random(self.random)
            wanted = [self._unscored(start)]
        else:
            wanted = self._promising(sorted(fitting, key=lambda s: s.rank)[:PARENTS])
        for digits in wanted[: budget - len(self.scored)]:
            self.scored[digits] = self.problem.score(digits)

    def _promising(self, parents: list[Scored]) -> list[Digits]:
        """New designs to score: where descents from ``parents`` end, the most promising first."""
        starts = [parents[i % len(parents)] for i in range(STARTS)]
        descent = Descent(
            self.problem.objective,
            self.problem.space.constraints,
            STEPS,
            self.problem.conventions,
            charge=CHARGE,
            rate=RATE,
            soft=False,
            moves_tiles=self.moves_tiles,
            targets=self.problem.space.targets,
            networks=tuple(network.name for network in self.problem.networks),
        )
        end = descent.run(descent.begin(*self._begin(starts)), self._task, STEPS)
        ends = {name: np.asarray(x) for name, x in end.point.at.items()}
        found: list[Digits] = []
        for i in np.argsort(np.asarray(end.loss), kind="stable"):
            digits = self._snapped({name: float(x[i]) for name, x in ends.items()})
            if digits is not None and digits not in self.scored and digits not in found:
                found.append(digits)
            if len(found) == PARENTS:
                return found
        return found or [self._unscored(starts[0].digits)]

    def _begin(self, starts: list[Scored]) -> tuple[Point, Any]:
        """The points to start from: each design with its mappings, all but the first copies shaken."""
        tracks = self._task.space.tracks
        at = {}
        for i, axis in enumerate(self.problem.space.axes):
            track = tracks[axis.field]
            places = np.array([track.places[track.order.index(s.digits[i])] for s in starts])
            shake = self.random.normal(0.0, _SHAKE, len(starts)) * (np.arange(len(starts)) >= PARENTS)
            at[axis.field] = np.clip(places + shake, track.places[0], track.places[-1])
        tiles: dict[str, list[list[float]]] = {name: [] for name in self._free}
        for s in starts:
            machine = self.problem.design(s.digits)
            sizes = [_asked(m, machine, layer) for m, layer in zip(s.mappings, self.problem.layers, strict=True)]
            for name, rows in tiles.items():
                rows.append([size[name] for size in sizes])
        orders = tuple(
            jax.tree.map(
                lambda *ranks: np.array(ranks, float).reshape(len(starts), -1),
                *(getattr(m.build(), level) for s in starts for m in s.mappings),
            )
            for level in ("dram_order", "glb_order")
        )
        return Point(tiles={name: np.array(x) for name, x in tiles.items()}, at=at), orders

    def _snapped(self, at: dict[str, float]) -> Digits | None:
        """The nearest design that meets the constraints: values give way downwards, the one nearest to it first."""
        tracks = self._task.space.tracks
        fields = [axis.field for axis in self.problem.space.axes]
        rank = [int(np.argmin(np.abs(tracks[name].places - at[name]))) for name in fields]

        def digits() -> Digits:
            return tuple(tracks[name].order[r] for name, r in zip(fields, rank, strict=True))

        while not self.problem.allowed(digits()):
            lower = [
                (tracks[n].places[r - 1] - at[n], i) for i, (n, r) in enumerate(zip(fields, rank, strict=True)) if r
            ]
            if not lower:
                return None
            rank[max(lower)[1]] -= 1
        return digits()

    def _unscored(self, digits: Digits) -> Digits:
        """A design that was not scored: ``digits``, or a neighbour that meets the constraints."""
        for _ in range(1000):
            if digits not in self.scored and self.problem.allowed(digits):
                return digits
            digits = mutated(digits, self.problem.space, self.random)
        return self.problem.random(self.random)

    @cached_property
    def _free(self) -> tuple[str, ...]:
        return self._boxes_and_free[1]

    @cached_property
    def _boxes_and_free(self) -> tuple[Box, tuple[str, ...]]:
        """The boxes of all layers, stacked, on the largest machine; and the tiles that any layer may choose."""
        space = self.problem.space
        largest = space.base
        for axis in space.axes:
            largest = axis.apply(largest, max(axis.values))
        flow = dataflow(largest.dataflow)
        boxes = [Box.of(mapspace(layer, largest, flow), largest) for layer in self.problem.layers]
        stacked = jax.tree.map(lambda *x: np.array(x), *boxes)
        return stacked, stacked.free()

    @cached_property
    def _task(self) -> Task:
        sparse = any(layer.sparsity.iact * layer.sparsity.weight < 1 for layer in self.problem.layers)
        built = [layer.build(sparse=sparse) for layer in self.problem.layers]
        return Task(
            layers=jax.tree.map(lambda *x: jnp.array(x, float), *built),
            boxes=jax.tree.map(real, self._boxes_and_free[0]),
            times=jnp.asarray(self.problem.times, float),
            base=jax.tree.map(real, self.problem.space.base.build()),
            space=self._relaxed,
            inferences=jnp.asarray(self.problem.inferences, float),
            joules=real(self.problem.joules),
        )


def mutated(digits: Digits, space: DesignSpace, random: np.random.Generator) -> Digits:
    """``digits`` with each axis moved by a few values with probability 1 / axes, at least one of them."""
    changed = list(digits)
    moving = random.random(len(digits)) < 1 / len(digits)
    moving[random.integers(len(digits))] = True
    for axis in np.flatnonzero(moving):
        most = len(space.axes[axis].values) - 1
        step = int(random.integers(1, 3)) * (1 if random.random() < 0.5 else -1)
        changed[axis] = int(np.clip(changed[axis] + step, 0, most))
    return tuple(changed)


def _costs(results: list[Evaluation]) -> np.ndarray:
    """Cycles, energy, DRAM words and work ``[L, 4]``."""
    return np.array([(r.cycles.total, r.energy.total, float(dram_words(r)), float(r.work)) for r in results])


def _log(value: float) -> float:
    """A place on an axis, on which values are compared by ratio."""
    return float(np.log2(value)) if value > 0 else float(value)


def _asked(mapping: Mapping, machine: Accelerator, layer: Layer) -> dict[str, float]:
    """log2 tiles of a mapping; what nearly fills its axis or SPad asks for more, so that it grows with it."""
    logs = {axis: {d: float(np.log2(getattr(mapping, axis)[d])) for d in DIMS} for axis in AXES}
    for axis in AXES:
        if sum(logs[axis].values()) >= np.log2(0.75 * getattr(machine, axis)):
            logs[axis] = {d: x * _OVERASK for d, x in logs[axis].items()}
    logs["spad"] = {d: float(np.log2(mapping.spad[d])) for d in DIMS}
    words = sum(logs["spad"][d] for d in "GMCRS")
    if words >= np.log2(0.75 * machine.spad_words.weight):
        logs["spad"] |= {d: logs["spad"][d] * _OVERASK for d in "MC"}
    logs["parts"] = {d: float(np.log2(-(-layer.extent(d) // min(mapping.glb[d], layer.extent(d))))) for d in DIMS}
    return {f"{level}.{d}": logs[level][d] for level in LEVELS for d in DIMS}
