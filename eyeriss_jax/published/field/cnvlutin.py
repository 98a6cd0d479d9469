"""Cnvlutin, ISCA'16: speed-up over a node of DaDianNao by skipping zero activations (abstract).

Only mean, least and largest of its networks are known to us, and that 44 % of their activations are zero on average.
Ours are AlexNet, VGG-16 and GoogLeNet with that share of zeros in every layer but the first.
"""

import math
from dataclasses import replace

from eyeriss_jax.hardware.presets.field import cnvlutin, dadiannao
from eyeriss_jax.layers import Sparsity, network
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of, value_of
from eyeriss_jax.published.field.runs import cycles_of

CHIP = "cnvlutin"
NETWORKS: tuple[str, ...] = ("alexnet", "vgg16", "googlenet")

_OTHER_NETWORKS = (
    "three networks in place of the paper's own, each layer with the mean share of zeros; layers of few channels leave "
    "one or two bricks to a lane, as AlexNet's groups of 48 and GoogLeNet's 1x1 layers do, where the slowest is far off"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return claims_of(
        CHIP, "speedup_over_DaDianNao", _speedup, statement="speed-up of CONV layers over DaDianNao", tolerance=0.1,
        explanations=dict.fromkeys(("mean", "min over networks", "max over networks"), _OTHER_NETWORKS),
    )  # fmt: skip


def _speedup(row: Figure) -> float:
    gains = [_gain(name) for name in NETWORKS]
    if row.workload.startswith("min"):
        return min(gains)
    return max(gains) if row.workload.startswith("max") else math.fsum(gains) / len(gains)


def _gain(name: str) -> float:
    layers = [_with_zeros(layer) for layer in network(name).layers if layer.E > 1]
    return cycles_of(layers, dadiannao()) / cycles_of(layers, cnvlutin())


def _with_zeros(layer: Layer) -> Layer:
    density = 1 - value_of(CHIP, "zero_activation_fraction", "mean of networks") / 100
    return layer if cnvlutin().dense_channels >= layer.C else replace(layer, sparsity=Sparsity(iact=density))
