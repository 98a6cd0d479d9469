"""A transposed convolution as the small convolutions that are left of it without its zeros: its sub-pixel phases.

A transposed convolution of stride L reads an input with L - 1 zeros between its values (``lhs_dilation``). Output e
multiplies, with tap r, the stuffed position e·U + r·D - pad, and there is a value only where L divides it. So outputs
of one remainder need the same taps, all others meet zeros: the outputs fall into at most L phases per axis, each an
ordinary convolution of the input by a part of the filter (Shi et al., CVPR 2016, arXiv:1609.05158). Hardware runs
these one after the other; so do both models here.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.axis import Axis, is_far
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer

# Of one axis, and of all convolutions of a network together: found in half a second. The largest strides in use are
# the hops of vocoders, 256 to 2,048.
MOST_PHASES = 65_536

_LEFT_OUT = "give it less of that, or leave it out (unknown=list)"


class Phase(NamedTuple):
    """One phase of one axis.

    Attributes:
        outputs: which outputs it makes, as (first, step, count).
        taps: which taps of the filter it uses, likewise.
        inputs: the inputs that it may read, as (first, step, count).
        stride: U of the phase's own convolution.
        dilation: D of the phase's own convolution.
        padding: zeros (before, after) those inputs.
    """

    outputs: tuple[int, int, int]
    taps: tuple[int, int, int]
    inputs: tuple[int, int, int]
    stride: int
    dilation: int
    padding: Pair


class SubPixel(NamedTuple):
    """The layer of one pair of phases."""

    layer: Layer
    rows: Phase
    cols: Phase


def axis_phases(
    size: int, outputs: int, taps: int, stride: int, dilation: int, input_stride: int, pad: int
) -> list[Phase]:
    """The phases of one axis that read any input; all other outputs are zero.

    Args:
        size: inputs, without zeros between them.
        outputs: outputs of all phases.
        taps: taps of the whole filter.
        stride: U over the stuffed input.
        dilation: D over the stuffed input.
        input_stride: L, stuffed positions from one input to the next.
        pad: positions before the stuffed input; negative where it is cropped.

    Raises:
        SpecError: more than :data:`MOST_PHASES`.
    """
    common = math.gcd(stride, input_stride)
    output_step = input_stride // common
    tap_step = input_stride // math.gcd(dilation, input_stride)
    if min(tap_step, taps) > MOST_PHASES:
        raise SpecError(
            f"a transposed convolution of stride {input_stride:,} has more than {MOST_PHASES:,} phases; {_LEFT_OUT}"
        )
    phases = []
    for tap in range(min(tap_step, taps)):
        position = pad - tap * dilation
        if position % common:  # every output meets a zero there
            continue
        first = position // common * pow(stride // common, -1, output_step) % output_step
        if first < outputs:
            found = _phase(
                size,
                (first, output_step, -(-(outputs - first) // output_step)),
                (tap, tap_step, -(-(taps - tap) // tap_step)),
                output_step * stride // input_stride,
                tap_step * dilation // input_stride,
                (position - first * stride) // input_stride,
            )
            phases += [found] if found else []
    return sorted(phases)


def interleaved_phases(size: int, outputs: int, taps: int, stride: int, dilation: int, pad: int) -> list[Phase]:
    """An axis of any dilation as interleaved convolutions whose taps are neighbours.

    Outputs e and e + D / gcd(U, D) read every D-th position of the same remainder, so the outputs fall into as many
    sets that share no input, each an ordinary convolution of stride U / gcd(U, D) of every D-th input. Arguments are
    those of :func:`axis_phases`.

    Raises:
        SpecError: more than :data:`MOST_PHASES`.
    """
    common = math.gcd(stride, dilation)
    sets = dilation // common
    if min(sets, outputs) > MOST_PHASES:
        raise SpecError(
            f"a convolution of dilation {dilation:,} has more than {MOST_PHASES:,} interleaved parts; {_LEFT_OUT}"
        )
    phases = []
    for first in range(min(sets, outputs)):
        position = first * stride - pad
        start = position % dilation
        found = _phase(
            max(-(-(size - start) // dilation), 0),
            (first, sets, -(-(outputs - first) // sets)),
            (0, 1, taps),
            stride // common,
            1,
            (start - position) // dilation,
        )
        if found:
            skipped, _, count = found.inputs
            phases.append(found._replace(inputs=(start + skipped * dilation, dilation, count)))
    return phases


def near_phases(phases: Sequence[Phase]) -> list[Phase]:
    """Those whose taps lie further apart than the laws know as interleaved ones of their own, all others as they are.

    Raises:
        SpecError: more than :data:`MOST_PHASES`.
    """
    found = []
    for whole in phases:
        (start, step, outputs), taps = whole.outputs, whole.taps[2]
        if not is_far(outputs, taps, whole.stride, whole.dilation):
            found.append(whole)
            continue
        (start_in, step_in, size), pad = whole.inputs, whole.padding[0]
        for part in interleaved_phases(size, outputs, taps, whole.stride, whole.dilation, pad):
            first, every, count = part.outputs
            read, apart, reads = part.inputs
            found.append(
                part._replace(
                    outputs=(start + first * step, every * step, count),
                    taps=whole.taps,
                    inputs=(start_in + read * step_in, apart * step_in, reads),
                )
            )
        if len(found) > MOST_PHASES:
            raise SpecError(
                f"a transposed convolution has more than {MOST_PHASES:,} interleaved parts in its phases; {_LEFT_OUT}"
            )
    return found


def _phase(
    size: int, outputs: tuple[int, int, int], taps: tuple[int, int, int], stride: int, dilation: int, pad: int
) -> Phase | None:
    """One phase, with the input cropped to what it may read; None where it reads nothing but padding."""
    span = (outputs[2] - 1) * stride + (taps[2] - 1) * dilation + 1
    first, last = max(-pad, 0), min(span - pad, size)
    before, after = max(pad, 0), max(span - pad - size, 0)
    if last <= first:
        return None
    axis = Axis(
        outputs=outputs[2], taps=taps[2], stride=stride, dilation=dilation, pad=before, pad_end=after, size=last - first
    )
    if not axis.touched_input:
        return None
    return Phase(outputs, taps, (first, 1, last - first), stride, dilation, (before, after))


def sub_pixels(
    name: str,
    *,
    batch: int,
    groups: int,
    in_channels: int,
    out_channels: int,
    rows: Sequence[Phase],
    cols: Sequence[Phase],
) -> list[SubPixel]:
    """The layers of all pairs of phases, called ``name/phase0x1`` by the first row and column of their outputs.

    Channels are per group.

    Raises:
        SpecError: numbers that no layer has.
    """
    return [
        SubPixel(
            Layer(
                name=f"{name}/phase{row.outputs[0]}x{col.outputs[0]}",
                N=batch,
                G=groups,
                M=out_channels,
                C=in_channels,
                E=row.outputs[2],
                F=col.outputs[2],
                R=row.taps[2],
                S=col.taps[2],
                stride=(row.stride, col.stride),
                dilation=(row.dilation, col.dilation),
                padding=(row.padding, col.padding),
                input_size=(row.inputs[2], col.inputs[2]),
            ),
            row,
            col,
        )
        for row in rows
        for col in cols
    ]
