"""One spatial axis of a layer: where the outputs sit on the input, and which input positions they touch."""

import math
from dataclasses import dataclass

from eyeriss_jax.errors import SpecError
from eyeriss_jax.numerics import GCD_BELOW

LARGEST_DILATION = GCD_BELOW - 1
"""The laws find the halo's gcd by so many Euclid steps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Output e reads the padded positions e·U + r·D for each tap r.

    Padded positions 0 to ``pad`` - 1 lie before the input, the next ``size`` are the input, ``pad_end`` follow.

    Attributes:
        outputs: extent E (or F).
        taps: extent R (or S).
        stride: U, padded positions from one output to the next.
        dilation: D, padded positions from one tap to the next.
        pad: padding positions before the input.
        pad_end: padding positions after the input.
        size: input positions, H (or W); None for those that the outputs reach, less the padding.
    """

    outputs: int
    taps: int
    stride: int
    dilation: int
    pad: int
    pad_end: int
    size: int | None

    @property
    def filter_span(self) -> int:
        """Padded positions from the first tap of an output to its last, both included."""
        return (self.taps - 1) * self.dilation + 1

    @property
    def span(self) -> int:
        """Padded positions from the first that any output reads to the last, both included."""
        return (self.outputs - 1) * self.stride + self.filter_span

    @property
    def input_size(self) -> int:
        """True input positions: ``size``, or what the span leaves after the padding."""
        return self.span - self.pad - self.pad_end if self.size is None else self.size

    @property
    def padded_size(self) -> int:
        """Input positions and padding together."""
        return self.pad + self.input_size + self.pad_end

    @property
    def outputs_that_fit(self) -> int:
        """Outputs that the filter produces on the padded input (the floor convention)."""
        return (self.padded_size - self.filter_span) // self.stride + 1

    @property
    def common_step(self) -> int:
        """The gcd of stride and dilation: every touched position is a multiple of it."""
        return math.gcd(self.stride, self.dilation)

    def touched_below(self, limit: int) -> int:
        """Distinct touched positions less than ``limit``, in closed form.

        Two reads (e, r) meet in one position if and only if they differ by a multiple of (D, -U) / gcd, so the
        reads of one position form a chain of such steps: positions = reads - steps.
        """
        outputs_apart, taps_apart = self.dilation // self.common_step, self.stride // self.common_step
        reads = self._reads_below(limit, self.outputs, self.taps)
        later = limit - outputs_apart * self.stride
        steps = self._reads_below(later, self.outputs - outputs_apart, self.taps - taps_apart)
        return reads - steps

    def _reads_below(self, limit: int, outputs: int, taps: int) -> int:
        """Reads (e, r) with e < ``outputs`` and r < ``taps`` of positions less than ``limit``.

        The first taps read from every output, the last ones from none; a sum of floors counts those between.
        """
        if outputs <= 0 or taps <= 0:
            return 0
        every = min(max(-((-limit + (outputs - 1) * self.stride) // self.dilation), 0), taps)
        some = min(max(-(-limit // self.dilation), 0), taps)
        last = limit - (some - 1) * self.dilation + self.stride - 1
        return every * outputs + _floor_sum(some - every, self.stride, self.dilation, last)

    @property
    def reduced(self) -> tuple[int, int]:
        """Stride and dilation over their gcd, as the laws take them.

        Taps that lie as far apart as there are outputs, or further, never meet: how far makes no difference then.
        """
        dilation = self.dilation // self.common_step
        return self.stride // self.common_step, min(dilation, max(self.outputs, LARGEST_DILATION))

    @property
    def touched_pad(self) -> int:
        """Distinct touched positions in the padding before the input."""
        return self.touched_below(self.pad)

    @property
    def touched_input(self) -> int:
        """Distinct touched positions of the true input."""
        return self.touched_below(self.pad + self.input_size) - self.touched_pad

    @property
    def touched_pad_end(self) -> int:
        """Distinct touched positions in the padding after the input."""
        return self.touched_below(self.span) - self.touched_below(self.pad + self.input_size)


def is_far(outputs: int, taps: int, stride: int, dilation: int) -> bool:
    """Whether the taps of an axis lie further apart than the laws know."""
    found = Axis(outputs=outputs, taps=taps, stride=stride, dilation=dilation, pad=0, pad_end=0, size=None)
    return found.reduced[1] > LARGEST_DILATION


def check_axis(where: str, label: str, axis: Axis) -> None:
    """Refuses an axis whose outputs do not fit on its input.

    Args:
        where: the layer, for the message.
        label: ``height`` or ``width``.
        axis: numbers that are integers of the right sign already.

    Raises:
        SpecError: a dilation beyond the laws, padding over the whole span, a filter larger than the padded input,
            outputs that reach outside it, or that read nothing but padding.
    """
    if is_far(axis.outputs, axis.taps, axis.stride, axis.dilation):
        raise SpecError(
            f"{where}: {label} dilation {axis.dilation} over its gcd with stride {axis.stride} is more than "
            f"{LARGEST_DILATION:,}, and so are the outputs, {axis.outputs:,}; give a "
            f"smaller dilation, or several layers of fewer outputs"
        )
    if axis.input_size < 1:
        raise SpecError(
            f"{where}: {label} padding {axis.pad} + {axis.pad_end} covers all {axis.span} positions that the outputs "
            f"read; lower the padding or give input_size"
        )
    if axis.filter_span > axis.padded_size:
        raise SpecError(
            f"{where}: the filter's {label} spans {axis.filter_span} positions but the padded input has only "
            f"{axis.padded_size}; enlarge the input or its padding, or shrink the filter or its dilation"
        )
    if axis.span > axis.padded_size:
        raise SpecError(
            f"{where}: {axis.outputs} outputs of {label} reach over {axis.span} positions but the padded input has "
            f"only {axis.padded_size}; at most {axis.outputs_that_fit} outputs fit, or enlarge the input or its padding"
        )
    if axis.touched_input == 0:
        raise SpecError(
            f"{where}: the outputs read only {label} padding and none of the input; lower the padding or the stride"
        )


def output_size(size: int, taps: int, stride: int, dilation: int, pads: tuple[int, int]) -> int:
    """Outputs on a padded input by the floor convention; 1 if none fits, which :func:`check_axis` then refuses."""
    axis = Axis(outputs=1, taps=taps, stride=stride, dilation=dilation, pad=pads[0], pad_end=pads[1], size=size)
    return max(axis.outputs_that_fit, 1)


def _floor_sum(count: int, divisor: int, step: int, start: int) -> int:
    """The sum of floor((start + i·step) / divisor) for i below ``count``, in as many rounds as Euclid's algorithm."""
    total = 0
    while count > 0:
        total += count * (count - 1) // 2 * (step // divisor) + count * (start // divisor)
        step, start = step % divisor, start % divisor
        reached = start + step * count
        count, start = divmod(reached, divisor)
        divisor, step = step, divisor
    return total
