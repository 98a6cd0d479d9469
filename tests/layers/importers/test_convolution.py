"""Convolutions of any number of axes and any dilation as layers: against a count tap by tap."""

import itertools
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax import SpecError
from eyeriss_jax.layers import axis, sub_pixel
from eyeriss_jax.layers.importers.convolution import Convolution
from eyeriss_jax.layers.sub_pixel import MOST_PHASES, axis_phases, interleaved_phases, near_phases

FEW = st.integers(1, 4)


def made(**options: object) -> Convolution:
    """A 1-D convolution of one channel unless it says otherwise."""
    usual = {
        "batch": 1, "groups": 1, "in_channels": 1, "out_channels": 1, "stride": (1,), "dilation": (1,),
        "input_stride": (1,), "padding": ((0, 0),),
    }  # fmt: skip
    return Convolution(**usual | options)  # pyright: ignore[reportArgumentType]


@given(
    size=st.integers(1, 60), taps=FEW, stride=FEW, dilation=st.integers(1, 12), pads=st.tuples(FEW, FEW),
    outputs=st.integers(1, 40),
)  # fmt: skip
def test_interleaved_parts_read_what_the_whole_axis_reads(
    size: int, taps: int, stride: int, dilation: int, pads: tuple[int, int], outputs: int
):
    """Every pair of an output and a tap that meets an input is in one part, and the parts touch no other input."""
    found = []
    for phase in interleaved_phases(size, outputs, taps, stride, dilation, pads[0]):
        first, step, count = phase.outputs
        for e, r in itertools.product(range(count), range(taps)):
            place = e * phase.stride + r * phase.dilation - phase.padding[0]
            if 0 <= place < phase.inputs[2]:
                found.append((first + e * step, r, phase.inputs[0] + place * phase.inputs[1]))
    whole = [
        (e, r, e * stride + r * dilation - pads[0])
        for e, r in itertools.product(range(outputs), range(taps))
        if 0 <= e * stride + r * dilation - pads[0] < size
    ]
    assert sorted(found) == whole


def test_a_dilation_beyond_the_laws_is_interleaved():
    """Two taps 8,192 apart on 20,000 samples: 8,192 parts of two or three outputs, in batches that share the filter."""
    layers = made(
        in_channels=3, out_channels=5, size=(20_000,), taps=(2,), dilation=(8192,), padding=((8192, 0),),
        outputs=(20_000,),
    ).layers("far")  # fmt: skip
    assert sum(layer.macs for layer in layers) == 20_000 * 2 * 3 * 5
    assert sum(layer.N * layer.F for layer in layers) == 20_000
    assert {layer.F for layer in layers} == {2, 3}
    assert {layer.repeat for layer in layers} == {1}


@given(
    size=st.integers(1, 12), taps=FEW, dilation=st.integers(1, 7), input_stride=st.integers(2, 5),
    stride=FEW, outputs=st.integers(1, 40), pad=st.integers(-3, 6),
)  # fmt: skip
def test_phases_in_interleaved_parts_make_the_same_outputs_by_the_same_taps(
    size: int, taps: int, dilation: int, input_stride: int, stride: int, outputs: int, pad: int
):
    """Every output that meets an input, with the taps of its phase, is in one part; as if all lay too far apart."""
    whole = axis_phases(size, outputs, taps, stride, dilation, input_stride, pad)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sub_pixel, "is_far", lambda *_: True)
        parts = near_phases(whole)

    def meeting(phases: list[sub_pixel.Phase]) -> list[tuple[int, tuple[int, int, int]]]:
        stuffed = range(0, size * input_stride, input_stride)
        return sorted(
            (e, phase.taps)
            for phase in phases
            for e in range(phase.outputs[0], phase.outputs[0] + phase.outputs[1] * phase.outputs[2], phase.outputs[1])
            if any(e * stride + tap * dilation - pad in stuffed for tap in range(phase.taps[0], taps, phase.taps[1]))
        )

    assert meeting(parts) == meeting(whole)
    assert all(part.dilation == 1 for part in parts)


def test_a_transposed_convolution_whose_phases_reach_beyond_the_laws():
    """Two taps 6,007 apart over inputs with one zero between: both phases have 10,000 outputs and reach as far."""
    layers = made(
        size=(16_007,), taps=(4,), dilation=(6007,), input_stride=(2,), outputs=(20_000,), padding=((0, 0),),
    ).layers("far")  # fmt: skip
    assert {layer.dilation for layer in layers} == {(1, 1)}
    assert sum(layer.macs * layer.repeat for layer in layers) == 20_000 * 2


def test_a_convolution_whose_input_is_cropped_away_is_no_layer():
    """All of its outputs read padding alone; what is left of an input that one side crops is read."""
    assert made(size=(4,), taps=(2,), padding=((-6, 10),), outputs=(7,)).layers("nothing") == []
    (left,) = made(size=(4,), taps=(2,), padding=((-3, 10),), outputs=(10,)).layers("some")
    assert (left.input_size, left.padding) == ((1, 1), ((0, 0), (0, 10)))


def test_as_one_layer_where_the_laws_hold(monkeypatch: pytest.MonkeyPatch):
    """The same convolution either way has the same MACs, weights and inputs."""
    convolution = made(size=(90,), taps=(3,), dilation=(7,), padding=((7, 7),), outputs=(90,), out_channels=2)
    (whole,) = convolution.layers("near")
    monkeypatch.setattr(axis, "LARGEST_DILATION", 6)
    monkeypatch.setattr(Convolution, "_is_far", lambda *_: True)
    parts = convolution.layers("near")
    assert sum(part.macs for part in parts) == whole.macs
    assert {part.weights for part in parts} == {whole.weights}
    assert sum(part.iacts for part in parts) == whole.iacts


def test_a_third_axis_makes_images_and_channels():
    (layer,) = made(
        in_channels=3, size=(4, 6, 6), taps=(2, 3, 3), stride=(1, 1, 1), dilation=(1, 1, 1), input_stride=(1, 1, 1),
        padding=((0, 0), (1, 1), (1, 1)), outputs=(3, 6, 6),
    ).layers("volume")  # fmt: skip
    assert (layer.N, layer.C, layer.R, layer.S, layer.E, layer.F) == (3, 3 * 2, 3, 3, 6, 6)
    assert layer.macs == math.prod((3, 6, 6, 3, 2, 3, 3))


@pytest.mark.parametrize("parts", [axis_phases, interleaved_phases])
def test_so_many_parts_are_found_in_seconds_and_more_are_refused(parts: object):
    start = time.thread_time()
    for most, fits in ((MOST_PHASES, True), (MOST_PHASES + 1, False)):
        phases, interleaved = (4, 4 * most, most, 1, 1, most, 0), (4 * most, 2 * most, 2, 1, most, 0)
        arguments = phases if parts is axis_phases else interleaved
        if fits:
            assert len(parts(*arguments)) == most  # pyright: ignore[reportCallIssue]
        else:
            with pytest.raises(SpecError, match="has more than 65,536"):
                parts(*arguments)  # pyright: ignore[reportCallIssue]
    assert time.thread_time() - start < 5
