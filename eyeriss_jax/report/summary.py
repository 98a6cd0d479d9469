"""``summary.json``: everything a script needs from a result. Stable keys, units in the names, strict JSON."""

import dataclasses
from collections.abc import Mapping as Dictionary
from typing import Any

from eyeriss_jax.dataflow.loop_nest import to_dict
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.files import strict
from eyeriss_jax.report.losses import network_bounds, network_losses
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.traffic import dram_bits, network_dram_bits, words
from eyeriss_jax.report.words import search_in_words


def summary(result: NetworkResult, config: Dictionary[str, Any]) -> dict[str, Any]:
    """A result as plain data.

    Shares are parts of one. ``bounds_macs_per_cycle`` are the seven Eyexam bounds, ``lost_shares`` the part of
    the array's cycles that each step costs; with ``utilization`` they add up to one. Numbers of a layer are those of
    one run, totals count its ``repeat``; ``not_mapped`` lists what is neither a convolution nor a matmul, ``notes``
    say how the network's source was read, ``stated_bits`` how wide it stores a layer's operands, ``search`` is how the
    mappings were found, in words. Infinite values become null, which is all that strict JSON offers.
    """
    return strict(
        {
            "network": result.network,
            "accelerator": result.accelerator.name,
            "dataflow": result.dataflow,
            "objective": result.objective,
            "clock_hz": result.accelerator.clock_hz,
            "peak_macs_per_cycle": result.accelerator.macs_per_cycle,
            "inferences_per_s": result.inferences_per_s,
            "latency_s": result.cycles / result.accelerator.clock_hz,
            "cycles": result.cycles,
            "macs": result.macs,
            "utilization": result.utilization,
            "bounds_macs_per_cycle": network_bounds(result),
            "lost_shares": network_losses(result).shares,
            "dram_bytes": network_dram_bits(result) / 8,
            "energy": result.energy,
            "energy_unit": result.accelerator.energy.unit,
            "energy_table": result.accelerator.energy.name,
            "search": search_in_words(result),
            "layers": [_layer(layer, result) for layer in result.layers],
            "not_mapped": [dataclasses.asdict(work) for work in result.others],
            "notes": list(result.notes),
            "git_revision": git_revision(),
            "versions": versions(),
            "config": config,
        }
    )


def _layer(layer: LayerResult, result: NetworkResult) -> dict[str, Any]:
    """One run of one layer as plain data; the network runs it ``repeat`` times."""
    evaluation = layer.evaluation
    return {
        "name": layer.layer.name,
        "shape": layer.layer.shape,
        "kind": layer.layer.kind,
        "product": layer.layer.product,
        "repeat": layer.layer.repeat,
        "macs": layer.layer.macs,
        "macs_not_skipped": evaluation.work,
        "stated_bits": layer.layer.bits._asdict() if layer.layer.bits else None,
        "iact_density": layer.layer.sparsity.iact,
        "weight_density": layer.layer.sparsity.weight,
        "compressed": bool(evaluation.compressed),
        "cycles": evaluation.cycles.total,
        "active_pes": round(evaluation.active_pes),
        "utilization": evaluation.utilization,
        "bounds_macs_per_cycle": layer.bounds,
        "limiter": layer.limiter,
        "reasons": layer.reasons,
        "mapping": to_dict(layer.mapping),
        "mapspace_size": layer.mapspace_size,
        "evaluated": layer.evaluated,
        "certified": layer.certified,
        "certificate": layer.certificate,
        "words": words(layer),
        "dram_bytes": dram_bits(layer, result.accelerator) / 8,
        "energy": {part: getattr(evaluation.energy, part) for part in evaluation.energy.__dataclass_fields__},
    }
