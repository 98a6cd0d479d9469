"""A convolution as frameworks describe it, with any number of spatial axes and zeros between inputs, as a layer."""

from collections.abc import Sequence
from dataclasses import dataclass

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer


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

    def layer(self, name: str, repeat: int = 1) -> Layer:
        """The layer: a 1-D convolution has height 1, a transposed one reads its zero-stuffed input.

        Raises:
            SpecError: three or more spatial axes, or numbers that no layer has.
        """
        axes = len(self.size)
        if axes > 2:
            raise SpecError(
                f"layer {name!r}: a {axes}-D convolution; the laws know height and width only. Write it as one 2-D "
                f"convolution per filter plane (and a loop over the output planes), or leave it out"
            )
        rows, cols = (range(axes - 1), range(axes - 1, axes)) if axes else ((), ())

        def pair(values: Sequence[int]) -> Pair:
            return (values[rows[0]] if rows else 1), (values[cols[0]] if cols else 1)

        stuffed = [(size - 1) * step + 1 for size, step in zip(self.size, self.input_stride, strict=True)]
        cropped = [
            size + min(before, 0) + min(after, 0) for size, (before, after) in zip(stuffed, self.padding, strict=True)
        ]
        sides = [(max(before, 0), max(after, 0)) for before, after in self.padding]
        height, width = pair(self.outputs)
        return Layer(
            name=name,
            N=self.batch,
            G=self.groups,
            M=self.out_channels,
            C=self.in_channels,
            E=height,
            F=width,
            R=pair(self.taps)[0],
            S=pair(self.taps)[1],
            stride=pair(self.stride),
            dilation=pair(self.dilation),
            padding=((sides[rows[0]] if rows else (0, 0)), (sides[cols[0]] if cols else (0, 0))),
            input_size=pair(cropped),
            repeat=repeat,
        )
