"""What a search minimises: an objective is a product of terms, each of which adds up over the layers of a network.

One table serves every search. The mapper takes a layer's value and what decides ties, and prunes with the lower bound;
tuning takes the total of a network, which is differentiable as the laws are; the energy-delay product of a network is
its energy times its cycles, and not the sum of its layers' products.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.names import suggestion

Floor = Callable[[Any], Any]
"""A lower bound from compute cycles alone, scalars or arrays; it rises with them."""

Pair = tuple[Any, Any]
"""The value of a mapping, and what decides between mappings of equal value."""


@dataclass(frozen=True)
class Term:
    """A quantity of a layer that adds up over layers: what it ``counts``, its value, and its :data:`Floor`."""

    counts: str
    value: Callable[[Evaluation], Any]
    floor: Callable[[Layer, Accelerator], Floor]


def dram_words(result: Evaluation) -> Any:
    """Words read from and written to DRAM."""
    dram = result.dram
    return dram.iact.reads + dram.weight.reads + dram.psum.reads + dram.psum.updates


def movement(result: Evaluation) -> Any:
    """Energy of the words that move outside the PEs: DRAM, GLB and array."""
    return result.energy.dram + result.energy.glb + result.energy.noc


def _least_words(layer: Layer, accelerator: Accelerator) -> tuple[float, float, float]:
    """Iacts, weights and oacts that move to or from DRAM once at least: of compressed ones, the nonzero weights."""
    density = layer.sparsity
    weights = layer.weights * (density.weight if accelerator.sparse_pe is not None else 1.0)
    raw = accelerator.sparse_pe is None or density.iact * density.weight == 1
    iacts = layer.G * layer.N * layer.C * math.prod(layer.touched_input) * raw
    return iacts, weights, layer.oacts * raw


def least_dram_energies(layer: Layer, accelerator: Accelerator) -> tuple[dict[str, float], dict[str, float]]:
    """By data type the least DRAM energy of all words once, and of each time that they come again; the table's unit."""
    dram, (iacts, weights, oacts) = accelerator.energy.dram, _least_words(layer, accelerator)
    once = {"iact": dram.iact * iacts, "weight": dram.weight * weights, "psum": dram.psum * oacts}
    again = once | {"psum": 2 * once["psum"]}  # a psum that is not finished goes and comes back, in its full width
    once["psum"] *= accelerator.oact_bits / accelerator.word_bits.psum
    return once, again


def _least_dram_energy(layer: Layer, accelerator: Accelerator) -> float:
    return sum(least_dram_energies(layer, accelerator)[0].values())


def _energy_floor(layer: Layer, accelerator: Accelerator) -> Floor:
    table, density = accelerator.energy, layer.sparsity
    may_skip = accelerator.sparse_pe is not None or accelerator.gates_zero_iacts
    macs = layer.macs * (density.iact * density.weight if may_skip else 1.0)
    fixed = _least_dram_energy(layer, accelerator) + (table.mac + table.spad.weight + table.spad.psum) * macs
    return lambda cycles: fixed + cycles * table.static_per_cycle


def _movement_floor(layer: Layer, accelerator: Accelerator) -> Floor:
    fixed = _least_dram_energy(layer, accelerator)
    return lambda cycles: fixed + 0 * cycles


def _words_floor(layer: Layer, accelerator: Accelerator) -> Floor:
    fixed = sum(_least_words(layer, accelerator))
    return lambda cycles: fixed + 0 * cycles


CYCLES = Term("cycles", lambda result: result.cycles.total, lambda layer, accelerator: lambda cycles: cycles)
ENERGY = Term("energy", lambda result: result.energy.total, _energy_floor)
MOVEMENT = Term("energy", movement, _movement_floor)
DRAM_WORDS = Term("DRAM words", dram_words, _words_floor)


@dataclass(frozen=True)
class Objective:
    """The product of ``terms``; ``tie`` decides between mappings of equal value. Called, it is a layer's (value, tie).

    Example:
        >>> edp = OBJECTIVES["edp"]
        >>> edp.total([[2.0, 3.0], [10.0, 20.0]])  # cycles and energies of two layers
        150.0
    """

    terms: tuple[Term, ...]
    tie: Term

    def __call__(self, result: Evaluation) -> Pair:
        """The value of a layer, and what decides ties."""
        return _product(self.values(result)), self.tie.value(result)

    def values(self, result: Evaluation) -> tuple[Any, ...]:
        """Each term of a layer."""
        return tuple(term.value(result) for term in self.terms)

    def total(self, values: Iterable[Any], add: Callable[[Any], Any] = sum) -> Any:
        """The value of layers that run one after the other; ``values``: per term those of all layers.

        ``add`` adds up the layers of one term: by default each once.
        """
        return _product(add(each) for each in values)

    def floor(self, layer: Layer, accelerator: Accelerator) -> Callable[[Any], Pair]:
        """Lower bounds of a layer's value and of what decides ties, from compute cycles alone; both rise with them."""
        floors, tie = [term.floor(layer, accelerator) for term in self.terms], self.tie.floor(layer, accelerator)
        return lambda cycles: (_product(floor(cycles) for floor in floors), tie(cycles))


def _product(factors: Iterable[Any]) -> Any:
    """The product of at least one factor."""
    return reduce(mul, factors)


OBJECTIVES: dict[str, Objective] = {
    "cycles": Objective((CYCLES,), tie=ENERGY),
    "edp": Objective((CYCLES, ENERGY), tie=CYCLES),
    "energy": Objective((ENERGY,), tie=CYCLES),
    "movement": Objective((MOVEMENT,), tie=CYCLES),
    "dram_words": Objective((DRAM_WORDS,), tie=CYCLES),
}
"""What every search can minimise, by name."""


def objective(name: str) -> Objective:
    """The objective ``name``.

    Raises:
        SpecError: no such objective.
    """
    if name not in OBJECTIVES:
        known = ", ".join(OBJECTIVES)
        raise SpecError(f"unknown objective {name!r}{suggestion(name, OBJECTIVES)} Choose one of {known}")
    return OBJECTIVES[name]
