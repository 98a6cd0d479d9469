"""Results in other libraries: complete, equal to the records, and a clear error where the library is missing."""

import builtins
import importlib

import numpy as np
import pytest

from eyeriss_jax.model.records import energy_key, records
from eyeriss_jax.report.steps import STEPS
from tests.report.fake_results import fake_result, many_layers
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


def test_every_number_says_its_unit():
    unit = RESULT.accelerator.energy.unit
    assert energy_key("dram", unit) == "energy_dram_16_bit_MACs"
    counted = {"macs", "macs_not_skipped", "cycles", "active_pes", "repeat"}  # the name is the unit
    shares = {"iact_density", "weight_density", "utilization"}
    for name, value in RECORDS[0].items():
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in counted | shares:
            assert name.endswith(("_words", "_hops", "_macs_per_cycle", "_16_bit_MACs")), name
    data = RESULT.to_xarray()
    assert all(variable.attrs["units"] for variable in data.data_vars.values())
    assert data.energy.attrs["units"] == unit


@pytest.mark.parametrize(
    ("unit", "name"), [("pJ", "energy_mac_pJ"), ("J", "energy_mac_J"), ("odd/unit", "energy_mac_odd_unit")]
)
def test_columns_of_energies_are_named_by_their_unit(unit, name):
    assert energy_key("mac", unit) == name


@pytest.mark.parametrize("library", ["pandas", "polars", "xarray"])
def test_a_missing_library_is_named(monkeypatch, library):
    def missing(name, *arguments, **options):
        if name == library:
            raise ModuleNotFoundError(name)
        return builtins.__import__(name, *arguments, **options)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ModuleNotFoundError, match=rf"to_{library}\(\) needs {library}, .* pip install {library}"):
        getattr(RESULT, f"to_{library}")()


@pytest.mark.parametrize("count", [6, 60])
def test_print_shows_one_short_table(count):
    result = fake_result(many_layers(count))
    lines = str(result).splitlines()
    assert len(lines) <= 28
    assert max(map(len, lines)) <= 100
    assert "inferences/s" in lines[0]
    assert lines[1].split() == ["layer", "MACs", "cycles", "MAC/cycle", "of", "peak", "limiter"]
    slowest = max(result.layers, key=lambda layer: layer.cycles)
    assert any(line.startswith(f"{slowest.layer.name} ") and f"{slowest.cycles:,.0f}" in line for line in lines)
    assert ("36 layers that take less time" in lines[-1]) == (count == 60)


def test_repr_is_one_line_and_a_layer_prints_its_steps_with_reasons():
    layer = RESULT.layers[0]
    for each in (RESULT, layer):
        assert "\n" not in repr(each)
        assert len(repr(each)) < 200
    lines = str(layer).splitlines()
    assert len(lines) == 2 + 7
    assert lines[-4].startswith("4 array shape")
    assert layer.reasons[3] in lines[-4]
    assert all(step.label in line for step, line in zip(STEPS, lines[2:], strict=True))


def test_notebooks_show_a_table():
    page = Page(RESULT._repr_html_())
    assert sum(tag == "tr" for tag, _ in page.tags) == 1 + len(RESULT.layers)
    hostile = fake_result(network=HOSTILE)._repr_html_()
    assert "<script>" not in hostile
