"""SqueezeNet 1.0 and 1.1."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network

# Squeeze channels of fire2 ... fire9; each of the two expand layers has four times as many.
_SQUEEZE = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}
_EXPANSION = 4


def squeezenet1_0(resolution: int = 227, batch: int = 1) -> Network:
    """SqueezeNet 1.0: 832.7 M MACs and 1.24 M weights at 227x227.

    The authors compute 111x111 CONV1 outputs, hence a 227x227 input. CONV10 has no padding (the paper's Table 1;
    the released Caffe model pads it by one position, 28.7 M MACs more).

    Args:
        resolution: input height and width in pixels.
        batch: images per run.
    """
    conv1 = Layer.conv2d("CONV1", 3, 96, resolution, 7, stride=2, batch=batch)
    layers = _layers(conv1, pooled_before=(2, 5, 9), batch=batch)
    return Network(name="squeezenet1.0", layers=layers, source="Iandola et al., arXiv:1602.07360, Table 1")


def squeezenet1_1(resolution: int = 227, batch: int = 1) -> Network:
    """SqueezeNet 1.1: 387.7 M MACs and 1.23 M weights at 227x227.

    Args:
        resolution: input height and width in pixels.
        batch: images per run.
    """
    conv1 = Layer.conv2d("CONV1", 3, 64, resolution, 3, stride=2, batch=batch)
    layers = _layers(conv1, pooled_before=(2, 4, 6), batch=batch)
    return Network(name="squeezenet1.1", layers=layers, source="Iandola et al., SqueezeNet repository, version 1.1")


def _layers(conv1: Layer, pooled_before: tuple[int, ...], batch: int) -> tuple[Layer, ...]:
    """CONV1, the fire modules with a 3x3 stride-2 pooling before those named, and CONV10."""
    layers = [conv1]
    size, channels = conv1.E, conv1.M
    for fire, squeeze in _SQUEEZE.items():
        if fire in pooled_before:
            size = _pooled(size)
        expand = squeeze * _EXPANSION
        layers += [
            Layer.conv2d(f"fire{fire}-squeeze1x1", channels, squeeze, size, 1, batch=batch),
            Layer.conv2d(f"fire{fire}-expand1x1", squeeze, expand, size, 1, batch=batch),
            Layer.conv2d(f"fire{fire}-expand3x3", squeeze, expand, size, 3, padding=1, batch=batch),
        ]
        channels = 2 * expand
    layers.append(Layer.conv2d("CONV10", channels, 1000, size, 1, batch=batch))
    return tuple(layers)


def _pooled(size: int) -> int:
    """Feature map behind a 3x3 pooling of stride 2 that rounds up, as Caffe does."""
    return -(-(size - 3) // 2) + 1
