"""The reference page of all fields is made from the specifications: it leaves none out and says only what holds."""

import dataclasses
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.energy import EnergyTable
from eyeriss_jax.hardware.file_fields import kinds_of, meanings_of
from eyeriss_jax.hardware.quantities import Types
from eyeriss_jax.model.eyexam import CHOICE, LOSSES, PORTS
from eyeriss_jax.report.steps import STEPS
from eyeriss_jax.search.space import BOUNDED, METRICS, QUANTITIES, sweepable_fields

DOCS = Path(__file__).resolve().parents[2] / "docs"
tables = SimpleNamespace(**runpy.run_path(str(DOCS / "field_tables.py")))


def rows(table):
    """The cells of a Markdown table, by its first cell without backticks."""
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:] if line]
    return {cells[0].strip("` "): cells for cells in found}


@pytest.mark.parametrize("spec", tables.SPECS, ids=lambda spec: spec.__name__)
def test_every_field_says_what_it_is_and_every_number_has_a_unit(spec):
    meanings = meanings_of(spec)
    assert list(meanings) == [field.name for field in dataclasses.fields(spec)]
    assert not [name for name, meaning in meanings.items() if not meaning.text or meaning.text.startswith("See")]
    numbers = [name for name, kind in kinds_of(spec).items() if kind in (int, float, Types)]
    assert not [name for name in numbers if not meanings[name].unit]


@pytest.mark.parametrize("spec", tables.SPECS, ids=lambda spec: spec.__name__)
def test_every_field_is_an_entry_with_all_its_parts(spec):
    found = tables.entries(spec)
    assert [entry.name.rsplit(".", 1)[-1] for entry in found] == [field.name for field in dataclasses.fields(spec)]
    assert all(all(entry[:5]) for entry in found)
    assert all(f"`{entry.name}` (" in tables.field_list(spec) for entry in found)


def test_what_the_page_calls_swept_can_be_swept():
    found = tables.entries(Accelerator) + tables.entries(tables.SparsePe)
    swept = {entry.name for entry in found if entry.abilities.startswith("swept")}
    axes = sweepable_fields(tables.BASE)
    inner = {axis for axis in axes if axis in {entry.name for entry in found}}
    assert swept == inner | {axis.split(".")[0] for axis in axes}


def test_the_page_says_what_a_field_costs_and_what_moves_with_it():
    found = {entry.name: entry.abilities for entry in tables.entries(Accelerator)}
    assert found["psum_chain_cycles"] == "swept and tuned; free in this model"
    assert found["glb_bits"] == "swept and tuned; costs area"
    assert found["energy"] == "swept; costs energy"
    assert "`sparse_pe.weight_pairs` with it" in found["spad_words"]


@pytest.mark.parametrize(
    ("field", "modules"),
    [
        ("glb_read_words_per_cycle", ["model.cycles"]),
        ("psum_chain_cycles", ["model.cycles"]),
        ("noc", ["hardware.area", "model.cycles", "functional"]),
        ("cluster_rows", ["hardware.area", "dataflow", "model.validity", "functional"]),
        ("clock_hz", ["model.outcomes"]),
    ],
)
def test_who_reads_a_field_is_found_in_the_source(field, modules):
    assert set(modules) <= set(tables.readers(Accelerator)[field])


def test_energies_are_read_by_the_law_of_energy():
    costs = [name for name, kind in kinds_of(EnergyTable).items() if kind in (float, Types)]
    assert all("model.energy" in tables.readers(EnergyTable)[name] for name in costs)


def test_abilities_are_tried():
    assert tables.tunable("lanes")
    assert not tables.tunable("noc")
    assert set(tables.moved("cluster_cols")) == set(QUANTITIES)
    assert tables.moved("psum_chain_cycles") == ()
    assert set(tables.moved("word_bits.psum")) == {"area_kgates", "area_mm2"}


def test_every_constraint_and_objective_is_a_row():
    assert set(rows(tables.quantities_table())) == set(BOUNDED)
    assert set(rows(tables.metrics_table())) == set(METRICS)


@pytest.mark.parametrize("page", tables.PAGES)
def test_pages_have_all_their_tables(page):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    assert "<!-- table:" in text
    assert "<!-- table:" not in tables.filled(text)
    if page == "fields":
        named = re.findall(r"<!-- table: (\w+) -->", text)
        assert named == [*(spec.__name__ for spec in tables.SPECS), "constraints", "objectives"]


def test_the_glossary_explains_what_reports_name():
    """Every cause of a loss, every dataflow's family, and what sweeps say of designs; no entry twice."""
    text = (DOCS / "glossary.md").read_text()
    entries = re.findall(r"^(\S.*)\n: ", text, re.MULTILINE)
    assert len(entries) == len(set(entries))
    named = {name.strip() for entry in entries for name in entry.split(",")}
    ports = {f"{port} bandwidth" for port in PORTS}
    assert {*LOSSES, CHOICE} - ports - {step.label for step in STEPS} <= named
    assert {"iact", "psum", "SPad", "GLB", "RS+", "RS", "WS", "NLR", "knee", "near tie", "shortlist"} <= named
    assert "<!-- table: steps -->" in text


@pytest.mark.parametrize("page", ["fields", "glossary", "when_not"])
def test_readme_and_the_index_lead_to_the_pages_of_reference(page):
    assert f"](docs/{page}.md)" in (DOCS.parent / "README.md").read_text()
    assert re.search(rf"^{page}$", (DOCS / "index.md").read_text(), re.MULTILINE)
