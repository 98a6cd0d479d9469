"""AlexNet, as the Eyeriss papers compute it."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network


def alexnet(batch: int = 1) -> Network:
    """AlexNet with its two groups in CONV2, CONV4 and CONV5: 724.4 M MACs, of which 665.8 M in CONV layers.

    The input is 227x227 without padding, which gives CONV1 its 55x55 outputs (the paper's 224 does not). FC6 is
    a 6x6 valid convolution over the 6x6x256 feature map (ISCA'16 Table II).

    Args:
        batch: images per run.
    """
    layers = (
        Layer.conv2d("CONV1", 3, 96, 227, 11, stride=4, batch=batch),
        Layer.conv2d("CONV2", 96, 256, 27, 5, padding=2, groups=2, batch=batch),
        Layer.conv2d("CONV3", 256, 384, 13, 3, padding=1, batch=batch),
        Layer.conv2d("CONV4", 384, 384, 13, 3, padding=1, groups=2, batch=batch),
        Layer.conv2d("CONV5", 384, 256, 13, 3, padding=1, groups=2, batch=batch),
        Layer.conv2d("FC6", 256, 4096, 6, 6, batch=batch),
        Layer.fully_connected("FC7", 4096, 4096, batch),
        Layer.fully_connected("FC8", 4096, 1000, batch),
    )
    return Network(name="alexnet", layers=layers, source="Krizhevsky et al., NIPS 2012; shapes of ISCA 2016 Table II")
