"""A convolution as frameworks describe it, with any number of spatial axes and zeros between inputs, as a layer."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from eyeriss_jax.layers.axis import Axis, is_far
from eyeriss_jax.layers.bits import Bits
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.sub_pixel import Phase, axis_phases, interleaved_phases, near_phases, sub_pixels

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Convolution:
    """Channels are per group; one entry per spatial axis in everything else.

    ``input_stride`` puts that many positions less one of zeros between inputs (a transposed convolution);
    ``padding`` (before, after) may be negative, which crops the stuffed input. ``bits`` are the operands' widths.

    The laws know height and width. Of more axes, each plane of outputs is a 2-D convolution whose channels are those of
    all planes of inputs that it reads: the taps along the outer axes are channels, the outputs along them images. MACs,
    weights and outputs are exact; planes of inputs that several planes of outputs share count for each.
    """

    batch: int
    groups: int
    in_channels: int
    out_channels: int
    size: Sequence[int]
    taps: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    input_stride: Sequence[int]
    padding: Sequence[Pair]
    outputs: Sequence[int]
    bits: Bits | None = None

    def layers(self, name: str, repeat: int = 1) -> list[Layer]:
        """The layer, or the sub-pixel phases of a transposed one; a 1-D convolution has height 1.

        Phases of one shape are one layer that repeats: each has taps of its own. Outputs that read padding alone, as
        all do where negative padding crops the whole input, are no layer.

        Raises:
            SpecError: numbers that no layer has.
        """
        if any(step > 1 for step in self.input_stride):
            return self._phases(name, repeat)
        cropped = [
            size + min(before, 0) + min(after, 0) for size, (before, after) in zip(self.size, self.padding, strict=True)
        ]
        sides = [(max(before, 0), max(after, 0)) for before, after in self.padding]
        if min(self.size) >= 1 > min(cropped):
            return []
        if not all(map(_reads, self.outputs, self.taps, self.stride, self.dilation, cropped, sides)):
            return []
        if any(self._is_far(axis) for axis in range(self._outer, len(self.size))):
            return self._interleaved(name, repeat)
        height, width = _pair(self.outputs, 1)
        outer = self._outer
        return [
            Layer(
                name=name,
                N=self.batch * math.prod(self.outputs[:outer]),
                G=self.groups,
                M=self.out_channels,
                C=self.in_channels * math.prod(self.taps[:outer]),
                E=height,
                F=width,
                R=_pair(self.taps, 1)[0],
                S=_pair(self.taps, 1)[1],
                stride=_pair(self.stride, 1),
                dilation=_pair(self.dilation, 1),
                padding=_pair(sides, (0, 0)),
                input_size=_pair(cropped, 1),
                repeat=repeat,
                bits=self.bits,
            )
        ]

    @property
    def idle_positions(self) -> int:
        """Outputs of one channel that read padding alone, where there are no zeros between inputs."""
        if any(step > 1 for step in self.input_stride):  # its phases leave such outputs out
            return 0
        busy = 1
        for outputs, taps, stride, dilation, size, (before, _) in zip(
            self.outputs, self.taps, self.stride, self.dilation, self.size, self.padding, strict=True
        ):
            span = (taps - 1) * dilation + 1
            first = max((before - span) // stride + 1, 0)  # windows that end before the input begins
            busy *= max(min(-(-(before + size) // stride), outputs) - first, 0)
        return math.prod(self.outputs) - busy

    @property
    def parts(self) -> int:
        """How many phases or interleaved parts :meth:`layers` looks at on all axes, at most."""
        stuffed = any(step > 1 for step in self.input_stride)
        count = 0
        for axis, steps in enumerate(self.input_stride):
            if stuffed:
                count += min(steps // math.gcd(self.dilation[axis], steps), self.taps[axis])
            elif self._is_far(axis):
                apart = self.dilation[axis] // math.gcd(self.stride[axis], self.dilation[axis])
                count += min(apart, self.outputs[axis])
        return count

    @property
    def _outer(self) -> int:
        """Axes beyond height and width."""
        return max(len(self.size) - 2, 0)

    def _is_far(self, axis: int) -> bool:
        """Whether the taps of an axis lie further apart than the laws know."""
        return is_far(self.outputs[axis], self.taps[axis], self.stride[axis], self.dilation[axis])

    def _interleaved(self, name: str, repeat: int) -> list[Layer]:
        """A dilated convolution as ordinary ones of interleaved inputs; those of one shape are one batch."""
        inner = []
        for axis in range(self._outer, len(self.size)):
            size, outputs, taps = self.size[axis], self.outputs[axis], self.taps[axis]
            stride, dilation, (before, after) = self.stride[axis], self.dilation[axis], self.padding[axis]
            if self._is_far(axis):
                inner.append(_alike(interleaved_phases(size, outputs, taps, stride, dilation, before)))
            else:
                whole = Phase((0, 1, outputs), (0, 1, taps), (0, 1, size), stride, dilation, (before, after))
                inner.append([(whole, 1)])
        rows, cols = _pair(inner, [(Phase((0, 1, 1), (0, 1, 1), (0, 1, 1), 1, 1, (0, 0)), 1)])
        layers = []
        for row, row_count in rows:
            for col, col_count in cols:
                (found,) = sub_pixels(
                    name,
                    batch=self.batch * math.prod(self.outputs[: self._outer]) * row_count * col_count,
                    groups=self.groups,
                    in_channels=self.in_channels * math.prod(self.taps[: self._outer]),
                    out_channels=self.out_channels,
                    rows=[row],
                    cols=[col],
                )
                layers.append(replace(found.layer, repeat=repeat, bits=self.bits))
        return layers

    def _phases(self, name: str, repeat: int) -> list[Layer]:
        """The phases of a transposed convolution, those of one shape together."""
        phases = [
            _alike(near_phases(axis_phases(size, outputs, taps, stride, dilation, input_stride, before)))
            for size, outputs, taps, stride, dilation, input_stride, (before, _) in zip(
                self.size,
                self.outputs,
                self.taps,
                self.stride,
                self.dilation,
                self.input_stride,
                self.padding,
                strict=True,
            )
        ]
        rows, cols = _pair(phases[self._outer :], _alike(axis_phases(1, 1, 1, 1, 1, 1, 0)))
        layers = []
        for planes in itertools.product(*phases[: self._outer]):
            found = sub_pixels(
                name,
                batch=self.batch * math.prod(plane.outputs[2] for plane, _ in planes),
                groups=self.groups,
                in_channels=self.in_channels * math.prod(plane.taps[2] for plane, _ in planes),
                out_channels=self.out_channels,
                rows=[phase for phase, _ in rows],
                cols=[phase for phase, _ in cols],
            )
            runs = repeat * math.prod(count for _, count in planes)
            times = [row * col * runs for _, row in rows for _, col in cols]
            for each, count in zip(found, times, strict=True):
                first = (*(plane for plane, _ in planes), each.rows, each.cols)
                own = f"{name}/phase" + "x".join(str(phase.outputs[0]) for phase in first)
                layers.append(replace(each.layer, name=own, repeat=count, bits=self.bits))
        return layers

    @property
    def stuffed_macs(self) -> int:
        """MACs over the stuffed input, zeros included."""
        channels = self.batch * self.groups * self.in_channels * self.out_channels
        return channels * math.prod(self.outputs) * math.prod(self.taps)


def _reads(outputs: int, taps: int, stride: int, dilation: int, size: int, pads: Pair) -> bool:
    """Whether the outputs of an axis read any of its input; true of numbers that no layer has, which it refuses."""
    if min(outputs, taps, stride, dilation, size) < 1:
        return True
    axis = Axis(outputs=outputs, taps=taps, stride=stride, dilation=dilation, pad=pads[0], pad_end=pads[1], size=size)
    return axis.span > axis.padded_size or axis.touched_input > 0


def _pair(values: Sequence[T], absent: T) -> tuple[T, T]:
    """(height, width): the last two axes, or what the only one lacks."""
    filled = (*[absent] * (2 - len(values)), *values)
    return filled[-2], filled[-1]


def _alike(phases: list[Phase]) -> list[tuple[Phase, int]]:
    """The first phase of each shape, with how many there are."""
    found: dict[tuple[object, ...], list[Phase]] = {}
    for phase in phases:
        shape = (phase.outputs[2], phase.taps[2], phase.inputs[2], phase.stride, phase.dilation, phase.padding)
        found.setdefault(shape, []).append(phase)
    return [(same[0], len(same)) for same in found.values()]
