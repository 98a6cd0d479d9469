"""MobileNet-v1 at any width multiplier and resolution."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.scaling import scaled_name

# (output channels at width 1, stride) of the thirteen depthwise separable blocks. The paper's Table 1 prints
# stride 2 for the last depthwise layer, but its feature maps and the released models have stride 1.
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *(((512, 1),) * 5), (1024, 2), (1024, 1))

_LEAST_CHANNELS = 8


def mobilenet_v1(width: float = 1.0, resolution: int = 224, batch: int = 1) -> Network:
    """MobileNet-v1: 28 layers; 568.7 M MACs at 1.0-224, 49.2 M at the 0.5-128 of the Eyeriss v2 chip.

    Args:
        width: width multiplier; channels are rounded down, to no less than 8.
        resolution: input height and width in pixels, at least 32.
        batch: images per run.
    """
    name = scaled_name("mobilenet_v1", width, resolution)
    channels = _scaled(32, width)
    layers = [Layer.conv2d("CONV1", 3, channels, resolution, 3, stride=2, padding="same", batch=batch)]
    for block, (base, stride) in enumerate(_BLOCKS, start=1):
        depthwise = Layer.depthwise(
            f"block{block}-DW", channels, layers[-1].E, 3, stride=stride, padding="same", batch=batch
        )
        pointwise = Layer.conv2d(f"block{block}-PW", channels, _scaled(base, width), depthwise.E, 1, batch=batch)
        layers += [depthwise, pointwise]
        channels = pointwise.M
    layers.append(Layer.fully_connected("FC", channels, 1000, batch))
    return Network(name=name, layers=tuple(layers), source="Howard et al., arXiv:1704.04861, Table 1")


def _scaled(channels: int, width: float) -> int:
    """Channels at a width multiplier, as the released models round them."""
    return max(int(channels * width), _LEAST_CHANNELS)
