"""One of the two halves of AlexNet's CONV layers, which the papers on FPGAs count."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network


def alexnet_half(batch: int = 1) -> Network:
    """CONV1-5 of one half: 48, 128, 192, 192 and 128 filters; CONV3 sees both halves of its input.

    Args:
        batch: images per run.
    """
    layers = (
        Layer.conv2d("CONV1", 3, 48, 227, 11, stride=4, batch=batch),
        Layer.conv2d("CONV2", 48, 128, 27, 5, padding=2, batch=batch),
        Layer.conv2d("CONV3", 256, 192, 13, 3, padding=1, batch=batch),
        Layer.conv2d("CONV4", 192, 192, 13, 3, padding=1, batch=batch),
        Layer.conv2d("CONV5", 192, 128, 13, 3, padding=1, batch=batch),
    )
    return Network(name="alexnet_half", layers=layers, source="Krizhevsky et al., NIPS 2012; halves as in FPGA'15")
