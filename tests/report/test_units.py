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


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.44e9, "pJ", "1.44 mJ"),
        (129e12, "pJ", "129 J"),
        (0.25, "pJ", "0.250 pJ"),
        (999.9, "pJ", "1.00 nJ"),
        (0, "pJ", "0 pJ"),
        (2.5, "J", "2.50 J"),
        (45_600, "energy of one 16-bit MAC", "45.6 k (16-bit MACs)"),
    ],
)
def test_energy_is_in_the_unit_that_suits_it(value, unit, text):
    assert units.energy(value, unit) == text


@pytest.mark.parametrize(
    ("objective", "text"),
    [
        ("cycles", "129 M cycles"), ("edp", "129 µJ x cycles"), ("energy", "129 µJ"), ("movement", "129 µJ"),
        ("dram_words", "129 M DRAM words"),
    ],
)  # fmt: skip
def test_a_cost_says_what_it_is(objective, text):
    assert units.cost(objective, 129e6, "pJ") == text


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


def test_data_and_frequency():
    assert [units.data(8 * size) for size in (12, 41_100, 7.456e6, 2.5e10)] == [
        "12.0 bytes",
        "41.1 kB",
        "7.46 MB",
        "25.0 GB",
    ]
    assert units.frequency(200e6) == "200 MHz"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((16.6, 7.484, 8.29), ["16.6", "7.5", "8.3"]),
        ((1302.28, 22.1), ["1,302", "22"]),
        ((0.0915, 1.07e-4, 0.0), ["0.0915", "0.0001", "0.0000"]),
        ((3.09e-4, 0.00148), ["3.09e-04", "1.48e-03"]),
        ((12.0, 3.0), ["12", "3"]),
        ((0.5, math.inf, math.nan), ["0.500", "∞", "n/a"]),
        ((), []),
    ],
)
def test_the_numbers_of_a_column_have_the_same_decimals(values, shown):
    assert [units.alike(values)(value) for value in values] == shown


def test_a_gap_has_two_decimals_and_the_space_of_every_percentage():
    assert [units.gap(share) for share in (0.00123, 0.0, -0.0312)] == ["0.12 %", "0.00 %", "-3.12 %"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0, 0.5, 1, 1.25e3], ["0", "0.5", "1", "1,250"]),
        ([0, 2500, 5000, 7500, 10000], ["0", "2.5k", "5.0k", "7.5k", "10.0k"]),
        ([1200, 1300], ["1,200", "1,300"]),
        ([0.1, 1, 10, 100, 1e3, 1e4, 1e5], ["0.1", "1", "10", "100", "1k", "10k", "100k"]),
        ([256, 1024, 16384], ["256", "1,024", "16,384"]),
        ([0, 5e5, 1e6, 1.5e6], ["0", "0.5M", "1.0M", "1.5M"]),
        ([-0.5, 0, 0.5], ["\N{MINUS SIGN}0.5", "0", "0.5"]),
        ([1e-5, 2e-5], ["1.0e\N{MINUS SIGN}05", "2.0e\N{MINUS SIGN}05"]),
        ([0.1 + 0.2, 0.4, 0.5], ["0.3", "0.4", "0.5"]),
        ([], []),
    ],
)
def test_the_numbers_of_one_axis_are_written_alike(values, texts):
    assert units.ticks(values) == texts
