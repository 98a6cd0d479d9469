"""The mappers that can be asked beside ours, and what to install for each: never a dependency of this package."""

import os
import subprocess
from typing import NamedTuple

from eyeriss_jax.errors import SpecError, first_line

_LONGEST_START_S = 60


class Tool(NamedTuple):
    """A mapper of others.

    ``distribution``: what its package index calls it, whose version is reported. ``worker``: the module that asks it.
    ``install``: the commands that make an environment for it in a folder of its name. ``finds``: what its answer is.
    """

    distribution: str
    worker: str
    install: str
    finds: str


_WORKERS = "experiments.measure.beside"

TOOLS: dict[str, Tool] = {
    "accelforge": Tool(
        "accelforge",
        f"{_WORKERS}.accelforge_worker",
        "python3.12 -m venv accelforge && accelforge/bin/pip install accelforge",
        "the optimum over tilings that divide evenly, as by default, in one process and without drawing the mapping",
    ),
    "zigzag": Tool(
        "zigzag-dse",
        f"{_WORKERS}.zigzag_worker",
        "python3.11 -m venv zigzag && zigzag/bin/pip install zigzag-dse six",
        "the best of the three spatial mappings and the loop orders that its API tries by default",
    ),
}
"""By the name that ``--beside`` takes."""


class Installed(NamedTuple):
    """A tool under the ``python`` of its environment, in its ``version`` there."""

    name: str
    python: str
    version: str


def installed(given: list[str]) -> list[Installed]:
    """The tools of ``name:python`` each, after a look whether they are there.

    Raises:
        SpecError: an unknown name, one given twice, no Python, or one without the tool; with what to install.
    """
    names = [each.partition(":")[0] for each in given]
    for name in names:
        if name not in TOOLS:
            raise SpecError(f"--beside={name}: no such tool; choose from {', '.join(TOOLS)}")
        if names.count(name) > 1:
            raise SpecError(f"--beside names {name} twice; name each once")
    return [_installed(*each.partition(":")[::2]) for each in given]


def _installed(name: str, python: str) -> Installed:
    tool = TOOLS[name]
    way_out = f"{tool.install}, then --beside={name}:{name}/bin/python"
    if not python:
        raise SpecError(f"--beside={name} needs the Python of an environment that has {name}: {way_out}")
    program = f"from importlib.metadata import version; print(version({tool.distribution!r}))"
    try:
        asked = subprocess.run(
            [python, "-c", program], check=False, capture_output=True, text=True, timeout=_LONGEST_START_S
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise SpecError(f"--beside={name}:{python} does not start: {first_line(error)}; {way_out}") from None
    if asked.returncode:
        raise SpecError(f"--beside={name}:{python} is a Python without {tool.distribution}: {way_out}")
    # Workers run in folders of their own. The link that is an environment's Python is not followed: it tells which one.
    return Installed(name, os.path.abspath(python) if os.sep in python else python, asked.stdout.strip())
