"""Transposed convolutions: convolutions over an input with zeros stuffed between its positions, without the zeros."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from eyeriss_jax.functional.counting import Plan
from eyeriss_jax.functional.execute.conv import FunctionalResult, run
from eyeriss_jax.functional.execute.machine import Tensor
from eyeriss_jax.functional.execute.sizes import Sizes, common_sizes
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.checks import Pair, channels_per_group, check_pair, layer_label
from eyeriss_jax.layers.padding import Padding
from eyeriss_jax.layers.sub_pixel import SubPixel, axis_phases, near_phases, sub_pixels


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


class TransposedConv(NamedTuple):
    """A transposed convolution: its outputs (E, F), and the phases that make those that are not zero."""

    outputs: Pair
    phases: tuple[SubPixel, ...]

    @property
    def macs(self) -> int:
        """MACs of all phases."""
        return sum(phase.layer.macs for phase in self.phases)


def transposed_conv2d(
    name: str,
    in_channels: int,
    out_channels: int,
    input_size: Pair,
    kernel: Pair,
    input_dilation: Pair,
    padding: Padding = ((0, 0), (0, 0)),
    *,
    stride: Pair = (1, 1),
    dilation: Pair = (1, 1),
    groups: int = 1,
    batch: int = 1,
) -> TransposedConv:
    """A transposed convolution as its sub-pixel phases (:mod:`eyeriss_jax.layers.sub_pixel`).

    So is a dilated one, of ``input_dilation`` (1, 1), whose taps lie further apart than the laws know.

    Args:
        name: the layer's name.
        in_channels: input channels of all groups together.
        out_channels: output channels of all groups together.
        input_size: true (H, W) before stuffing.
        kernel: filter (R, S), not flipped.
        input_dilation: positions from one input to the next, the stride of the forward convolution.
        padding: ((top, bottom), (left, right)) around the stuffed input, as ``jax.lax.conv_general_dilated`` has it.
        stride: U over the stuffed input.
        dilation: D over the stuffed input.
        groups: channel groups.
        batch: N.

    Raises:
        SpecError: sizes that no layer has.
    """
    where = layer_label(name)
    check_pair(where, "input_size", input_size)
    check_pair(where, "kernel", kernel)
    check_pair(where, "input_dilation", input_dilation)
    check_pair(where, "stride", stride)
    check_pair(where, "dilation", dilation)
    size, reach = stuffed_size(input_size, input_dilation), stuffed_size(kernel, dilation)
    given = zip(size, padding, reach, stride, strict=True)
    rows, cols = ((stuffed + sum(sides) - span) // step + 1 for stuffed, sides, span, step in given)
    check_pair(where, "outputs", (rows, cols))
    pads = [before for before, _ in padding]
    axes = zip(input_size, (rows, cols), kernel, stride, dilation, input_dilation, pads, strict=True)
    phases = [near_phases(axis_phases(*axis)) for axis in axes]
    found = sub_pixels(
        name,
        batch=batch,
        groups=groups,
        in_channels=channels_per_group(where, "in_channels", in_channels, groups),
        out_channels=channels_per_group(where, "out_channels", out_channels, groups),
        rows=phases[0],
        cols=phases[1],
    )
    return TransposedConv((rows, cols), tuple(found))


def run_transposed(
    convolution: TransposedConv,
    accelerator: Accelerator,
    iacts: np.ndarray,
    weights: np.ndarray,
    *,
    sizes: Sizes | None = None,
) -> tuple[np.ndarray, Sequence[FunctionalResult]]:
    """Executes the phases one after the other, each by its default mapping.

    Args:
        convolution: what is computed.
        accelerator: array, SPads, GLB and word widths.
        iacts: [G, N, C, H, W], without stuffed zeros, as :func:`eyeriss_jax.functional.execute.conv.run` takes them.
        weights: [G, M, C, R, S], the whole filter.
        sizes: sizes to pad everything to, by default those that all phases need, which then share one program.

    Returns:
        [G, N, M, E, F] outputs, and what each phase did.

    Raises:
        SpecError: tensors of wrong shape, dtype or range.
    """
    phases = convolution.phases
    plans = default_plans(convolution, accelerator)
    if plans and sizes is None:
        sizes = common_sizes(plans)
    done = [
        run(phase.layer, plan.mapping, accelerator, *part_of(phase, iacts, weights), sizes=sizes)
        for phase, plan in zip(phases, plans, strict=True)
    ]
    groups, batch, filters = weights.shape[0], iacts.shape[1], weights.shape[1]
    kind = np.result_type(*(np.asarray(result.oacts).dtype for result in done)) if done else iacts.dtype
    outputs = np.zeros((groups, batch, filters, *convolution.outputs), kind)
    for phase, result in zip(phases, done, strict=True):
        rows, cols = places_of(phase)
        outputs[..., rows, cols] = result.oacts
    return outputs, done


def default_plans(convolution: TransposedConv, accelerator: Accelerator) -> list[Plan]:
    """The plan of each phase by its default mapping."""
    layers = [phase.layer for phase in convolution.phases]
    return [Plan.of(layer, default_mapping(layer, accelerator), accelerator) for layer in layers]


def part_of(phase: SubPixel, iacts: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """The [G, N, C, H, W] iacts that a phase reads, and its part of the [G, M, C, R, S] filter."""
    _, rows, cols = phase
    return (
        iacts[..., _every(rows.inputs), _every(cols.inputs)],
        weights[..., _every(rows.taps), _every(cols.taps)],
    )


def places_of(phase: SubPixel) -> tuple[slice, slice]:
    """The rows and columns of the outputs that a phase makes."""
    return _every(phase.rows.outputs), _every(phase.cols.outputs)


def _every(positions: tuple[int, int, int]) -> slice:
    """(first, step, count) as a slice."""
    first, step, count = positions
    return slice(first, first + step * (count - 1) + 1, step)
