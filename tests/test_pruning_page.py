"""The page on pruning is true: its example is run, and prints what it shows."""

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "pruning.md"


@pytest.mark.slow
def test_the_example_prints_what_it_shows():
    failed, examples = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert examples > 5
    assert failed == 0
