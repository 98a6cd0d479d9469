"""Numbers as people read them."""

import math

import pytest

from eyeriss_jax.report import units


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (384.0, "384"),
        (12.345, "12.3"),
        (0.12345, "0.123"),
        (1234.5, "1,234"),
        (9.999, "10.0"),
        (0.000012, "1.20e-05"),
        (math.inf, "∞"),
        (math.nan, "n/a"),
    ],
)
def test_number(value, text):
    assert units.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(9_999, "9,999"), (10_000, "10.0 k"), (999_400, "999 k"), (999_500, "1.00 M"), (4.556e9, "4.56 G"), (7, "7")],
)
def test_scaled(value, text):
    assert units.scaled(value) == text


def test_scaled_takes_a_unit():
    assert units.scaled(45_600, "B") == "45.6 kB"
    assert units.scaled(456, "B") == "456 B"


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.001, "<1 %"), (0.005, "<1 %"), (0.006, "1 %"), (0.414, "41 %"), (1, "100 %")]
)
def test_percent(share, text):
    assert units.percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.50 s"), (0.018, "18.0 ms"), (3.2e-6, "3.20 µs"), (5e-9, "5.00 ns")]
)
def test_duration(seconds, text):
    assert units.duration(seconds) == text


def test_megabytes_and_frequency():
    assert units.megabytes(8e6 * 7.456) == "7.46 MB"
    assert units.frequency(200e6) == "200 MHz"
