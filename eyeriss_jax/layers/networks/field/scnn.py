"""AlexNet and VGG-16 with the densities of SCNN's pruned models (ISCA'17, Fig 1, digitised)."""

from eyeriss_jax.layers.networks.alexnet import alexnet
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.vgg import vgg16
from eyeriss_jax.layers.sparsity import Sparsity

# Densities of iacts and weights.
_ALEXNET: dict[str, tuple[float, float]] = {
    "CONV1": (1.0, 0.845),
    "CONV2": (0.936, 0.379),
    "CONV3": (0.527, 0.346),
    "CONV4": (0.389, 0.372),
    "CONV5": (0.429, 0.369),
}
_VGG16: dict[str, tuple[float, float]] = {
    "CONV1-1": (1.0, 0.566),
    "CONV1-2": (0.507, 0.217),
    "CONV2-1": (0.897, 0.339),
    "CONV2-2": (0.788, 0.355),
    "CONV3-1": (0.814, 0.53),
    "CONV3-2": (0.639, 0.236),
    "CONV3-3": (0.688, 0.417),
    "CONV4-1": (0.707, 0.321),
    "CONV4-2": (0.502, 0.266),
    "CONV4-3": (0.452, 0.343),
    "CONV5-1": (0.393, 0.352),
    "CONV5-2": (0.33, 0.287),
    "CONV5-3": (0.306, 0.363),
}


def scnn_alexnet(batch: int = 1) -> Network:
    """The five CONV layers of AlexNet.

    Args:
        batch: images per run.
    """
    return _pruned(alexnet(batch), "scnn_alexnet", _ALEXNET)


def scnn_vgg16(batch: int = 1) -> Network:
    """The thirteen CONV layers of VGG-16.

    Args:
        batch: images per run.
    """
    return _pruned(vgg16(batch), "scnn_vgg16", _VGG16)


def _pruned(network: Network, name: str, densities: dict[str, tuple[float, float]]) -> Network:
    """The CONV layers of ``network`` with their densities."""
    sparsity = {layer: Sparsity(iact=iact, weight=weight) for layer, (iact, weight) in densities.items()}
    conv = Network(
        name=name, layers=tuple(layer for layer in network.layers if layer.name in densities), source=network.source
    )
    return conv.with_sparsity(sparsity, source=f"{network.source}; densities: Parashar et al., ISCA 2017, Fig 1")
