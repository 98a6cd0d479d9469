"""Inception-v3."""

from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network


class _Step(NamedTuple):
    """One step of a branch: CONV layers side by side on the same input, in all but the last modules just one.

    Stride 1 keeps the feature map ("same" padding), stride 2 has no padding.
    """

    channels: int
    filters: tuple[Pair, ...] = ((1, 1),)
    stride: int = 1


_Branch = tuple[_Step, ...]


def inception_v3(batch: int = 1) -> Network:
    """Inception-v3, 299x299, without the auxiliary classifier: 5,713.2 M MACs, 23.8 M weights.

    Args:
        batch: images per run.
    """
    layers = [
        Layer.conv2d("1a-3x3", 3, 32, 299, 3, stride=2, batch=batch),
        Layer.conv2d("2a-3x3", 32, 32, 149, 3, batch=batch),
        Layer.conv2d("2b-3x3", 32, 64, 147, 3, padding=1, batch=batch),
        Layer.conv2d("3b-1x1", 64, 80, 73, 1, batch=batch),
        Layer.conv2d("4a-3x3", 80, 192, 73, 3, batch=batch),
    ]
    for module, (size, inputs, branches) in _modules().items():
        for index, branch in enumerate(branches):
            layers += _layers(f"{module}-branch{index}", inputs, size, branch, batch)
    layers.append(Layer.fully_connected("FC", 2048, 1000, batch))
    return Network(name="inception_v3", layers=tuple(layers), source="Szegedy et al., CVPR 2016; layers of TF-slim")


def _modules() -> dict[str, tuple[int, int, tuple[_Branch, ...]]]:
    """Module: (feature map, input channels, branches), with TF-slim's module names."""
    return {
        "5b": (35, 192, _mixed_5(pool=32)),
        "5c": (35, 256, _mixed_5(pool=64)),
        "5d": (35, 288, _mixed_5(pool=64)),
        "6a": (35, 288, _REDUCTION_6A),
        "6b": (17, 768, _mixed_6(width=128)),
        "6c": (17, 768, _mixed_6(width=160)),
        "6d": (17, 768, _mixed_6(width=160)),
        "6e": (17, 768, _mixed_6(width=192)),
        "7a": (17, 768, _REDUCTION_7A),
        "7b": (8, 1280, _MIXED_7),
        "7c": (8, 2048, _MIXED_7),
    }


def _mixed_5(pool: int) -> tuple[_Branch, ...]:
    """The modules of the 35x35 feature map; the last branch follows a pooling."""
    return (
        (_Step(64),),
        (_Step(48), _Step(64, ((5, 5),))),
        (_Step(64), _Step(96, ((3, 3),)), _Step(96, ((3, 3),))),
        (_Step(pool),),
    )


def _mixed_6(width: int) -> tuple[_Branch, ...]:
    """The modules of the 17x17 feature map, with 7x7 filters factorised into 1x7 and 7x1."""
    flat, tall = ((1, 7),), ((7, 1),)
    return (
        (_Step(192),),
        (_Step(width), _Step(width, flat), _Step(192, tall)),
        (_Step(width), _Step(width, tall), _Step(width, flat), _Step(width, tall), _Step(192, flat)),
        (_Step(192),),
    )


_REDUCTION_6A: tuple[_Branch, ...] = (
    (_Step(384, ((3, 3),), stride=2),),
    (_Step(64), _Step(96, ((3, 3),)), _Step(96, ((3, 3),), stride=2)),
)
_REDUCTION_7A: tuple[_Branch, ...] = (
    (_Step(192), _Step(320, ((3, 3),), stride=2)),
    (_Step(192), _Step(192, ((1, 7),)), _Step(192, ((7, 1),)), _Step(192, ((3, 3),), stride=2)),
)
_MIXED_7: tuple[_Branch, ...] = (
    (_Step(320),),
    (_Step(384), _Step(384, ((1, 3), (3, 1)))),
    (_Step(448), _Step(384, ((3, 3),)), _Step(384, ((1, 3), (3, 1)))),
    (_Step(192),),
)


def _layers(name: str, channels: int, size: int, branch: _Branch, batch: int) -> Iterator[Layer]:
    """The layers of one branch, lettered in order."""
    letters = (chr(ord("a") + index) for index in count())
    for step in branch:
        for kernel in step.filters:
            yield Layer.conv2d(
                f"{name}{next(letters)}-{kernel[0]}x{kernel[1]}",
                channels,
                step.channels,
                size,
                kernel,
                stride=step.stride,
                padding="same" if step.stride == 1 else 0,
                batch=batch,
            )
        channels = step.channels
