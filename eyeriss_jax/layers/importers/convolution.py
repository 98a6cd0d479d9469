"""A convolution as frameworks describe it, with any number of spatial axes and zeros between inputs, as a layer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.sub_pixel import Phase, axis_phases, sub_pixels

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Convolution:
    """Channels are per group; one entry per spatial axis in everything else.

    ``input_stride`` puts that many positions less one of zeros between inputs (a transposed convolution);
    ``padding`` (before, after) may be negative, which crops the stuffed input.
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

    def layers(self, name: str, repeat: int = 1) -> list[Layer]:
        """The layer, or the sub-pixel phases of a transposed one; a 1-D convolution has height 1.

        Phases of one shape are one layer that repeats: each has taps of its own.

        Raises:
            SpecError: three or more spatial axes, or numbers that no layer has.
        """
        axes = len(self.size)
        if axes > 2:
            raise SpecError(
                f"layer {name!r}: a {axes}-D convolution; the laws know height and width only. Write it as one 2-D "
                f"convolution per filter plane (and a loop over the output planes), or leave it out"
            )
        if any(step > 1 for step in self.input_stride):
            return self._phases(name, repeat)
        cropped = [
            size + min(before, 0) + min(after, 0) for size, (before, after) in zip(self.size, self.padding, strict=True)
        ]
        sides = [(max(before, 0), max(after, 0)) for before, after in self.padding]
        height, width = _pair(self.outputs, 1)
        return [
            Layer(
                name=name,
                N=self.batch,
                G=self.groups,
                M=self.out_channels,
                C=self.in_channels,
                E=height,
                F=width,
                R=_pair(self.taps, 1)[0],
                S=_pair(self.taps, 1)[1],
                stride=_pair(self.stride, 1),
                dilation=_pair(self.dilation, 1),
                padding=_pair(sides, (0, 0)),
                input_size=_pair(cropped, 1),
                repeat=repeat,
            )
        ]

    def _phases(self, name: str, repeat: int) -> list[Layer]:
        """The phases of a transposed convolution, those of one shape together."""
        pads = [before for before, _ in self.padding]
        given = (self.size, self.outputs, self.taps, self.stride, self.dilation, self.input_stride)
        axes = [_pair(values, 1) for values in given]
        rows, cols = (
            _alike(axis_phases(size, outputs, taps, stride, dilation, input_stride, pad))
            for size, outputs, taps, stride, dilation, input_stride, pad in zip(*axes, _pair(pads, 0), strict=True)
        )
        found = sub_pixels(
            name,
            batch=self.batch,
            groups=self.groups,
            in_channels=self.in_channels,
            out_channels=self.out_channels,
            rows=[phase for phase, _ in rows],
            cols=[phase for phase, _ in cols],
        )
        times = [row * col * repeat for _, row in rows for _, col in cols]
        return [replace(each.layer, repeat=count) for each, count in zip(found, times, strict=True)]

    @property
    def stuffed_macs(self) -> int:
        """MACs over the stuffed input, zeros included."""
        channels = self.batch * self.groups * self.in_channels * self.out_channels
        return channels * math.prod(self.outputs) * math.prod(self.taps)


def _pair(values: Sequence[T], absent: T) -> tuple[T, T]:
    """(height, width) of what one or two axes have."""
    filled = (*[absent] * (2 - len(values)), *values)
    return filled[0], filled[1]


def _alike(phases: list[Phase]) -> list[tuple[Phase, int]]:
    """The first phase of each shape, with how many there are."""
    found: dict[tuple[object, ...], list[Phase]] = {}
    for phase in phases:
        shape = (phase.outputs[2], phase.taps[2], phase.inputs[1], phase.stride, phase.dilation, phase.padding)
        found.setdefault(shape, []).append(phase)
    return [(same[0], len(same)) for same in found.values()]
