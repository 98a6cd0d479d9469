"""The closed forms of one spatial axis against brute-force sets of positions."""

from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax.layers.axis import Axis, output_size

small = st.integers(1, 9)
pads = st.integers(0, 7)


def axis(outputs: int, taps: int, stride: int, dilation: int, pad: int, pad_end: int, size: int | None = None) -> Axis:
    return Axis(outputs=outputs, taps=taps, stride=stride, dilation=dilation, pad=pad, pad_end=pad_end, size=size)


def positions(axis: Axis) -> set[int]:
    return {e * axis.stride + r * axis.dilation for e in range(axis.outputs) for r in range(axis.taps)}


@given(small, small, small, small, st.integers(-3, 200))
def test_touched_below_equals_the_set_count(outputs: int, taps: int, stride: int, dilation: int, limit: int):
    subject = axis(outputs, taps, stride, dilation, 0, 0)
    assert subject.touched_below(limit) == len({p for p in positions(subject) if p < limit})


@given(small, small, small, small, pads, pads, st.integers(1, 150))
def test_padding_and_input_split_the_touched_positions(
    outputs: int, taps: int, stride: int, dilation: int, pad: int, pad_end: int, size: int
):
    subject = axis(outputs, taps, stride, dilation, pad, pad_end, size)
    touched = positions(subject)
    assert subject.touched_pad == len({p for p in touched if p < pad})
    assert subject.touched_input == len({p for p in touched if pad <= p < pad + size})
    # Outputs that do not fit are refused by check_axis; here the rest of the line counts as padding.
    assert subject.touched_pad_end == len({p for p in touched if p >= pad + size})


@given(small, small, small, small)
def test_span_is_the_distance_from_the_first_to_the_last_position(outputs: int, taps: int, stride: int, dilation: int):
    subject = axis(outputs, taps, stride, dilation, 0, 0)
    assert subject.span == max(positions(subject)) + 1


@given(small, small, small, small, st.integers(2, 5))
def test_a_common_factor_of_stride_and_dilation_touches_no_more(
    outputs: int, taps: int, stride: int, dilation: int, factor: int
):
    subject = axis(outputs, taps, stride, dilation, 0, 0)
    spread = axis(outputs, taps, factor * stride, factor * dilation, 0, 0)
    assert spread.common_step == factor * subject.common_step
    assert spread.touched_input == subject.touched_input


@given(st.integers(1, 40), small, small, small, st.tuples(pads, pads))
def test_output_size_is_the_last_that_fits(size: int, taps: int, stride: int, dilation: int, padding: tuple[int, int]):
    outputs = output_size(size, taps, stride, dilation, padding)
    fits = axis(outputs, taps, stride, dilation, *padding, size=size)
    one_more = axis(outputs + 1, taps, stride, dilation, *padding, size=size)
    assert fits.span <= fits.padded_size or outputs == 1
    assert one_more.span > one_more.padded_size


def test_counts_stay_exact_and_fast_on_long_sequences():
    subject = axis(10**9, 3, 1, 2, 2, 2)
    assert subject.touched_below(subject.span) == 10**9 + 4


def test_touched_positions_of_a_monstrous_axis_are_counted_at_once():
    """A file may claim any size; a loop over 2**31 taps would take minutes."""
    axis = Axis(outputs=2**31, taps=2**31, stride=3, dilation=1, pad=0, pad_end=0, size=None)
    assert axis.touched_input == axis.span == (2**31 - 1) * 3 + 2**31
