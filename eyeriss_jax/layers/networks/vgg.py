"""VGG-16."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network

# Configuration D of the paper: (feature map, output channels of each CONV layer); a 2x2 pooling follows each row.
_STAGES = (
    (224, (64, 64)),
    (112, (128, 128)),
    (56, (256, 256, 256)),
    (28, (512, 512, 512)),
    (14, (512, 512, 512)),
)


def vgg16(batch: int = 1) -> Network:
    """VGG-16 (configuration D, 224x224): 15,470.3 M MACs, 138.3 M weights.

    Args:
        batch: images per run.
    """
    layers: list[Layer] = []
    channels = 3
    for stage, (size, widths) in enumerate(_STAGES, start=1):
        for index, width in enumerate(widths, start=1):
            layers.append(Layer.conv2d(f"CONV{stage}-{index}", channels, width, size, 3, padding=1, batch=batch))
            channels = width
    layers.append(Layer.conv2d("FC6", channels, 4096, 7, 7, batch=batch))
    layers.append(Layer.fully_connected("FC7", 4096, 4096, batch))
    layers.append(Layer.fully_connected("FC8", 4096, 1000, batch))
    return Network(name="vgg16", layers=tuple(layers), source="Simonyan and Zisserman, ICLR 2015, Table 1 column D")
