"""The tutorial is true: every line of it is run, and prints what it shows."""

import doctest
from pathlib import Path

TUTORIAL = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"


def test_the_tutorial_prints_what_it_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it writes figures and a report
    failed, examples = doctest.testfile(str(TUTORIAL), module_relative=False, encoding="utf-8")
    assert examples > 20
    assert failed == 0
