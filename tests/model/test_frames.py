"""Results in other libraries: complete, equal to the records, and a clear error where the library is missing."""

import builtins
import importlib

import numpy as np
import pytest

from eyeriss_jax.model.records import records
from tests.report.fake_results import fake_result
from tests.report.test_page import HOSTILE, Page

RESULT = fake_result()
RECORDS = records(RESULT)


def test_pandas_has_one_row_per_layer_with_every_field():
    frame = RESULT.to_pandas()
    assert list(frame.index) == [row["layer"] for row in RECORDS]
    assert set(frame.columns) == set(RECORDS[0]) - {"layer"}
    assert frame["cycles"].sum() == pytest.approx(RESULT.cycles)


def test_polars_holds_the_same():
    assert RESULT.to_polars().to_dicts() == RECORDS


def test_xarray_keeps_the_axes():
    data = RESULT.to_xarray()
    assert dict(data.sizes) == {"layer": 6, "step": 7, "level": 4, "data_type": 3, "component": 6}
    np.testing.assert_allclose(data.energy.sum(), RESULT.energy)
    weights = data.words.sel(level="dram", data_type="weight")
    assert weights.values.tolist() == [row["dram_weight_words"] for row in RECORDS]
    assert data.bounds_macs_per_cycle.sel(step=7).values.tolist() == [layer.bounds[-1] for layer in RESULT.layers]


@pytest.mark.parametrize("library", ["pandas", "polars", "xarray"])
def test_a_missing_library_is_named(monkeypatch, library):
    def missing(name, *arguments, **options):
        if name == library:
            raise ModuleNotFoundError(name)
        return builtins.__import__(name, *arguments, **options)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=rf"to_{library}\(\) needs {library}, .* pip install {library}"):
        getattr(RESULT, f"to_{library}")()


def test_notebooks_show_a_table():
    page = Page(RESULT._repr_html_())
    assert sum(tag == "tr" for tag, _ in page.tags) == 1 + len(RESULT.layers)
    hostile = fake_result(network=HOSTILE)._repr_html_()
    assert "<script>" not in hostile
