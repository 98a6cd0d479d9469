"""What float32 counts to a thousandth, and that larger layers are refused before anything is compiled."""

from collections.abc import Callable

import jax
import numpy as np
import pytest
from hypothesis import given

import eyeriss_jax as ej
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.countable import MOST_EXTENT, MOST_MACS, MOST_OVERLAP, check_countable
from tests.model import strategies
from tests.model.large_points import Points, draw_points
from tests.model.precisions import assert_near

POINTS = 4096


@pytest.mark.attack("numbers")
@pytest.mark.parametrize(
    ("extents", "reason"),
    [
        ({"M": MOST_EXTENT, "C": 1}, r"M = 4,194,304 must be below 4,194,304"),
        ({"M": 1 << 20, "C": 1 << 20, "N": 64}, r"7.04e\+13 MACs must be below 7.04e\+13"),
        ({"M": 1, "C": 1, "E": MOST_OVERLAP, "R": 9000}, r"E = 8,192 and R = 9,000: one of them must be below 8,192"),
    ],
)
def test_a_layer_that_float32_cannot_count_is_refused_with_what_is_too_large(extents: dict, reason: str) -> None:
    layer = Layer(name="long", **extents)
    with pytest.raises(
        SpecError, match=rf"layer 'long': {reason}.*; take a smaller batch or input, or map it in float64 "
    ):
        check_countable([Layer(name="small", M=1, C=1), layer])
    with pytest.raises(SpecError, match="layer 'long'"):
        ej.sweep(Network(name="one", layers=(layer,), source=""), ej.accelerator("eyeriss_v2"), {"clock_hz": (1e8,)})
    many = jax.tree.map(lambda x: np.array([1.0, x]), layer.build())
    mapping = ej.Mapping(glb=Dims(), spad=Dims()).build()
    with pytest.raises(SpecError, match=f"point 1: {reason}.*jax.enable_x64"):
        ej.evaluate_many(ej.accelerator("eyeriss_v2").build(), many, mapping)


def test_the_largest_layers_that_pass() -> None:
    check_countable([Layer(name="x", M=MOST_EXTENT - 1, C=MOST_EXTENT - 1, N=3)])
    check_countable([Layer(name="x", M=1, C=1, E=MOST_OVERLAP - 1, R=1 << 20)])


@pytest.mark.attack("numbers")
@pytest.mark.slow  # two programs
def test_float32_is_right_to_a_thousandth_of_every_quantity(attempts: Callable[[int], None]) -> None:
    attempts(POINTS)
    points = draw_points(POINTS, np.log2(MOST_MACS))
    check_countable(points.layers)
    assert max(layer.macs for layer in points.layers) > MOST_MACS / 16
    assert_near(points)


@pytest.mark.attack("numbers")
@pytest.mark.slow
@given(strategies.large_points())
def test_float32_is_right_to_a_thousandth_on_whatever_is_drawn(points: Points) -> None:
    """Any layer that is accepted, with zeros or without, on machines with any ports."""
    check_countable(points.layers)
    assert_near(points)
