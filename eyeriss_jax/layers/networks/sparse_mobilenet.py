"""The pruned MobileNet 0.5-128 of JETCAS 2019, and the dense one with the same zeros in its activations.

Of each layer the share of MACs with two nonzero operands is public: the ground truth of Sparseloop's artifact (MICRO
2022), exact. For eight pointwise layers its two factors are as well. Where they are not, the share p is split into
weights p**0.585 and iacts p**0.415, the mean split of those eight.
"""

from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.mobilenet_v1 import mobilenet_v1
from eyeriss_jax.layers.sparsity import Sparsity

WEIGHT_SHARE = 0.585
"""Part of ln(p) that is due to the weights: mean over the eight layers with known factors (0.42 to 0.71)."""

# Layer: effectual over nominal MACs, weight density, iact density; the last two only where they are public.
EFFECTUAL: dict[str, tuple[float, float, float] | tuple[float]] = {
    "block1-PW": (0.219966,),
    "block2-PW": (0.416585,),
    "block3-PW": (0.405822, 0.5203, 0.7281),
    "block4-PW": (0.715104, 0.8184, 0.8641),
    "block5-PW": (0.594018,),
    "block6-PW": (0.545577, 0.6443, 0.8329),
    "block7-PW": (0.533739,),
    "block8-PW": (0.518264,),
    "block9-PW": (0.347485, 0.5499, 0.6077),
    "block10-PW": (0.399991, 0.5997, 0.6412),
    "block11-PW": (0.434293, 0.6988, 0.6084),
    "block12-PW": (0.452314, 0.6495, 0.6772),
    "block13-PW": (0.18485, 0.2999, 0.5829),
    "FC": (0.186412,),
}
"""Depthwise layers and CONV1 skip nothing in the ground truth and are left dense."""

_SOURCE = "shapes: Howard et al., arXiv:1704.04861; densities: artifact of Sparseloop (MICRO 2022), splits assumed"


def mobilenet_v1_sparse(batch: int = 1) -> Network:
    """MobileNet 0.5-128 pruned as in JETCAS 2019: 23.7 M of its 49.2 M MACs have two nonzero operands.

    Args:
        batch: images per run.
    """
    return _with_densities("mobilenet_v1_0.5_128_sparse", batch, pruned=True)


def mobilenet_v1_natural(batch: int = 1) -> Network:
    """MobileNet 0.5-128 unpruned, with the iact densities of the pruned one: its own are not public.

    Args:
        batch: images per run.
    """
    return _with_densities("mobilenet_v1_0.5_128_natural", batch, pruned=False)


def densities(layer: str) -> tuple[float, float]:
    """(weight, iact) densities of a layer of the pruned network, split where only their product is public."""
    effectual, *known = EFFECTUAL.get(layer, (1.0,))
    if known:
        return known[0], known[1]
    return effectual**WEIGHT_SHARE, effectual ** (1 - WEIGHT_SHARE)


def _with_densities(name: str, batch: int, *, pruned: bool) -> Network:
    network = mobilenet_v1(0.5, 128, batch)
    iacts = [densities(layer.name)[1] for layer in network.layers]
    found = {}
    for layer, iact, oact in zip(network.layers, iacts, [*iacts[1:], 1.0], strict=True):
        weight = densities(layer.name)[0] if pruned else 1.0
        found[layer.name] = Sparsity.trained(iact=iact, weight=weight, oact=oact)
    return network.with_sparsity(found, name=name, source=_SOURCE)
