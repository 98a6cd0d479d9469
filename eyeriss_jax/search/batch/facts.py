"""What a search keeps of the best mapping of a layer: one more ``evaluate`` of it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from eyeriss_jax.compiling import apart
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.search.batch.candidates import Candidates, Choice, choices_at
from eyeriss_jax.search.batch.search import machine_axes
from eyeriss_jax.search.objectives import dram_words

FACTS: dict[str, Callable[[Evaluation], jax.Array]] = {
    "code": lambda e: e.code,
    "cycles": lambda e: e.cycles.total,
    "compute": lambda e: e.cycles.compute,
    "bandwidth_bound": lambda e: e.cycles.bandwidth_bound,
    "chain": lambda e: e.cycles.chain,
    "waiting": lambda e: e.cycles.waiting,
    "exposed": lambda e: e.cycles.exposed,
    "ramp": lambda e: e.cycles.ramp,
    "iact_port": lambda e: e.cycles.delivery.iact,
    "weight_port": lambda e: e.cycles.delivery.weight,
    "psum_port": lambda e: e.cycles.delivery.psum,
    "returning": lambda e: e.cycles.returning,
    "glb_port": lambda e: e.cycles.glb,
    "dram_port": lambda e: e.cycles.dram,
    "work": lambda e: e.work,
    "energy": lambda e: e.energy.total,
    "mac_energy": lambda e: e.energy.mac,
    "spad_energy": lambda e: e.energy.spad,
    "noc_energy": lambda e: e.energy.noc,
    "glb_energy": lambda e: e.energy.glb,
    "dram_energy": lambda e: e.energy.dram,
    "static_energy": lambda e: e.energy.static,
    "dram_words": dram_words,
}
"""What a sweep keeps of the best mapping of a layer."""


def facts_of(
    machines: AcceleratorArrays,
    layer: LayerArrays,
    candidates: Candidates,
    index: jax.Array,
    conventions: Conventions,
    *,
    in_stages: bool = False,
) -> dict[str, jax.Array]:
    """The :data:`FACTS` of one mapping per design, by name, ``[D]`` each.

    Args:
        machines: the designs, leaves ``[D]``; those of :data:`~.search.SHAPE_LEAVES` scalars.
        layer: the layer, scalars.
        candidates: its mappings.
        index: which of them each design has ``[D]``.
        conventions: what counts as an access.
        in_stages: whether the program is compiled in stages.
    """

    def one(machine: AcceleratorArrays, choice: Choice) -> dict[str, jax.Array]:
        found = evaluate(machine, layer, choice.mapping(layer, conventions), conventions, in_stages=in_stages)
        known = {name: fact(found) for name, fact in FACTS.items()}
        return apart(known) if in_stages else known

    known = jax.vmap(one, (machine_axes(machines), -1))(machines, choices_at(candidates, index))
    return {name: jnp.broadcast_to(value, index.shape) for name, value in known.items()}
