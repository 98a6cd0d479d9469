"""Transposed convolutions as exporters write them, executed phase by phase: against the operation's own definition."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest

from eyeriss_jax import SpecError
from eyeriss_jax.functional.execute.sizes import common_sizes
from eyeriss_jax.functional.execute.transposed import TransposedConv, default_plans, run_transposed, transposed_conv2d
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import sub_pixel
from eyeriss_jax.layers.importers.convolution import Convolution

V2 = eyeriss_v2()
BATCH, IN_CHANNELS, OUT_CHANNELS = 2, 2, 3


class Drawn(NamedTuple):
    """Attributes of a ConvTranspose, per axis, and the (H, W) of its input; channels are per group."""

    size: tuple[int, int]
    taps: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    begins: tuple[int, int]
    ends: tuple[int, int]
    output_padding: tuple[int, int]
    groups: int

    @property
    def outputs(self) -> tuple[int, int]:
        """(E, F), as ONNX's specification has it."""
        rows, cols = (
            (size - 1) * stride + more + (taps - 1) * dilation + 1 - begin - end
            for size, taps, stride, dilation, begin, end, more in zip(*self[:-1], strict=True)
        )
        return rows, cols

    @property
    def padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Positions around the stuffed input, over which the filter slides."""
        reach = [(taps - 1) * dilation for taps, dilation in zip(self.taps, self.dilations, strict=True)]
        rows, cols = (
            (span - begin, span - end + more)
            for span, begin, end, more in zip(reach, self.begins, self.ends, self.output_padding, strict=True)
        )
        return rows, cols

    def convolution(self) -> TransposedConv:
        """What the functional model runs."""
        return transposed_conv2d(
            "up", IN_CHANNELS * self.groups, OUT_CHANNELS * self.groups, self.size, self.taps, self.strides,
            self.padding, dilation=self.dilations, groups=self.groups, batch=BATCH,
        )  # fmt: skip

    def imported_macs(self) -> int:
        """MACs of the layers that an importer makes of it."""
        layers = Convolution(
            batch=BATCH, groups=self.groups, in_channels=IN_CHANNELS, out_channels=OUT_CHANNELS, size=self.size,
            taps=self.taps, stride=(1, 1), dilation=self.dilations, input_stride=self.strides, padding=self.padding,
            outputs=self.outputs,
        ).layers("up")  # fmt: skip
        return sum(layer.macs * layer.repeat for layer in layers)

    def defined(self, iacts: np.ndarray, filters: np.ndarray) -> np.ndarray:
        """[G, N, M, E, F]: every input adds itself times the [G, C, M, R, S] filter to the outputs that it reaches."""
        outputs = np.zeros((self.groups, BATCH, OUT_CHANNELS, *self.outputs), np.int64)
        for at in itertools.product(*map(range, (*self.size, *self.taps))):
            row, col = (
                place * stride + tap * dilation - begin
                for place, tap, stride, dilation, begin in zip(
                    at[:2], at[2:], self.strides, self.dilations, self.begins, strict=True
                )
            )
            if 0 <= row < self.outputs[0] and 0 <= col < self.outputs[1]:
                values = iacts[..., at[0], at[1]].astype(np.int64)
                outputs[..., row, col] += np.einsum("gnc,gcm->gnm", values, filters[..., at[2], at[3]])
        return outputs


def drawn(count: int) -> list[Drawn]:
    """So many, all different; output_padding is below the stride or the dilation, as ONNX asks."""
    draw, found = np.random.default_rng(23), dict[Drawn, None]()
    while len(found) < count:
        size, taps, strides, dilations, begins, ends = (
            tuple(map(int, draw.integers(least, most, 2, endpoint=True)))
            for least, most in ((1, 4), (1, 3), (1, 3), (1, 3), (0, 2), (0, 2))
        )
        more = tuple(int(draw.integers(0, max(each))) for each in zip(strides, dilations, strict=True))
        case = Drawn(size, taps, strides, dilations, begins, ends, more, int(draw.integers(1, 2, endpoint=True)))  # pyright: ignore[reportArgumentType]
        if min(case.outputs) > 0 and max(strides) > 1:
            found[case] = None
    return list(found)


@pytest.mark.parametrize("apart", [False, True])
def test_drawn_attributes(apart: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit-exact and with the importer's MACs; ``apart``: as if no phase's taps lay near enough for the laws."""
    if apart:
        monkeypatch.setattr(sub_pixel, "is_far", lambda _outputs, taps, _stride, dilation: taps > 1 and dilation > 1)
    cases = drawn(24)
    made = [case.convolution() for case in cases]
    assert any(phase.rows.inputs[1] > 1 for each in made for phase in each.phases) == apart
    sizes = common_sizes([plan for each in made for plan in default_plans(each, V2)])
    draw = np.random.default_rng(0)
    for case, convolution in zip(cases, made, strict=True):
        iacts = draw.integers(-40, 40, (case.groups, BATCH, IN_CHANNELS, *case.size)).astype(np.int8)
        filters = draw.integers(-40, 40, (case.groups, IN_CHANNELS, OUT_CHANNELS, *case.taps)).astype(np.int8)
        slid = np.ascontiguousarray(np.swapaxes(filters, 1, 2)[..., ::-1, ::-1])
        oacts, done = run_transposed(convolution, V2, iacts, slid, sizes=sizes)
        np.testing.assert_array_equal(oacts, case.defined(iacts, filters), err_msg=str(case))
        assert sum(result.counts.macs for result in done) == convolution.macs == case.imported_macs()


def test_taps_beyond_the_laws() -> None:
    """Both phases of this one reach 6,007 inputs; so do the taps of a dilated convolution of 6,007."""
    up = transposed_conv2d("up", 1, 1, (1, 16_007), (1, 4), (1, 2), dilation=(1, 6007))
    assert up.outputs == (1, 2 * 16_006 + 1 - 3 * 6007)
    assert {phase.layer.dilation for phase in up.phases} == {(1, 1)}
    far = transposed_conv2d("far", 1, 1, (1, 20_000), (1, 2), (1, 1), ((0, 0), (6007, 0)), dilation=(1, 6007))
    assert (far.outputs, len(far.phases), far.macs) == ((1, 20_000), 6007, 40_000)
    covered = sorted(
        output for phase in far.phases for output in range(*phase.cols.outputs[:1], 20_000, phase.cols.outputs[1])
    )
    assert covered == list(range(20_000))


def test_what_no_layer_has_is_refused() -> None:
    with pytest.raises(SpecError, match="outputs"):
        transposed_conv2d("none", 1, 1, (2, 2), (2, 2), (2, 2), ((-9, 0), (0, 0)))
