"""The first design of a sweep while nothing is compiled yet: the same law and the same mappings, executed by NumPy.

The sweep's own program adds and multiplies in one rounding where the processor can, NumPy in two, so that the two agree
to float32's precision and not in every bit. A preview is shown and never kept.
"""

import hashlib
import pickle
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

import jax
import numpy as np

from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.search.best_mappings import FACTS, ORDER_BLOCK, inner_of, order_of, staged_law
from eyeriss_jax.search.host import Law
from eyeriss_jax.search.kept import keep, read_kept
from eyeriss_jax.search.metrics import Totals
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.quantities import quantities_of
from eyeriss_jax.search.sweep import First, Shape, Sweep
from eyeriss_jax.source import source_digest

_MOST_DESIGNS = 64
"""Designs that are tried; where none of them can do, the compiled sweep finds the first one sooner."""

_COSTS = ("cycles", "energy", "dram_words", "work")

# Axes [pack, tilings, orders, inner choices] of the inputs of each stage: layer, inner, parts, order, rates.
_AXES = ((1, 1, 1, 1), (1, 1, 1, -1), (1, -1, 1, 1), (1, 1, -1, 1), (1, 1, 1, 1))


def preview(sweep: Sweep, parts: Iterable[int]) -> First | None:
    """The first design of ``parts`` that meets the constraints and fits every layer, with its metrics.

    None if there is none nearby, or if its law has operations that NumPy lacks.
    """
    limits = sweep.space.constraints
    names = "area_mm2", "macs_per_cycle", *(limit.quantity for limit in limits)
    for index in islice(_designs(sweep, parts), _MOST_DESIGNS):
        try:
            machine = sweep.space.design(index)
            quantities = quantities_of(machine, names)
            if not all(limit.at_least <= quantities[limit.quantity] <= limit.at_most for limit in limits):
                continue
            if found := _evaluated(sweep, index, machine, quantities):
                return found
        except SpecError:  # values that no accelerator has together
            continue
        except NotImplementedError:
            break
    return None


def _designs(sweep: Sweep, parts: Iterable[int]) -> Iterator[int]:
    """The designs of ``parts`` whose array shape can do."""
    indices = (index for number in parts for index in sweep.part(number))
    return (index for index in indices if sweep.shape(index // sweep.space.rates) is not None)


def _evaluated(sweep: Sweep, index: int, machine: Accelerator, quantities: dict[str, float]) -> First | None:
    work, shape = sweep.workload, sweep.shape(index // sweep.space.rates)
    assert shape is not None
    costs = []
    for layer in range(len(sweep.layers)):
        cost = _best(sweep, layer, machine, shape)
        if cost is None:
            return None
        costs.append(cost)
    cycles, energy, dram_words, macs = (work.times.T @ cost for cost in np.array(costs, np.float64).T)  # [networks]
    run = Totals(cycles=cycles, energy=energy, dram_words=dram_words, work=macs, inferences=work.inferences)
    area, units = quantities["area_mm2"], quantities["macs_per_cycle"]
    row = run.metrics(machine.clock_hz, sweep.joules, area, units, lambda x: np.exp(np.log(x).mean()))
    return First(index=index, row={name: float(value) for name, value in row.items()})


def _best(sweep: Sweep, number: int, machine: Accelerator, shape: Shape) -> list[float] | None:
    """:data:`_COSTS` of the best mapping of layer ``number``; None if none fits."""
    candidates = jax.tree.map(lambda x: x[number], shape.candidates)
    layer = jax.tree.map(lambda x: x[number], sweep.workload.layers)
    parts = candidates.parts[: candidates.parts_count]
    orders = np.moveaxis(candidates.orders[: candidates.order_blocks * ORDER_BLOCK], 0, -1)
    arguments = (
        machine.build(),
        layer,
        inner_of(candidates.inner),
        Dims(**{d: parts[:, j] for j, d in enumerate(DIMS)}),
        *(order_of(orders[i]) for i in range(2)),
    )
    law = _law(sweep.program.conventions, layer.sparsity is not None)
    result = law.run(arguments, lambda level, x: np.asarray(x, np.float32).reshape(_AXES[level]))
    primary, secondary = OBJECTIVES[sweep.settings.mapping_objective](result)
    primary = np.where(result.code == 0, primary, np.inf)
    first = primary.min()
    if not np.isfinite(first):
        return None
    winner = np.where(primary == first, secondary, np.inf).argmin()
    return [np.broadcast_to(FACTS[name](result), primary.shape).flat[winner] for name in _COSTS]


@lru_cache(maxsize=4)
def _law(conventions: Conventions, sparse: bool) -> Law:
    """The law for NumPy; tracing it takes as long as all the rest of a preview, so that it is kept on disk."""
    made_from = "law", conventions, sparse, source_digest(), sys.version, jax.__version__, np.__version__
    key = hashlib.sha256(repr(made_from).encode()).hexdigest()
    payload = read_kept(key)
    if payload is not None:
        try:
            return pickle.loads(payload)
        except Exception:  # whatever is wrong with it: tracing answers it
            pass
    law = staged_law(conventions, sparse=sparse).on_host
    keep(key, pickle.dumps(law))
    return law
