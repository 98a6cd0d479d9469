"""Sparsity as a parameter: the weight densities of a network that cost least within an accuracy budget.

Rounds of gradient descent (:mod:`.density_descent`) on the cost under the mappings known so far
(:mod:`.density_cost`), each followed by the exhaustive mapper at the densities found. Only what the mapper certifies is
reported, and the best of it is kept: the tuned network is never worse than one with the same density in every layer.

Cost jumps where a layer changes between raw and compressed, and a raw layer has no gradient in its weight density. So
descents start from several points at once (:mod:`.density_starts`).
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.dataflow import dataflow as dataflow_named
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.layers.checks import check_integer
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.search.density.accuracy_proxy import Proxy, check_feasible, check_proxy, refuse_undefined
from eyeriss_jax.search.density.bounds import DEFAULT_RANGE, Bounds, density_bounds
from eyeriss_jax.search.density.cost import Pool, exact_cost, network_cost
from eyeriss_jax.search.density.descent import BISECTIONS, Box, Descent, descend
from eyeriss_jax.search.density.starts import ranked_by_gain, starts
from eyeriss_jax.search.mapping import Progress, map_network
from eyeriss_jax.search.objectives import objective as check_objective

SEEDS = (0.5, 0.25, 0.1)
"""Uniform densities at which mappings are found before the first descent, beside those of the upper bounds."""

LARGEST_RATE = 1.0
"""Of a descent's steps, in the logarithm of a density: a factor of e."""

GAIN = 1e-3
"""A round that lowers the exact cost by a smaller share is the last."""


@dataclass(frozen=True, kw_only=True)
class DensityPoint:
    """A network at given weight densities.

    Attributes:
        densities: by layer.
        loss: what the accuracy proxy says.
        cost: the objective, exactly, under the best mappings.
        result: the mapped network, every mapping certified.
    """

    densities: dict[str, float]
    loss: float
    cost: float
    result: NetworkResult


@dataclass(frozen=True, kw_only=True)
class DensityRound:
    """One descent, from the start that ended best, and the mapper's word on where it ended.

    Attributes:
        costs: of every step, under the mappings known then.
        losses: of every step.
        relaxed: the least of ``costs``.
        exact: the same point after the mapper, which may have found better mappings.
    """

    costs: tuple[float, ...]
    losses: tuple[float, ...]
    relaxed: float
    exact: float


@dataclass(frozen=True, kw_only=True)
class TunedDensities:
    """The network ``dense`` (all at their upper bounds), with ``uniform`` densities, and ``tuned``; how it was found.

    Both of the latter meet the ``budget``.
    """

    budget: float
    dense: DensityPoint
    uniform: DensityPoint
    tuned: DensityPoint
    rounds: tuple[DensityRound, ...]


class DensityTuner:
    """Weight densities of one network on one accelerator under one accuracy proxy, for any budget.

    Args:
        network: the layers, with the densities of their activations; their weight densities are replaced.
        accelerator: a machine that skips zero weights.
        proxy: from densities [layers], in the network's order, to a loss that does not rise with any density.
        objective: one of :data:`~eyeriss_jax.search.objectives.OBJECTIVES`; what the mapper minimises too.
        bounds: smallest and largest density, for all layers or by name.
        dataflow: by default the accelerator's own.
        conventions: what counts as an access.
        steps: of each descent.
        rounds: descents at most, each followed by the mapper.
        rate: first step of a descent, in the logarithm of a density.
        progress: called as ``progress(done, total, layer name)`` while a point is mapped.

    Raises:
        SpecError: a machine that gains nothing, bounds that are none, or a proxy that is no such function.
    """

    def __init__(
        self,
        network: Network,
        accelerator: Accelerator,
        proxy: Proxy,
        *,
        objective: str = "energy",
        bounds: Bounds = DEFAULT_RANGE,
        dataflow: str | None = None,
        conventions: Conventions = OURS,
        steps: int = 150,
        rounds: int = 4,
        rate: float = 0.1,
        progress: Progress | None = None,
    ) -> None:
        check_objective(objective)
        dataflow_named(dataflow or accelerator.dataflow)
        check_skips_zeros(accelerator)
        for name, value in (("steps", steps), ("rounds", rounds)):
            check_integer("tuning densities", name, value)
        if not isinstance(rate, int | float) or not 0 < rate <= LARGEST_RATE:
            raise SpecError(f"tuning densities: rate = {rate!r} must be a number above 0, and at most {LARGEST_RATE}")
        self.least, self.most = density_bounds(network, bounds)
        self.network = network
        self.objective = objective
        self.names = tuple(layer.name for layer in network.layers)
        self.rounds = rounds
        self._progress = progress or (lambda done, total, name: None)
        self._search = partial(
            map_network, accelerator=accelerator, objective=objective, dataflow=dataflow, conventions=conventions
        )
        self._mapped: dict[Layer, NetworkResult] = {}
        with jax.enable_x64(True):
            loss = check_proxy(proxy, self.names)
            box = Box(jnp.log(self.least), jnp.log(self.most))
            law = partial(network_cost, accelerator.build(), objective=objective, conventions=conventions)
        self._loss = jax.jit(jax.value_and_grad(loss))
        self._costs = jax.jit(jax.vmap(law, (None, 0)))
        self._descend = jax.jit(
            lambda pool, origins, budget: jax.vmap(
                lambda origin: descend(partial(law, pool), loss, origin, box, budget, steps, rate)
            )(origins)
        )

    def loss(self, densities: np.ndarray) -> float:
        """The accuracy proxy at densities [layers].

        Raises:
            SpecError: it or its gradient is undefined there; the message names the densities.
        """
        with jax.enable_x64(True):
            value, slope = self._loss(jnp.asarray(densities))
        refuse_undefined(self.names, densities, float(value), np.asarray(slope))
        return float(value)

    def point(self, densities: np.ndarray) -> DensityPoint:
        """The network at densities [layers] under its best mappings.

        Raises:
            SpecError: as :meth:`loss`, or a layer that no mapping fits.
        """
        loss = self.loss(densities)
        found = []
        for done, (layer, density) in enumerate(zip(self.network.layers, densities, strict=True)):
            self._progress(done, len(self.names), layer.name)
            found.append(self._result(replace(layer, sparsity=replace(layer.sparsity, weight=float(density)))))
        layers = tuple(result.layers[0] for result in found)
        whole = replace(found[0], network=self.network.name, layers=layers, others=self.network.others)
        return DensityPoint(
            densities=dict(zip(self.names, map(float, densities), strict=True)),
            loss=loss,
            cost=exact_cost(whole, self.objective),
            result=replace(whole, inferences=self.network.inferences),
        )

    def _result(self, layer: Layer) -> NetworkResult:
        """One layer, searched once."""
        if layer not in self._mapped:
            alone = Network(name=self.network.name, layers=(layer,), source=self.network.source)
            self._mapped[layer] = self._search(alone)
        return self._mapped[layer]

    def uniform(self, budget: float) -> DensityPoint:
        """One density for all layers, within their bounds, as low as the budget allows.

        Raises:
            SpecError: a budget that is no number, or that even the largest densities miss.
        """
        return self.point(self._uniform(budget))

    def tune(self, budget: float) -> TunedDensities:
        """The densities that cost least within ``budget``.

        Raises:
            SpecError: as :meth:`uniform`, or a proxy that is undefined somewhere; the message names the densities.
        """
        uniform = self.uniform(budget)
        dense = self.point(self.most)
        known = [dense, uniform, *(self.point(np.clip(seed, self.least, self.most)) for seed in SEEDS)]
        best = min(dense, uniform, key=lambda point: point.cost)
        # A hair below the budget, so that the last bit of another evaluation cannot exceed it.
        strict = budget - 1e-9 * (budget - dense.loss)
        rounds = []
        for _ in range(self.rounds):
            found = self._descent(known, best, strict)
            point = self.point(np.asarray(found.densities))
            rounds.append(
                DensityRound(
                    costs=tuple(map(float, found.costs)),
                    losses=tuple(map(float, found.losses)),
                    relaxed=float(found.cost),
                    exact=point.cost,
                )
            )
            gained = point.cost < best.cost * (1 - GAIN)
            best = min(best, point, key=lambda point: point.cost)
            known.append(point)
            if not gained:
                break
        return TunedDensities(budget=budget, dense=dense, uniform=uniform, tuned=best, rounds=tuple(rounds))

    def _uniform(self, budget: float) -> np.ndarray:
        if not np.isfinite(budget):
            raise SpecError(f"budget = {budget!r} must be a finite number, in the unit of the accuracy proxy")
        check_feasible(self.names, self.loss, self.most, budget)
        low, high = np.log(self.least.min()), np.log(self.most.max())
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            meets = self.loss(np.clip(np.exp(middle), self.least, self.most)) <= budget
            low, high = (low, middle) if meets else (middle, high)
        return np.clip(np.exp(high), self.least, self.most)

    def _descent(self, known: list[DensityPoint], best: DensityPoint, budget: float) -> Descent:
        """The best of the descents from all starts and from ``best``."""
        # As many mappings in every round, so that one compiled program serves all.
        padded = [*known, *[known[0]] * (2 + len(SEEDS) + self.rounds - len(known))]
        with jax.enable_x64(True):
            pool = Pool.of(self.network.layers, [[each.mapping for each in point.result.layers] for point in padded])
            ranking = ranked_by_gain(
                lambda points: np.asarray(self._costs(pool, jnp.asarray(points))),
                lambda points: np.asarray([self.loss(point) for point in points]),
                self.least,
                self.most,
                SEEDS,
            )
            origins = np.vstack([starts(ranking, self.least, self.most), np.log(list(best.densities.values()))])
            found = jax.tree.map(np.asarray, self._descend(pool, jnp.asarray(origins), budget))
        for failed in np.flatnonzero(found.undefined.found):
            where = jax.tree.map(lambda leaf, failed=failed: leaf[failed], found.undefined)
            refuse_undefined(self.names, where.densities, where.value, where.gradient)
        winner = int(found.cost.argmin())
        return jax.tree.map(lambda leaf: leaf[winner], found)


def check_skips_zeros(accelerator: Accelerator) -> None:
    """Refuses machines on which the density of weights changes nothing.

    Raises:
        SpecError: no sparse PE.
    """
    if accelerator.sparse_pe is None:
        raise SpecError(
            f"accelerator {accelerator.name!r} does not skip zero weights, so their density changes nothing; take one "
            "with a sparse_pe, such as 'eyeriss_v2'"
        )


def tune_densities(
    network: Network, accelerator: Accelerator, proxy: Proxy, budget: float, **options: Any
) -> TunedDensities:
    """The weight densities of ``network`` that cost least on ``accelerator`` while ``proxy`` is at most ``budget``.

    ``options`` are those of :class:`DensityTuner`, which serves several budgets.

    Raises:
        SpecError: bad input, a proxy that is undefined, or a budget that cannot be met; all but the proxy before the
            first search.

    Example:
        >>> layers = Layer.fully_connected("wide", 256, 64), Layer.fully_connected("narrow", 64, 10)
        >>> net = Network(name="two", layers=layers, source="an example")
        >>> def proxy(densities):
        ...     return ((1 - densities) ** 2).sum()
        >>> tuned = tune_densities(net, accelerator("eyeriss_v2"), proxy, budget=0.5, steps=20, rounds=1)
        >>> tuned.tuned.loss <= 0.5, tuned.tuned.cost <= tuned.uniform.cost
        (True, True)
    """
    return DensityTuner(network, accelerator, proxy, **options).tune(budget)
