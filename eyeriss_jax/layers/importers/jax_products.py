"""``dot_general`` and ``conv_general_dilated`` as layers."""

import math
from collections.abc import Sequence
from typing import Any

from eyeriss_jax.layers.importers.convolution import Convolution
from eyeriss_jax.layers.importers.origins import Origin
from eyeriss_jax.layers.importers.products import product_layer
from eyeriss_jax.layers.layer import Layer


def matmul_layer(eqn: Any, origins: Sequence[Origin], name: str, repeat: int) -> Layer | None:
    """A ``dot_general`` as a product (M, K) x (K, N) of G groups; None for an outer product, which sums nothing.

    The groups are the batch dimensions, K the contracted ones, M what is left of the operand in the weight's place
    (:func:`.origins.weight_operand`) and N what is left of the other. A product of two activations is attention.

    Args:
        eqn: the equation.
        origins: of the two operands.
        name: a provisional name.
        repeat: how often the program runs it.

    Raises:
        SpecError: an extent beyond 32 bits.
    """
    (contracted, _), (batch, _) = eqn.params["dimension_numbers"]
    left = eqn.invars[0].aval.shape
    if not contracted:
        return None
    groups = math.prod(left[axis] for axis in batch)
    summed = math.prod(left[axis] for axis in contracted)
    return product_layer(name, matmul_rows(eqn), summed, groups, origins, repeat)


def matmul_rows(eqn: Any) -> list[int]:
    """What each operand of a ``dot_general`` has beside the contracted dimensions and those of the batch."""
    (contracted, _), (batch, _) = eqn.params["dimension_numbers"]
    left, right = (operand.aval.shape for operand in eqn.invars)
    shared = math.prod(left[axis] for axis in (*batch, *contracted))
    return [math.prod(shape) // max(shared, 1) for shape in (left, right)]


def convolution(eqn: Any) -> Convolution:
    """A ``conv_general_dilated``.

    Grouped, depthwise, dilated and transposed (``lhs_dilation``) convolutions are those of the papers; with
    ``batch_group_count`` the groups come out of the batch.
    """
    params = eqn.params
    numbers = params["dimension_numbers"]
    inputs, filters = (operand.aval.shape for operand in eqn.invars)
    outputs = eqn.outvars[0].aval.shape
    batch_groups = params["batch_group_count"]
    groups = params["feature_group_count"] * batch_groups
    return Convolution(
        batch=inputs[numbers.lhs_spec[0]] // batch_groups,
        groups=groups,
        in_channels=filters[numbers.rhs_spec[1]],
        out_channels=filters[numbers.rhs_spec[0]] // groups,
        size=[inputs[axis] for axis in numbers.lhs_spec[2:]],
        taps=[filters[axis] for axis in numbers.rhs_spec[2:]],
        stride=params["window_strides"],
        dilation=params["rhs_dilation"],
        input_stride=params["lhs_dilation"],
        padding=[(int(before), int(after)) for before, after in params["padding"]],
        outputs=[outputs[axis] for axis in numbers.out_spec[2:]],
    )
