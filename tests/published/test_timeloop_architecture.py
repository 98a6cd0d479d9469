"""A user's files, architecture, energy tables, problem and mapping, give Timeloop's counts, cycles and energies."""

from pathlib import Path

import pytest

from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.hardware.presets import accelerator

from .peers import Case, Json, assert_equal_but_for, cases, outcome
from .test_timeloop import DIFFERENCES, ours, theirs
from .timeloop_files import case_files

CASES = cases("timeloop")
ARCHITECTURES = Path(__file__).resolve().parents[1] / "data" / "timeloop"
KEPT = {"e168_v4.yaml": "keep: [Inputs, Outputs], bypass: [Weights]", "e168_v3.yaml": ""}


def energy_tables(energy: Json) -> str:
    """An Accelergy table with the energies of a case, in pJ per word."""
    spads = dict.fromkeys(("ifmap_spad", "weights_spad", "psum_spad"), energy["spad_per_word"])
    parts = {"DRAM": energy["DRAM_per_word"], "shared_glb": energy["GLB_per_word"], **spads}
    memories = [
        f"  - {{name: chip.{name}, actions: [{{name: read, energy: {pj}}}, {{name: write, energy: {pj}}}]}}"
        for name, pj in parts.items()
    ]
    mac = f"  - {{name: chip.mac, actions: [{{name: compute, energy: {energy['mac']}}}]}}"
    return "\n".join(["ERT:", "  version: 0.4", "  tables:", *memories, mac, ""])


@pytest.mark.parametrize("architecture", KEPT)
@pytest.mark.parametrize("name", CASES)
def test_every_quantity_equals_timeloops_or_is_explained(name, architecture, tmp_path):
    case = CASES[name]
    text = (ARCHITECTURES / architecture).read_text()
    keep, bypass = (
        [space for space in ("Weights", "Inputs", "Outputs") if (space in case["keep"]["GLB"]) == kept]
        for kept in (True, False)
    )
    said = f"keep: [{', '.join(keep)}], bypass: [{', '.join(bypass)}]"
    if KEPT[architecture]:
        text = text.replace(KEPT[architecture], said)
    else:
        text += f"constraints:\n- {{target: shared_glb, type: bypass, {said}}}\n"
    (tmp_path / "architecture.yaml").write_text(text)
    (tmp_path / "ERT.yaml").write_text(energy_tables(case["energy_pJ"]))
    (tmp_path / "machine.yaml").write_text("like: architecture.yaml\nenergy: {accelergy: ERT.yaml}\n")
    machine = accelerator(str(tmp_path / "machine.yaml"))
    placed = read_timeloop_mapping(*case_files(case, tmp_path), machine)
    translated = Case(placed.layer, machine, placed.mapping)
    found = ours(translated, outcome(translated, "timeloop"), case["arch"]["spad_bw_words_per_cycle"])
    assert_equal_but_for(DIFFERENCES, name, found, theirs(case))
