"""The nine benchmark layers of EIE (ISCA'16, Table III) with their densities."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.sparsity import Sparsity

# Inputs, outputs, and densities of weights and activations.
_LAYERS: dict[str, tuple[int, int, float, float]] = {
    "Alex-6": (9216, 4096, 0.09, 0.351),
    "Alex-7": (4096, 4096, 0.09, 0.353),
    "Alex-8": (4096, 1000, 0.25, 0.375),
    "VGG-6": (25088, 4096, 0.04, 0.183),
    "VGG-7": (4096, 4096, 0.04, 0.375),
    "VGG-8": (4096, 1000, 0.23, 0.411),
    "NT-We": (4096, 600, 0.10, 1.0),
    "NT-Wd": (600, 8791, 0.11, 1.0),
    "NT-LSTM": (1201, 2400, 0.10, 1.0),
}


def eie_layers(batch: int = 1) -> Network:
    """AlexNet's and VGG-16's FC layers and three matrices of NeuralTalk, pruned; not one network but nine benchmarks.

    Args:
        batch: vectors per run.
    """
    layers = tuple(
        Layer(name=name, C=inputs, M=outputs, N=batch, sparsity=Sparsity(weight=weight, iact=iact))
        for name, (inputs, outputs, weight, iact) in _LAYERS.items()
    )
    return Network(name="eie_layers", layers=layers, source="Han et al., ISCA 2016, Table III")
