"""What a mapper minimises: a primary metric, with a second one that decides ties."""

from collections.abc import Callable

import jax

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.evaluation import Evaluation

Objective = Callable[[Evaluation], tuple[jax.Array, jax.Array]]


def dram_words(result: Evaluation) -> jax.Array:
    """Words read from and written to DRAM."""
    dram = result.dram
    return dram.iact.reads + dram.weight.reads + dram.psum.reads + dram.psum.updates


def movement(result: Evaluation) -> jax.Array:
    """Energy of the words that move outside the PEs: DRAM, GLB and array."""
    return result.energy.dram + result.energy.glb + result.energy.noc


OBJECTIVES: dict[str, Objective] = {
    "cycles": lambda result: (result.cycles.total, result.energy.total),
    "edp": lambda result: (result.cycles.total * result.energy.total, result.cycles.total),
    "energy": lambda result: (result.energy.total, result.cycles.total),
    "movement": lambda result: (movement(result), result.cycles.total),
    "accesses": lambda result: (dram_words(result), result.cycles.total),
}


def objective(name: str) -> Objective:
    """The objective ``name``.

    Raises:
        SpecError: no such objective.
    """
    if name not in OBJECTIVES:
        raise SpecError(f"unknown objective {name!r}: choose one of {', '.join(OBJECTIVES)}")
    return OBJECTIVES[name]
