"""ResNet-50, in the two versions that the literature calls by that name."""

from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network

_EXPANSION = 4

# Stage: (feature map of its input, width of its bottlenecks, blocks, stride of its first block).
_STAGES = {2: (56, 64, 3, 1), 3: (56, 128, 4, 2), 4: (28, 256, 6, 2), 5: (14, 512, 3, 2)}


def resnet50(batch: int = 1) -> Network:
    """ResNet-50 v1.5 (224x224): 4,089.2 M MACs, 25.5 M weights.

    The bottlenecks that halve the feature map do it in their 3x3 layer; MLPerf, torchvision and most accelerator
    papers since 2017 mean this version. :func:`resnet50_v1` is the paper's.

    Args:
        batch: images per run.
    """
    source = "He et al., CVPR 2016, Table 1, with the stride in the 3x3 layer (v1.5)"
    return Network(name="resnet50", layers=_layers(batch, stride_in_3x3=True), source=source)


def resnet50_v1(batch: int = 1) -> Network:
    """ResNet-50 v1, the paper's (224x224): 3,858.0 M MACs, 25.5 M weights.

    The bottlenecks that halve the feature map do it in their first 1x1 layer.

    Args:
        batch: images per run.
    """
    return Network(
        name="resnet50_v1", layers=_layers(batch, stride_in_3x3=False), source="He et al., CVPR 2016, Table 1"
    )


def _layers(batch: int, stride_in_3x3: bool) -> tuple[Layer, ...]:
    """The 53 CONV layers and the classifier, in the names of the authors' Caffe models."""
    layers = [Layer.conv2d("CONV1", 3, 64, 224, 7, stride=2, padding=3, batch=batch)]
    channels = 64
    for stage, (stage_input, width, blocks, stride) in _STAGES.items():
        size = stage_input
        for block in range(blocks):
            name = f"res{stage}{'abcdef'[block]}"
            layers += _bottleneck(name, channels, width, size, stride if block == 0 else 1, stride_in_3x3, batch)
            channels = width * _EXPANSION
            size = layers[-1].E
    layers.append(Layer.fully_connected("FC", channels, 1000, batch))
    return tuple(layers)


def _bottleneck(
    name: str, channels: int, width: int, size: int, stride: int, stride_in_3x3: bool, batch: int
) -> list[Layer]:
    """One block: 1x1, 3x3, 1x1, after a 1x1 projection of the shortcut where the shape changes."""
    out = width * _EXPANSION
    stride_1x1, stride_3x3 = (1, stride) if stride_in_3x3 else (stride, 1)
    reduce = Layer.conv2d(f"{name}-branch2a", channels, width, size, 1, stride=stride_1x1, batch=batch)
    middle = Layer.conv2d(f"{name}-branch2b", width, width, reduce.E, 3, stride=stride_3x3, padding=1, batch=batch)
    expand = Layer.conv2d(f"{name}-branch2c", width, out, middle.E, 1, batch=batch)
    if channels == out:
        return [reduce, middle, expand]
    return [Layer.conv2d(f"{name}-branch1", channels, out, size, 1, stride=stride, batch=batch), reduce, middle, expand]
