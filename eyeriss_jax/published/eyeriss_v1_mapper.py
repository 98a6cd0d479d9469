"""Claims that the mapper, free to choose, finds mappings of the Eyeriss v1 chip at least as good as the published ones.

AlexNet CONV1-5 at batch 4, minimising energy with the relative costs of ISCA 2016 (its section V optimises that). Both
mappings are priced by our model; the published ones are those of JSSC 2017 Table III.
"""

import math

from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.eyeriss_v1_chip import BATCH, CHIP, chip_runs
from eyeriss_jax.published.workbench import Workbench

_LAYERS = ("CONV1", "CONV2", "CONV3", "CONV4", "CONV5")


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return tuple(
        Claim(
            id=f"JSSC17.mapper.{name}", statement=f"energy of the mapper's mapping over the published one's, {name}",
            source="JSSC 2017 Table III, energies of ISCA 2016", tag="S", published=(-math.inf, 1.0), unit="x",
            tolerance=0.0, absolute=True, ours=lambda bench, name=name: energy_ratio(bench, name),
        )
        for name in _LAYERS
    )  # fmt: skip


def energy_ratio(bench: Workbench, name: str) -> float:
    """Energy of layer ``name`` under the certified best mapping over that under the published one."""
    found = bench.mapped("alexnet", CHIP, objective="energy", batch=BATCH)
    best = next(layer for layer in found.layers if layer.layer.name == name)
    return best.evaluation.energy.total / chip_runs()[name].evaluation.energy.total
