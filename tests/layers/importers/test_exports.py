"""What PyTorch, Keras and TFLite export has the MACs that a reader counts by hand: the files of docs/coming_from.md.

One small network, written once for each: a strided, a depthwise and a pointwise convolution, attention over their 8 x 8
positions with 4 heads, an LSTM of 24 units and a dense layer. The TFLite file, in int8, has a pooling instead of
attention and LSTM.
"""

from pathlib import Path

import pytest

from eyeriss_jax import network

EXPORTS = Path(__file__).resolve().parents[2] / "data" / "exports"

POSITIONS = 8 * 8
CONVOLUTIONS = POSITIONS * 16 * 3 * 9 + POSITIONS * 16 * 9 + POSITIONS * 32 * 16
ATTENTION = 4 * POSITIONS * 32 * 32 + 2 * POSITIONS * POSITIONS * 32
LSTM = POSITIONS * 4 * 24 * (32 + 24)
WHOLE = CONVOLUTIONS + ATTENTION + LSTM + 24 * 10

BY_HAND = {"torch": WHOLE, "torch_batch": WHOLE, "keras": WHOLE, "tflite_int8": CONVOLUTIONS + 32 * 10}


@pytest.mark.parametrize("name", BY_HAND)
def test_exports_have_the_macs_counted_by_hand(name):
    assert network(f"onnx:{EXPORTS / name}.onnx").macs == BY_HAND[name]


def test_a_batch_that_is_left_free_is_given_here():
    assert network(f"onnx:{EXPORTS / 'torch_batch'}.onnx", batch=3).macs == 3 * WHOLE
