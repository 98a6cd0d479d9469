"""``--mapping``: mappings that are used as they are, from a file of ours or of Timeloop."""

import dataclasses
import sys
from pathlib import Path

from eyeriss_jax.dataflow import Mapping
from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.layers import Network
from eyeriss_jax.report import read_mappings

TIMELOOP = "timeloop:"


def given_mappings(
    value: str | None, network: str, workload: Network, machine: Accelerator
) -> tuple[Network, dict[str, Mapping]]:
    """The mappings that ``--mapping=value`` gives, by layer name, and the network that they are for.

    ``timeloop:<path>`` is Timeloop's mapping of the problem that ``--network`` names (height and width of its layer are
    exchanged if that is how the mapping can be expressed); where Timeloop counts otherwise is said on stderr.

    Raises:
        SpecError: whatever is wrong with the file, or a Timeloop mapping without its problem.
    """
    if not value:
        return workload, {}
    if not value.startswith(TIMELOOP):
        return workload, read_mappings(Path(value))
    problem = Path(network.removeprefix(TIMELOOP))
    if not network.startswith(TIMELOOP) or not problem.is_file():
        raise SpecError(f"--mapping={value} is of one problem; name it with --network={TIMELOOP}<problem>.yaml")
    placed = read_timeloop_mapping(problem, Path(value.removeprefix(TIMELOOP)), machine)
    for note in placed.notes:
        print(f"note: {note}", file=sys.stderr)
    layer = placed.layer
    return dataclasses.replace(workload, layers=(layer,)), {layer.name: placed.mapping}
