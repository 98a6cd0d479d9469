"""A result as flat records: one dictionary of plain values per layer, units in the names."""

import re
from typing import Any

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.outcomes import LayerOutcome, NetworkOutcome

LEVELS: tuple[str, ...] = ("dram", "glb", "noc", "spad")
"""The levels of the memory hierarchy from the outermost in; ``noc`` stands for words that arrive at PEs."""

ENERGY_PARTS: tuple[str, ...] = ("mac", "spad", "noc", "glb", "dram", "static")
"""The components of energy, which add up to the total."""


def unit_name(unit: str) -> str:
    """The unit of an energy table in a word or two: pJ; 16-bit MACs for the energy of one 16-bit MAC."""
    return re.sub(r"^energy of one (\S+ \S+?)s?\b", r"\1s", re.sub(r"\(.*?\)", "", unit)).strip()


def energy_key(what: str, unit: str) -> str:
    """The name of a column with energies in ``unit``: ``energy_dram_pJ``, ``energy_dram_16_bit_MACs``."""
    suffix = re.sub(r"[^0-9A-Za-z]+", "_", unit_name(unit)).strip("_")
    return "_".join(part for part in ("energy", what, suffix) if part)


def layer_record(result: LayerOutcome, energy_unit: str) -> dict[str, Any]:
    """One layer, all its repeats together; bounds, PEs and the mapping are those of any run.

    ``<level>_<type>_words`` are all words read, filled and updated; densities and utilisation are shares of one.

    Args:
        result: the layer.
        energy_unit: that of the accelerator's table; it is part of the names of the energies (:func:`energy_key`).
    """
    evaluation, repeat = result.evaluation, result.layer.repeat
    return {
        "layer": result.layer.name,
        "kind": result.layer.kind,
        "shape": result.layer.shape,
        "repeat": repeat,
        "macs": result.macs,
        "macs_not_skipped": result.work,
        "iact_density": result.layer.sparsity.iact,
        "weight_density": result.layer.sparsity.weight,
        "compressed": bool(evaluation.compressed),
        "cycles": result.cycles,
        "utilization": evaluation.utilization,
        "active_pes": evaluation.active_pes,
        **{f"b{step}_macs_per_cycle": bound for step, bound in enumerate(result.bounds, 1)},
        "limiter": result.limiter,
        **{f"{level}_{t}_words": words(result, level, t) * repeat for level in LEVELS for t in TYPES},
        **{f"noc_{t}_hops": evaluation.hops[t] * repeat for t in TYPES},
        **{
            energy_key(part, energy_unit): getattr(evaluation.energy, part) * repeat
            for part in (*ENERGY_PARTS, "total")
        },
        "mapping": result.mapping.short(),
        "certified": result.certified,
    }


def words(result: LayerOutcome, level: str, data_type: str) -> float:
    """Words of one run that move at a level: read, filled and updated; on the NoC, that arrive at PEs."""
    access = getattr(result.evaluation, level)[data_type]
    return access if level == "noc" else access.reads + access.fills + access.updates


def records(result: NetworkOutcome) -> list[dict[str, Any]]:
    """One record per layer."""
    return [layer_record(layer, result.accelerator.energy.unit) for layer in result.layers]
