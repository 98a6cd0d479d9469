"""MobileNet-v1 in Flax, Linen and NNX, whose convolutions can be any: Flax's own or those of an accelerator.

The shapes come from the layers of :func:`eyeriss_jax.layers.networks.mobilenet_v1.mobilenet_v1`, and the convolutions
bear their names. Batch normalisation is taken as folded into kernels and biases, as it is for inference.
"""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from flax import nnx

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.functional.flax.conv import COLLECTION, LinenConv, NnxConv
from eyeriss_jax.functional.flax.image_conv import Execution
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer

Mappings = dict[str, Mapping]
"""Mappings by the name of their layer; a layer without one gets a default that fits."""


class LinenMobileNet(nn.Module):
    """MobileNet-v1 in Linen.

    Attributes:
        layers: the layers of the network, the classifier last.
        conv: makes the convolution of a layer, e.g. :func:`linen_conv` or :func:`linen_conv_on` an accelerator.
    """

    layers: tuple[Layer, ...]
    conv: Callable[[Layer], nn.Module]

    @nn.compact
    def __call__(self, images: jax.Array) -> jax.Array:
        """[N, 1000] logits of [N, H, W, 3] images."""
        return _mobilenet(images, [self.conv(layer) for layer in self.layers])


class NnxMobileNet(nnx.Module):
    """MobileNet-v1 in NNX; ``layers`` as in Linen, ``conv`` e.g. :func:`nnx_conv` or :func:`nnx_conv_on`."""

    def __init__(
        self, layers: tuple[Layer, ...], conv: Callable[[Layer, nnx.Rngs], nnx.Conv], *, rngs: nnx.Rngs
    ) -> None:
        self.convs = nnx.List([conv(layer, rngs) for layer in layers])

    def __call__(self, images: jax.Array) -> jax.Array:
        """[N, 1000] logits of [N, H, W, 3] images."""
        return _mobilenet(images, list(self.convs))


def _mobilenet(images: jax.Array, convs: list[Any]) -> jax.Array:
    """Convolutions with ReLU6 between them, the average over the image, and the classifier."""
    *features, classifier = convs
    for conv in features:
        images = nn.relu6(conv(images))
    return classifier(jnp.mean(images, axis=(1, 2), keepdims=True))[:, 0, 0]


def _options(layer: Layer) -> dict[str, Any]:
    """The arguments that Flax's convolutions of both kinds have in common."""
    return {
        "kernel_size": (layer.R, layer.S),
        "strides": layer.stride,
        "feature_group_count": layer.G,
        "kernel_init": nn.initializers.he_normal(),
    }


def linen_conv(layer: Layer) -> nn.Conv:
    """Flax's own convolution of ``layer``."""
    return nn.Conv(features=layer.G * layer.M, name=layer.name, **_options(layer))


def linen_conv_on(accelerator: Accelerator, mappings: Mappings) -> Callable[[Layer], LinenConv]:
    """Makes convolutions that run on ``accelerator``."""

    def conv(layer: Layer) -> LinenConv:
        placed = {"accelerator": accelerator, "mapping": mappings.get(layer.name)}
        return LinenConv(features=layer.G * layer.M, name=layer.name, **placed, **_options(layer))

    return conv


def nnx_conv(layer: Layer, rngs: nnx.Rngs) -> nnx.Conv:
    """Flax's own convolution of ``layer``."""
    return nnx.Conv(layer.G * layer.C, layer.G * layer.M, rngs=rngs, **_options(layer))


def nnx_conv_on(accelerator: Accelerator, mappings: Mappings) -> Callable[[Layer, nnx.Rngs], NnxConv]:
    """Makes convolutions that run on ``accelerator``."""

    def conv(layer: Layer, rngs: nnx.Rngs) -> NnxConv:
        placed = {"accelerator": accelerator, "mapping": mappings.get(layer.name), "name": layer.name}
        return NnxConv(layer.G * layer.C, layer.G * layer.M, rngs=rngs, **placed, **_options(layer))

    return conv


def linen_executions(records: dict[str, Any]) -> dict[str, Execution]:
    """What the convolutions of a :class:`LinenMobileNet` recorded in one ``apply``, by their names.

    ``records``: the mutable variables that ``apply`` returned.
    """
    return {name: record["execution"][0] for name, record in records[COLLECTION].items()}


def nnx_executions(network: NnxMobileNet) -> dict[str, Execution]:
    """What the convolutions of a :class:`NnxMobileNet` recorded when they last ran, by their names."""
    executions = [conv.execution.get_value() for conv in network.convs if isinstance(conv, NnxConv)]
    return {execution.layer.name: execution for execution in executions}
