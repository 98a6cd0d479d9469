"""LeNet-5's two CONV layers, as FlexFlow (HPCA'17) and ShiDianNao (ISCA'15) compute them."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network


def lenet5(batch: int = 1) -> Network:
    """C1 and C3: 1 -> 6 maps of 28x28 and 6 -> 16 maps of 10x10, all connected.

    Args:
        batch: images per run.
    """
    layers = (
        Layer.conv2d("C1", 1, 6, 32, 5, batch=batch),
        Layer.conv2d("C3", 6, 16, 14, 5, batch=batch),
    )
    return Network(name="lenet5", layers=layers, source="LeCun et al., Proc. IEEE 1998, section II-B; C3 in full")
