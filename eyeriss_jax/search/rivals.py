"""What gradients have to beat: random search and an evolutionary strategy over the same designs and scores."""

from collections.abc import Callable

import numpy as np

from eyeriss_jax.search.tune_design import DesignProblem, Digits, Scored, mutated

Heard = Callable[[Scored], None]

_PARENTS = 4
_CROSSED = 0.3


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
    """A (4 + 1) evolutionary strategy: a child of one or two of the best four, mutated by a few values on some axes."""
    budget = problem.designs(budget)
    known: dict[Digits, Scored] = {}
    while len(known) < budget:
        best = sorted(known.values(), key=lambda s: (s.loss, s.digits))[:_PARENTS]
        if len(known) < _PARENTS:
            digits = problem.random(random)
        else:
            digits = best[int(random.integers(_PARENTS))].digits
            if random.random() < _CROSSED:
                other = best[int(random.integers(_PARENTS))].digits
                digits = tuple(a if random.random() < 0.5 else b for a, b in zip(digits, other, strict=True))
            digits = mutated(digits, problem.space, random)
        if digits not in known and problem.allowed(digits):
            known[digits] = problem.score(digits)
            heard(known[digits])
