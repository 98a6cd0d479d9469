"""What gradients have to beat: random search and SciPy's differential evolution over the same designs and scores."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import differential_evolution

from eyeriss_jax.search.tune.design import DesignProblem, Digits, Scored

Heard = Callable[[Scored], None]

POPULATION = 8
"""Members of a generation: few, for budgets of some dozens of designs."""

_OUTSIDE, _UNMAPPED = 1e6, 1e5


def random_search(problem: DesignProblem, budget: int, random: np.random.Generator, heard: Heard) -> None:
    """Scores ``budget`` designs, or as many as there are, drawn evenly from those that meet the constraints."""
    budget = problem.designs(budget)
    seen: set[Digits] = set()
    while len(seen) < budget:
        digits = problem.random(random)
        if digits not in seen:
            seen.add(digits)
            heard(problem.score(digits))


def evolution(problem: DesignProblem, budget: int, random: np.random.Generator, heard: Heard) -> None:
    """SciPy's differential evolution, the position on every axis a whole number; started again where it has converged.

    The first member is the design that the tuner starts from as well, the others are drawn from those that meet the
    constraints. A design that breaks one is not scored, and one that was scored before costs nothing.
    """
    budget = problem.designs(budget)
    known: dict[Digits, float] = {}

    def loss(position: np.ndarray) -> float:
        digits = tuple(round(float(x)) for x in position)
        if digits not in known:
            if not problem.allowed(digits):
                return _OUTSIDE
            if len(known) == budget:
                raise _Spent
            scored = problem.score(digits)
            known[digits] = min(scored.loss, _UNMAPPED) + _UNMAPPED * min(scored.missed, 1.0)
            heard(scored)
        return known[digits]

    bounds = [(0, len(axis.values) - 1) for axis in problem.space.axes]
    members = [problem.base_digits] if problem.allowed(problem.base_digits) else []
    try:
        while len(known) < budget:
            members += [problem.random(random) for _ in range(POPULATION - len(members))]
            start: Any = np.array(members, float)
            differential_evolution(
                loss, bounds, init=start, rng=random, integrality=np.ones(len(bounds), bool),
                polish=False, tol=0, maxiter=budget,
            )  # fmt: skip
            members = []
    except _Spent:
        return


class _Spent(Exception):
    """The budget is used up in the middle of a generation."""
