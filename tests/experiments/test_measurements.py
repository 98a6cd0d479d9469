"""The table of measurements: every part of a benchmark is in it, and only what is between its markers changes."""

from collections import defaultdict
from pathlib import Path

import pytest

from experiments.measure.notes import BEGIN, END, update_notes
from eyeriss_jax.errors import SpecError

NOTES = Path(__file__).resolve().parents[2] / "BUILD_NOTES.md"
RATES = defaultdict(lambda: 1234.5)
PARTS = {
    "rates": {"float32": RATES, "float64": RATES},
    "sweep": RATES,
    "start": RATES,
    "moves": RATES,
    "gradients": {"hardware": RATES},
    "answers": {"ResNet-50": {"cold_cpu_s": 12.1, "kept_cpu_s": 5.6}},
}


def test_the_table_holds_what_was_measured_and_on_what(tmp_path):
    notes = tmp_path / "notes.md"
    notes.write_text(f"before\n{BEGIN}\nold\n{END}\nafter")
    update_notes(PARTS, "two cores", notes)
    text = notes.read_text()
    assert text.startswith(f"before\n{BEGIN}\n\nMeasured on two cores.\n\n| what | measured |")
    assert text.endswith(f"{END}\nafter")
    assert "old" not in text
    assert "| ResNet-50, nothing kept, CPU time | 12.1 s |\n| ResNet-50, programs kept, CPU time | 5.60 s |" in text
    assert "| gradients of EDP by hardware, per CPU-second | 1,234 |" in text


def test_a_document_without_markers_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("nothing")
    with pytest.raises(SpecError, match="has no markers; put"):
        update_notes(PARTS, "two cores", tmp_path / "notes.md")


def test_the_notes_have_a_table_with_a_machine():
    _, found, rest = NOTES.read_text().partition(BEGIN)
    table, ended, _ = rest.partition(END)
    assert found and ended
    assert "Measured on " in table and table.count("\n| ") > 15
