"""MobileNet-v2 at any width multiplier and resolution."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.scaling import scaled_name

# (expansion t, output channels c at width 1, repetitions n, stride s of the first): the paper's Table 2.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)

_CHANNEL_STEP = 8
_FEATURES = 1280


def mobilenet_v2(width: float = 1.0, resolution: int = 224, batch: int = 1) -> Network:
    """MobileNet-v2: 53 layers; 300.8 M MACs and 3.5 M weights at 1.0-224.

    Args:
        width: width multiplier; channels are rounded to multiples of 8, and CONV2 grows but never shrinks.
        resolution: input height and width in pixels, at least 32.
        batch: images per run.
    """
    name = scaled_name("mobilenet_v2", width, resolution)
    channels = _scaled(32, width)
    layers = [Layer.conv2d("CONV1", 3, channels, resolution, 3, stride=2, padding="same", batch=batch)]
    block = 0
    for expansion, base, repetitions, first_stride in _STAGES:
        for repetition in range(repetitions):
            block += 1
            layers += _bottleneck(
                f"block{block}",
                channels,
                expansion,
                _scaled(base, width),
                layers[-1].E,
                first_stride if repetition == 0 else 1,
                batch,
            )
            channels = layers[-1].M
    features = _scaled(_FEATURES, max(width, 1.0))
    layers.append(Layer.conv2d("CONV2", channels, features, layers[-1].E, 1, batch=batch))
    layers.append(Layer.fully_connected("FC", features, 1000, batch))
    return Network(name=name, layers=tuple(layers), source="Sandler et al., CVPR 2018, Table 2")


def _bottleneck(name: str, channels: int, expansion: int, out: int, size: int, stride: int, batch: int) -> list[Layer]:
    """One inverted residual: 1x1 expansion (none if the factor is 1), depthwise 3x3, linear 1x1 projection."""
    hidden = channels * expansion
    depthwise = Layer.depthwise(f"{name}-DW", hidden, size, 3, stride=stride, padding="same", batch=batch)
    project = Layer.conv2d(f"{name}-project", hidden, out, depthwise.E, 1, batch=batch)
    if expansion == 1:
        return [depthwise, project]
    return [Layer.conv2d(f"{name}-expand", channels, hidden, size, 1, batch=batch), depthwise, project]


def _scaled(channels: int, width: float) -> int:
    """Channels at a width multiplier: the nearest multiple of 8 that loses no more than a tenth."""
    exact = channels * width
    rounded = max(_CHANNEL_STEP, int(exact + _CHANNEL_STEP / 2) // _CHANNEL_STEP * _CHANNEL_STEP)
    return rounded if rounded >= 0.9 * exact else rounded + _CHANNEL_STEP
