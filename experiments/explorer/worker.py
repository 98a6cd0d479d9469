"""The process that re-maps: first the shortlist, then the certified search, one design at a time."""

import os
import signal
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import jax

from experiments.harness.compilation_cache import start_compilation_cache
from eyeriss_jax.dataflow import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.layers import Network
from eyeriss_jax.model.conventions import Conventions
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.search.mapping import map_network
from eyeriss_jax.search.sweep import shortlisted

SHORTLIST, CERTIFIED = "shortlist", "certified"
MOST_MEMORY = 1_500_000_000
"""Bytes above which compiled programs are let go after a design: every array shape may need some of its own."""


class Work(NamedTuple):
    """What all designs have in common."""

    network: Network
    objective: str
    conventions: Conventions
    keep: bool


class Said(NamedTuple):
    """What the process says: progress, the mappings of a stage with the result if it is known, an error, or the end."""

    what: str
    stage: str = ""
    done: int = 0
    total: int = 0
    layer: str = ""
    mappings: dict[str, Mapping] | None = None
    result: NetworkResult | None = None
    why: str = ""


class _Superseded(Exception):
    """Somebody wants something else now."""


def run(connection: Connection, work: Work) -> None:
    """Takes designs until the other end is gone; whatever comes while one is mapped ends it at the next layer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it
    os.nice(10)  # a hand on a slider goes first
    start_compilation_cache(wanted=work.keep)
    while True:
        try:
            design = connection.recv()
            if isinstance(design, Accelerator):
                _map(connection, work, design)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


def _map(connection: Connection, work: Work, design: Accelerator) -> None:
    def at(stage: str) -> Any:
        def progress(done: int, total: int, layer: str) -> None:
            if connection.poll():
                raise _Superseded
            connection.send(Said("progress", stage, done, total, layer))

        return progress

    try:
        options = {"objective": work.objective, "conventions": work.conventions}
        try:
            short = shortlisted(work.network, design, progress=at(SHORTLIST), **options)
            connection.send(Said("mapped", SHORTLIST, mappings=short))
        except SpecError:
            pass  # the certified search looks at every mapping, and says what is wrong if none fits
        result = map_network(work.network, design, progress=at(CERTIFIED), **options)
        mappings = {layer.layer.name: layer.mapping for layer in result.layers}
        connection.send(Said("mapped", CERTIFIED, mappings=mappings, result=result))
    except SpecError as error:
        connection.send(Said("failed", why=str(error)))
    except _Superseded:
        connection.send(Said("stopped"))
    if _resident() > MOST_MEMORY:
        jax.clear_caches()
    connection.send(Said("ended"))


def _resident() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
