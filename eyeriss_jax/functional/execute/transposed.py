"""Transposed convolutions: a convolution over an input with zeros stuffed between its positions."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from eyeriss_jax.functional.execute.machine import Tensor
from eyeriss_jax.layers.checks import Pair, check_pair, layer_label
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.padding import Padding


def stuffed_size(size: Pair, dilation: Pair) -> Pair:
    """(H, W) of an input of ``size`` with ``dilation`` - 1 zeros between neighbours."""
    return (size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1


def stuff_zeros(iacts: Tensor, dilation: Pair) -> Tensor:
    """[..., H, W] iacts with ``dilation`` - 1 zeros between neighbours, as ``lhs_dilation`` means it."""
    if isinstance(iacts, np.ndarray):
        stuffed = np.zeros(
            (*iacts.shape[:-2], *stuffed_size((iacts.shape[-2], iacts.shape[-1]), dilation)), iacts.dtype
        )
        stuffed[..., :: dilation[0], :: dilation[1]] = iacts
        return stuffed
    between = [(0, 0, 0)] * (iacts.ndim - 2) + [(0, 0, step - 1) for step in dilation]
    return lax.pad(iacts, jnp.zeros((), iacts.dtype), between)


def transposed_conv2d(
    name: str,
    in_channels: int,
    out_channels: int,
    input_size: Pair,
    kernel: Pair,
    input_dilation: Pair,
    padding: Padding = ((0, 0), (0, 0)),
    *,
    groups: int = 1,
    batch: int = 1,
) -> Layer:
    """The layer of a transposed convolution, to be run on ``stuff_zeros(iacts, input_dilation)``.

    Args:
        name: the layer's name.
        in_channels: input channels of all groups together.
        out_channels: output channels of all groups together.
        input_size: true (H, W) before stuffing.
        kernel: filter (R, S), not flipped.
        input_dilation: positions from one input to the next, the stride of the forward convolution.
        padding: ((top, bottom), (left, right)) around the stuffed input, as ``jax.lax.conv_general_dilated`` has it.
        groups: channel groups.
        batch: N.

    Raises:
        SpecError: sizes that no layer has.
    """
    where = layer_label(name)
    check_pair(where, "input_size", input_size)
    check_pair(where, "input_dilation", input_dilation)
    size = stuffed_size(input_size, input_dilation)
    return Layer.conv2d(name, in_channels, out_channels, size, kernel, padding=padding, groups=groups, batch=batch)
