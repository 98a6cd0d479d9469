"""The benchmark layers of DianNao (ASPLOS'14, Table 5), without the three pooling layers."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network


def diannao_layers(batch: int = 1) -> Network:
    """CONV1, CONV2*, CONV3, CONV4, CONV5*, CLASS1 and CLASS3 with stride 1.

    A star means private kernels: every output position has weights of its own, and is a group of its own here. Weights
    and MACs are those of the paper; an input that several windows share counts for each.

    Args:
        batch: inputs per run.
    """
    layers = (
        Layer.conv2d("CONV1", 32, 48, (375, 500), 9, batch=batch),
        _private("CONV2*", 8, 8, 200, 18, batch),
        Layer.conv2d("CONV3", 108, 200, 32, 4, batch=batch),
        Layer.conv2d("CONV4", 16, 512, 32, 7, batch=batch),
        _private("CONV5*", 256, 384, 256, 11, batch),
        Layer.fully_connected("CLASS1", 960, 20, batch),
        Layer.fully_connected("CLASS3", 200, 100, batch),
    )
    return Network(name="diannao_layers", layers=layers, source="Chen et al., ASPLOS 2014, Table 5")


def _private(name: str, channels: int, filters: int, size: int, kernel: int, batch: int) -> Layer:
    """A convolution whose kernels are not shared between positions."""
    positions = (size - kernel + 1) ** 2
    return Layer(name=name, G=positions, M=filters, C=channels, R=kernel, S=kernel, N=batch)
