"""The first design of a sweep while its programs still compile: the same law on some of the same mappings.

A program of its own for one design, compiled with as little effort as XLA knows. It tries a part of each shortlist, so
that the sweep may find better mappings: a preview is shown and never kept.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from eyeriss_jax.compiling import LITTLE_EFFORT, on_a_cpu
from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.batch import FACTS, SHAPE_LEAVES, Candidates, facts_of
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.space import Totals, quantities_of
from eyeriss_jax.search.sweep.sweep import First, Sweep

_MOST_DESIGNS = 64
"""Designs that are tried; where none of them can do, the compiled sweep finds the first one sooner."""

_MAPPINGS = 2048
"""Mappings of each layer, evenly spread over its shortlist."""

_COSTS = ("cycles", "energy", "dram_words", "work")


def preview(sweep: Sweep, parts: Iterable[int]) -> First | None:
    """The first design of ``parts`` that meets the constraints and fits every layer, with its metrics at least.

    None if there is none nearby.
    """
    limits = sweep.space.constraints
    names = "area_mm2", "macs_per_cycle", *(limit.quantity for limit in limits)
    for index in islice(_designs(sweep, parts), _MOST_DESIGNS):
        try:
            machine = sweep.space.design(index)
        except SpecError:  # values that no accelerator has together
            continue
        known = quantities_of(machine, names)
        if all(limit.at_least <= known[limit.quantity] <= limit.at_most for limit in limits):
            costs = _costs(sweep, index)
            if costs is None:
                continue
            totals = (sweep.workload.times.T @ cost for cost in costs)  # [networks]
            run = Totals(**dict(zip(_COSTS, totals, strict=True)), inferences=sweep.workload.inferences)
            row = run.metrics(
                machine.clock_hz, sweep.joules, known["area_mm2"], known["macs_per_cycle"],
                lambda x: np.exp(np.log(x).mean()),
            )  # fmt: skip
            return First(index=index, row={name: float(value) for name, value in row.items()})
    return None


def _designs(sweep: Sweep, parts: Iterable[int]) -> Iterator[int]:
    """The designs of ``parts`` whose array shape can do."""
    indices = (index for number in parts for index in sweep.part(number))
    return (index for index in indices if sweep.shape(index // sweep.space.rates) is not None)


def _costs(sweep: Sweep, index: int) -> np.ndarray | None:
    """:data:`_COSTS` of the best mapping tried, of each layer ``[costs, L]``; None if a layer has none that fits."""
    shape = sweep.shape(index // sweep.space.rates)
    assert shape is not None
    machine = jax.tree.map(np.float32, sweep.space.design(index).build())
    machines = jax.tree.map(lambda x: np.repeat(x, _MAPPINGS), machine)
    machines = machines.replace(**{name: getattr(machine, name) for name in SHAPE_LEAVES})
    law, found = None, []
    for number in range(len(sweep.layers)):
        layer, candidates = jax.tree.map(lambda x, at=number: x[at], (sweep.workload.layers, shape.candidates))
        mappings = candidates.inner.shape[-1] * int(candidates.parts_count) * int(candidates.orders_count)
        tried = np.linspace(0, mappings - 1, _MAPPINGS).astype(np.int32)
        arguments = machines, layer, candidates, tried
        law = law or _law(sweep).lower(*arguments).compile(compiler_options=on_a_cpu(LITTLE_EFFORT))
        facts = jax.device_get(law(*arguments))
        best = np.lexsort((facts["secondary"], facts["primary"]))[0]
        if not np.isfinite(facts["primary"][best]):
            return None
        found.append([facts[name][best] for name in _COSTS])
    return np.array(found, np.float64).T


def _law(sweep: Sweep) -> Any:
    """What many mappings of one layer cost; those that do not fit have an infinite primary objective."""
    objective = OBJECTIVES[sweep.settings.mapping_objective]
    facts = {name: FACTS[name] for name in _COSTS} | {
        "primary": lambda e: jnp.where(e.code == 0, objective(e)[0], jnp.inf),
        "secondary": lambda e: objective(e)[1],
    }

    def sweep_preview(machines: Any, layer: Any, candidates: Candidates, index: jax.Array) -> dict[str, jax.Array]:
        return facts_of(machines, layer, candidates, index, sweep.program.conventions, facts)

    return jax.jit(sweep_preview)
