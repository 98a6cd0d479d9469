"""Bad layers are refused with the value, the rule and the fix."""

from collections.abc import Callable
from typing import Any

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer


def layer(**fields: Any) -> Layer:
    """A good layer but for ``fields``."""
    good: dict[str, Any] = {"name": "L", "M": 4, "C": 3, "E": 5, "F": 5, "R": 3, "S": 3}
    return Layer(**{**good, **fields})


@pytest.mark.parametrize("dim", ["G", "N", "M", "C", "E", "F", "R", "S"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "= 0 is below 1; pass an integer of at least 1"),
        (-2, "= -2 is below 1"),
        (2.0, "= 2.0 is a float, but must be an integer; pass a Python int"),
        (True, "= True is a bool, but must be an integer"),
        ("8", "= '8' is a str, but must be an integer"),
        (None, "= None is None, but must be an integer"),
        (
            2**31,
            "= 2147483648 does not fit in 32 bits; the largest is 2147483647: take a smaller input or batch, or split",
        ),
    ],
)
def test_dimension(dim: str, value: Any, message: str):
    with pytest.raises(SpecError) as error:
        layer(**{dim: value})
    assert f"layer 'L': {dim} {message}" in str(error.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "layer name '' must be a non-empty string"),
        ({"stride": 2}, "stride = 2 must be a (height, width) tuple; write e.g. (2, 2)"),
        ({"stride": (1, 1, 1)}, "stride = (1, 1, 1) must be a (height, width) tuple"),
        ({"stride": (1, 0)}, "stride (width) = 0 is below 1"),
        ({"dilation": (0, 1)}, "dilation (height) = 0 is below 1"),
        (
            {"E": 6000, "dilation": (6000, 1)},
            "height dilation 6000 over its gcd with stride 1 is more than 5,740, and so are the outputs, 6,000; give a",
        ),
        (
            {"F": 5741, "stride": (1, 4), "dilation": (1, 4 * 5741)},
            "width dilation 22964 over its gcd with stride 4 is",
        ),
        ({"padding": 1}, "padding = 1 must be ((top, bottom), (left, right)); write e.g. ((1, 1), (1, 1))"),
        ({"padding": (1, 1)}, "padding = (1, 1) must be ((top, bottom), (left, right))"),
        ({"padding": ((0, 0), (0, -1))}, "padding (right) = -1 is below 0; pass an integer of at least 0"),
        ({"padding": ((4, 3), (0, 0))}, "height padding 4 + 3 covers all 7 positions that the outputs read"),
        ({"input_size": 7}, "input_size = 7 must be a (height, width) tuple"),
        ({"input_size": (7, 0)}, "input_size (width) = 0 is below 1"),
        ({"input_size": (7, 2)}, "the filter's width spans 3 positions but the padded input has only 2"),
        ({"input_size": (6, 7)}, "5 outputs of height reach over 7 positions but the padded input has only 6"),
        ({"input_size": (6, 7)}, "at most 4 outputs fit"),
        ({"input_size": (3, 7), "padding": ((7, 0), (0, 0))}, "the outputs read only height padding and none of the"),
    ],
)
def test_geometry(fields: dict[str, Any], message: str):
    with pytest.raises(SpecError) as error:
        layer(**fields)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layer.conv2d("L", 6, 8, 9, 3, groups=4), "groups = 4 does not divide in_channels = 6; pass the"),
        (lambda: Layer.conv2d("L", 8, 6, 9, 3, groups=4), "groups = 4 does not divide out_channels = 6"),
        (lambda: Layer.conv2d("L", 8, 6, 9, 3, groups=0), "groups = 0 is below 1"),
        (lambda: Layer.conv2d("L", 0, 6, 9, 3), "in_channels = 0 is below 1"),
        (lambda: Layer.conv2d("L", 3, 6, 0, 3), "input_size = 0 is below 1"),
        (lambda: Layer.conv2d("L", 3, 6, 9, 0), "kernel = 0 is below 1"),
        (lambda: Layer.conv2d("L", 3, 6, 9, 3, stride=(1, 0)), "stride (width) = 0 is below 1"),
        (lambda: Layer.conv2d("L", 3, 6, 9, 3, dilation=1.0), "dilation = 1.0 is a float"),  # pyright: ignore
        (lambda: Layer.conv2d("L", 3, 6, 9, 3, padding=-1), "padding (top) = -1 is below 0"),
        (lambda: Layer.conv2d("L", 3, 6, 9, 3, padding="full"), "padding = 'full' is not known"),  # pyright: ignore
        (lambda: Layer.conv2d("L", 3, 6, 9, 3, padding=(1, 1)), "padding = (1, 1) must be"),  # pyright: ignore
        (
            lambda: Layer.conv2d("L", 3, 6, 9, 11),
            "the filter's height spans 11 positions but the padded input has only 9",
        ),
        (lambda: Layer.conv2d("L", 3, 6, 9, 3, batch=0), "N = 0 is below 1"),
        (lambda: Layer.depthwise("L", 0, 9, 3), "in_channels = 0 is below 1"),
        (lambda: Layer.fully_connected("L", 10, 0), "M = 0 is below 1"),
        (lambda: Layer.matmul("L", 10, 0, 3), "C = 0 is below 1"),
        (lambda: Layer.attention("L", 10, 2, 0), "N = 0 is below 1"),
        (lambda: Layer(name="L", M=1, C=1, repeat=0), "repeat = 0 is below 1"),
        (lambda: Layer(name="L", M=1, C=1, repeat=10**10), "repeat = 10000000000 does not fit in 32 bits"),
        (lambda: Layer(name="L", M=1, C=1, operation="mul"), "operation = 'mul' must be one of conv, matmul"),
        (lambda: Layer(name="L", M=1, C=1, R=3, E=2, operation="matmul"), "a matmul has neither filter nor map"),
    ],
)
def test_constructors(make: Callable[[], Layer], message: str):
    with pytest.raises(SpecError) as error:
        make()
    assert message in str(error.value)


def test_the_limits_themselves_are_allowed():
    layer(E=6000, dilation=(5740, 1))
    layer(dilation=(10**6, 1))
    layer(stride=(2, 1), dilation=(64, 1))
    layer(padding=((3, 3), (0, 0)))
    layer(input_size=(7, 7))
