"""``--mapping``: mappings that are used as they are, from a file of ours or of Timeloop."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from experiments.harness.command_line import reading
from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.accelerator_file import SUFFIXES
from eyeriss_jax.layers import Network
from eyeriss_jax.report.mapping_file import MadeFor, MappingFile, read_mapping_file

TIMELOOP = "timeloop:"


def mapping_file(value: str | None) -> MappingFile:
    """The file of ours that ``--mapping=value`` names; one without mappings if it names none, or one of Timeloop.

    Raises:
        SpecError: whatever is wrong with the file.
    """
    if not value or value.startswith(TIMELOOP):
        return MappingFile(mappings={}, places={}, made_for=None)
    with reading("mapping", value, "a mappings.yaml, as every run of experiments.eyexam writes one", SUFFIXES):
        return read_mapping_file(Path(value))


def as_made_for(asked: dict[str, Any], made_for: MadeFor | None) -> dict[str, Any]:
    """What the command line asks, by field; what it leaves open (None) is as the mappings are made for."""
    if made_for is None:
        return asked
    return {name: getattr(made_for, name, None) if value is None else value for name, value in asked.items()}


def check_made_for(value: str | None, made_for: MadeFor | None, config: Any) -> None:
    """Refuses mappings of another network or batch; of another machine, dataflow or objective it says so on stderr.

    Raises:
        SpecError: they are of another network or batch; the message says what to pass.
    """
    if made_for is None:
        return
    for name in ("network", "batch"):
        theirs, asked = getattr(made_for, name), getattr(config, name)
        if asked != theirs:
            raise SpecError(
                f"--mapping={value} is for {name} = {theirs}, not {asked}; pass --{name}={theirs}, or leave --{name} "
                "and --config out"
            )
    for name in ("accelerator", "dataflow"):
        theirs, asked = getattr(made_for, name), getattr(config, name)
        if asked and asked != theirs:
            print(f"note: --mapping={value} was made for {name} = {theirs}; replayed on {asked}", file=sys.stderr)
    if config.objective != made_for.objective:
        print(
            f"note: --mapping={value} holds the best mappings by objective = {made_for.objective}; they are "
            f"replayed as they are, and only layers that it does not name are searched, by {config.objective}",
            file=sys.stderr,
        )


def given_mappings(
    value: str | None, file: MappingFile, network: str, workload: Network, machine: Accelerator
) -> tuple[Network, MappingFile]:
    """The mappings that ``--mapping=value`` gives, and the network that they are for.

    ``timeloop:<path>`` is Timeloop's mapping of the problem that ``--network`` names (height and width of its layer are
    exchanged if that is how the mapping can be expressed); where Timeloop counts otherwise is said on stderr.

    Raises:
        SpecError: whatever is wrong with Timeloop's file, or a Timeloop mapping without its problem.
    """
    if not value or not value.startswith(TIMELOOP):
        return workload, file
    problem = Path(network.removeprefix(TIMELOOP))
    if not network.startswith(TIMELOOP) or not problem.is_file():
        raise SpecError(f"--mapping={value} is of one problem; name it with --network={TIMELOOP}<problem>.yaml")
    placed = read_timeloop_mapping(problem, Path(value.removeprefix(TIMELOOP)), machine)
    for note in placed.notes:
        print(f"note: {note}", file=sys.stderr)
    layer = placed.layer
    given = MappingFile(mappings={layer.name: placed.mapping}, places={layer.name: placed.root}, made_for=None)
    return dataclasses.replace(workload, layers=(layer,)), given
