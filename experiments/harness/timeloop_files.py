"""``--write_timeloop``: what Timeloop needs to run the mappings of a result, so that someone can check them there."""

import sys
from pathlib import Path

from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.dataflow.timeloop_mapping_file import mapping_yaml
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.hardware.timeloop_architecture_file import architecture_yaml, check_flat
from eyeriss_jax.layers.importers.timeloop_problem_file import VERSIONS, problem_yaml
from eyeriss_jax.model.conventions import conventions
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.files import file_name, write_text
from eyeriss_jax.search.mapping import evaluate_exactly


def check_timeloop(version: str | None, machine: Accelerator) -> None:
    """Refuses, before any work, what could not be written in the end.

    Raises:
        SpecError: no such version, or Timeloop has no machine like this one.
    """
    if version is not None:
        known_name("--write_timeloop", version, VERSIONS)
        check_flat(machine)


def write_timeloop(result: NetworkResult, folder: Path, version: str | None) -> list[Path]:
    """Writes architecture, problems and mappings into ``folder/timeloop``, which it returns; none without ``version``.

    Says on stderr for which layers no mapping could be written, and for which Timeloop will count otherwise.
    """
    if version is None:
        return []
    made = folder / "timeloop"
    made.mkdir(exist_ok=True)
    write_text(made / "architecture.yaml", architecture_yaml(result.accelerator))
    for number, each in enumerate(result.layers, start=1):
        stem = f"{number:03d}-{file_name(each.layer.name)}"
        problem, nest = made / f"{stem}.problem.yaml", made / f"{stem}.mapping.yaml"
        try:
            text = mapping_yaml(each.layer, each.mapping, result.accelerator, version)
        except SpecError as error:
            print(f"note: no Timeloop files of {each.layer.name}: {error}", file=sys.stderr)
            continue
        write_text(problem, problem_yaml(each.layer, version))
        write_text(nest, text)
        if note := _differs(each, result.accelerator, problem, nest):
            print(f"note: Timeloop will count {each.layer.name} otherwise: {note}", file=sys.stderr)
    return [made]


def _differs(each: LayerResult, machine: Accelerator, problem: Path, nest: Path) -> str:
    """Why Timeloop's counts are not those of the result; "" if they are."""
    try:
        placed = read_timeloop_mapping(problem, nest, machine)
    except SpecError as error:
        return str(error)
    here, there = (
        evaluate_exactly(machine, placed.layer, mapping, conventions("timeloop"))
        for mapping in (each.mapping, placed.mapping)
    )
    if (here.spad, here.glb, here.dram) != (there.spad, there.glb, there.dram):
        return "; ".join([*placed.notes, "it keeps what consecutive positions at the GLB share"])
    return "; ".join(placed.notes)
