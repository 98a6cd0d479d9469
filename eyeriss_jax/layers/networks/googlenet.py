"""GoogLeNet (Inception-v1)."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network

# Module: (feature map, input channels, 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool proj), as in the paper's Table 1.
_MODULES = {
    "3a": (28, 192, 64, 96, 128, 16, 32, 32),
    "3b": (28, 256, 128, 128, 192, 32, 96, 64),
    "4a": (14, 480, 192, 96, 208, 16, 48, 64),
    "4b": (14, 512, 160, 112, 224, 24, 64, 64),
    "4c": (14, 512, 128, 128, 256, 24, 64, 64),
    "4d": (14, 512, 112, 144, 288, 32, 64, 64),
    "4e": (14, 528, 256, 160, 320, 32, 128, 128),
    "5a": (7, 832, 256, 160, 320, 32, 128, 128),
    "5b": (7, 832, 384, 192, 384, 48, 128, 128),
}


def googlenet(batch: int = 1) -> Network:
    """GoogLeNet, 224x224, with the main classifier only: 1,582.7 M MACs, 7.0 M weights.

    The 5x5 branches have 5x5 filters, as in the paper (torchvision's have 3x3).

    Args:
        batch: images per run.
    """
    layers = [
        Layer.conv2d("CONV1", 3, 64, 224, 7, stride=2, padding=3, batch=batch),
        Layer.conv2d("CONV2-reduce", 64, 64, 56, 1, batch=batch),
        Layer.conv2d("CONV2", 64, 192, 56, 3, padding=1, batch=batch),
    ]
    for module in _MODULES:
        layers += _inception(module, batch)
    layers.append(Layer.fully_connected("FC", 1024, 1000, batch))
    return Network(name="googlenet", layers=tuple(layers), source="Szegedy et al., CVPR 2015, Table 1")


def _inception(module: str, batch: int) -> list[Layer]:
    """The six CONV layers of one inception module."""
    size, inputs, direct, reduce3, conv3, reduce5, conv5, pool = _MODULES[module]
    return [
        Layer.conv2d(f"{module}-1x1", inputs, direct, size, 1, batch=batch),
        Layer.conv2d(f"{module}-3x3-reduce", inputs, reduce3, size, 1, batch=batch),
        Layer.conv2d(f"{module}-3x3", reduce3, conv3, size, 3, padding=1, batch=batch),
        Layer.conv2d(f"{module}-5x5-reduce", inputs, reduce5, size, 1, batch=batch),
        Layer.conv2d(f"{module}-5x5", reduce5, conv5, size, 5, padding=2, batch=batch),
        Layer.conv2d(f"{module}-pool-proj", inputs, pool, size, 1, batch=batch),
    ]
