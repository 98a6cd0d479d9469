"""Whatever the package makes a page of is among the pages that are looked at."""

import re
from pathlib import Path

import eyeriss_jax.report
from tests.pages.made_pages import PAGES

MADE_BY = {"page": "eyexam", "comparison": "compare", "sweep": "sweep", "scoreboard": "scoreboard", "field": "field"}
"""Folder of eyeriss_jax.report -> the page that it makes."""


def test_every_page_of_the_package_is_looked_at():
    root = Path(eyeriss_jax.report.__file__).parent
    makers = {
        path.parent.name for path in root.rglob("*.py") if re.search(r"(?<!def )\brender_frame\(", path.read_text())
    }
    assert makers == set(MADE_BY)
    assert set(MADE_BY.values()) == set(PAGES)
