"""The pages with examples are true: what they show is run, and prints what they say."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["pruning.md", "tuning.md"])
def test_the_example_prints_what_it_shows(page):
    failed, examples = doctest.testfile(str(DOCS / page), module_relative=False, encoding="utf-8")
    assert examples > 5
    assert failed == 0
