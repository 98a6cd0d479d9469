"""Networks by name."""

import re
from collections.abc import Callable

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import check_batch, integer_of
from eyeriss_jax.layers.networks.alexnet import alexnet
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.networks.googlenet import googlenet
from eyeriss_jax.layers.networks.inception import inception_v3
from eyeriss_jax.layers.networks.mobilenet_v1 import mobilenet_v1
from eyeriss_jax.layers.networks.mobilenet_v2 import mobilenet_v2
from eyeriss_jax.layers.networks.resnet import resnet50, resnet50_v1
from eyeriss_jax.layers.networks.sparse_alexnet import alexnet_natural, alexnet_sparse
from eyeriss_jax.layers.networks.sparse_mobilenet import mobilenet_v1_natural, mobilenet_v1_sparse
from eyeriss_jax.layers.networks.squeezenet import squeezenet1_0, squeezenet1_1
from eyeriss_jax.layers.networks.transformer import (
    bert_base,
    gpt2_decode,
    gpt2_prefill,
    llama2_7b_decode,
    llama3_8b_decode,
    vit_b16,
)
from eyeriss_jax.layers.networks.vgg import vgg16
from eyeriss_jax.names import suggestion

# Each takes the batch size by keyword.
_FAMILIES: dict[str, Callable[..., Network]] = {
    "alexnet": alexnet,
    "alexnet_natural": alexnet_natural,
    "alexnet_sparse": alexnet_sparse,
    "vgg16": vgg16,
    "googlenet": googlenet,
    "resnet50": resnet50,
    "resnet50_v1": resnet50_v1,
    "squeezenet1.0": squeezenet1_0,
    "squeezenet1.1": squeezenet1_1,
    "inception_v3": inception_v3,
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v1_0.5_128_natural": mobilenet_v1_natural,
    "mobilenet_v1_0.5_128_sparse": mobilenet_v1_sparse,
    "mobilenet_v2": mobilenet_v2,
    "vit_b16": vit_b16,
    "bert_base": bert_base,
    "gpt2_prefill": gpt2_prefill,
    "gpt2_decode": gpt2_decode,
    "llama2_7b_decode": llama2_7b_decode,
    "llama3_8b_decode": llama3_8b_decode,
}

# Families that take a width multiplier and a resolution as well.
_SCALED = ("mobilenet_v1", "mobilenet_v2")
_SCALED_NAME = re.compile(rf"({'|'.join(_SCALED)})_([^_]*)_([^_]*)")

# Families that take a number of tokens as well: those of the sequence, or those in the cache of a decoder.
_SEQUENCES = ("bert_base", "gpt2_prefill", "gpt2_decode", "llama2_7b_decode", "llama3_8b_decode")
_SEQUENCE_NAME = re.compile(rf"({'|'.join(_SEQUENCES)})_([0-9]+)")

# Names that `known_network` resolves; MobileNets of any other width and resolution are spelled like the last,
# Transformers for any number of tokens like ``bert_base_128``.
NETWORKS: tuple[str, ...] = (*_FAMILIES, "mobilenet_v1_0.5_128")

NETWORK_FAMILIES: tuple[str, ...] = (
    *(f"{name}_<width>_<resolution>" for name in _SCALED),
    *(f"{name}_<tokens>" for name in _SEQUENCES),
)
"""How the names of the networks are spelled that exist in more sizes than :data:`NETWORKS` names."""


def known_network(name: str, batch: int = 1) -> Network:
    """The network called ``name``.

    Args:
        name: one of :data:`NETWORKS`, or ``mobilenet_v1_<width>_<resolution>`` and the same for v2;
            ``mobilenet_v1`` and ``mobilenet_v2`` alone are 1.0-224. Language models take ``_<tokens>``.
        batch: images per run, N of every layer.

    Raises:
        SpecError: an unknown name (with the nearest known one), or a width, resolution or batch out of range.
    """
    check_batch(f"network {name!r}", batch)
    try:
        return _made(name, batch)
    except SpecError as error:
        if batch == 1:
            raise
        _made(name, 1)  # what is wrong without a batch
        raise SpecError(
            f"network {name!r}: batch = {batch} is too large; the largest batch is {_largest_batch(name, batch)}"
        ) from error


def _largest_batch(name: str, too_large: int) -> int:
    """The most inputs per run of which every extent fits in 32 bits."""
    works = 1
    while too_large - works > 1:
        middle = (works + too_large) // 2
        try:
            _made(name, middle)
            works = middle
        except SpecError:
            too_large = middle
    return works


def _made(name: str, batch: int) -> Network:
    """The network called ``name`` of a batch that may be too large for it."""
    if name in _FAMILIES:
        return _FAMILIES[name](batch=batch)
    if scaled := _SCALED_NAME.fullmatch(name):
        family, width, resolution = scaled.groups()
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", width):
            raise SpecError(
                f"network {name!r}: width multiplier {width!r} must be a number; write e.g. {family}_0.5_128"
            )
        if not re.fullmatch(r"[0-9]+", resolution):
            raise SpecError(
                f"network {name!r}: resolution {resolution!r} must be an integer; write e.g. {family}_0.5_128"
            )
        pixels = integer_of(f"network {name!r}", "resolution", resolution)
        return _FAMILIES[family](width=float(width), resolution=pixels, batch=batch)
    if sequence := _SEQUENCE_NAME.fullmatch(name):
        tokens = integer_of(f"network {name!r}", "tokens", sequence[2])
        return _FAMILIES[sequence[1]](tokens, batch=batch)
    raise SpecError(
        f"network {name!r} is not known{suggestion(name.lower(), NETWORKS)} "
        f"Known: {', '.join((*NETWORKS, *NETWORK_FAMILIES))}"
    )
