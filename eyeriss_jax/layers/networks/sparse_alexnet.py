"""AlexNet with the zeros that ReLU leaves in its activations, unpruned and pruned as for JETCAS 2019."""

from eyeriss_jax.layers.networks.alexnet import alexnet
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.sparsity import Sparsity

# Densities of the iacts. CONV: Sparseloop's artifact, table 7; v1 measured nearly the same (ISSCC 2016). The inputs of
# FC layers are not published: assumed.
IACTS: dict[str, float] = {
    "CONV1": 0.999,
    "CONV2": 0.600,
    "CONV3": 0.275,
    "CONV4": 0.207,
    "CONV5": 0.230,
    "FC6": 0.3,
    "FC7": 0.3,
    "FC8": 0.3,
}

PRUNED_CONV, PRUNED_FC = 0.1694, 0.0910
"""Weight densities of all CONV and all FC layers of the pruned AlexNet.

Per layer they are not published. These two give what is (Yang et al., CVPR 2017): 5.73 M nonzero weights, and 56 M MACs
with two nonzero operands.
"""

_SHAPES = "Krizhevsky et al., NIPS 2012; iact densities: artifact of Sparseloop (MICRO 2022), of FC layers assumed"


def alexnet_natural(batch: int = 1) -> Network:
    """AlexNet with dense weights and the zeros of its activations.

    Args:
        batch: images per run.
    """
    return _with_densities("alexnet_natural", _SHAPES, batch, conv=1.0, fc=1.0)


def alexnet_sparse(batch: int = 1, *, conv: float = PRUNED_CONV, fc: float = PRUNED_FC) -> Network:
    """AlexNet pruned as for JETCAS 2019 (energy-aware pruning).

    Args:
        batch: images per run.
        conv: weight density of the CONV layers.
        fc: weight density of the FC layers.
    """
    source = f"{_SHAPES}; weight densities {conv} (CONV) and {fc} (FC) from the totals of Yang et al., CVPR 2017"
    return _with_densities("alexnet_sparse", source, batch, conv=conv, fc=fc)


def _with_densities(name: str, source: str, batch: int, *, conv: float, fc: float) -> Network:
    network = alexnet(batch)
    names = [layer.name for layer in network.layers]
    found = {}
    for layer, after in zip(names, [*names[1:], ""], strict=True):
        weight = conv if layer.startswith("CONV") else fc
        found[layer] = Sparsity.trained(iact=IACTS[layer], weight=weight, oact=IACTS.get(after, 1.0))
    return network.with_sparsity(found, name=name, source=source)
