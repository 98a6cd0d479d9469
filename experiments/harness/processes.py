"""Devices and processes of a sweep: all cores of a CPU as devices, and several processes as one sweep."""

import os

import jax
from absl import flags

from experiments.harness.peers import Peers, meet
from eyeriss_jax.errors import SpecError

flags.disclaim_key_flags()

FORCED_DEVICES = "--xla_force_host_platform_device_count"


MOST_PROCESSES = 1024
"""Of one sweep: process 0 holds a connection to each."""


def define_processes() -> tuple[flags.FlagHolder, flags.FlagHolder, flags.FlagHolder]:
    """Defines ``--coordinator``, ``--processes`` and ``--process``."""
    return (
        flags.DEFINE_string("coordinator", "", "host:port of process 0, for several processes.", allow_override=True),
        flags.DEFINE_integer(
            "processes",
            1,
            "Processes of this sweep; they share --output_dir.",
            lower_bound=1,
            upper_bound=MOST_PROCESSES,
            allow_override=True,
        ),
        flags.DEFINE_integer("process", 0, "Which of them this one is, from 0.", lower_bound=0, allow_override=True),
    )


def start_devices() -> None:
    """Makes a device of every core, unless XLA_FLAGS says how many."""
    if FORCED_DEVICES not in os.environ.get("XLA_FLAGS", ""):
        jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))


def start_processes(coordinator: str, processes: int, process: int, key: str) -> Peers:
    """Joins the other processes; ``key``: what all of them work on.

    Raises:
        SpecError: numbers that cannot be, a missing coordinator, or others that do not come.
    """
    if processes < 1 or not 0 <= process < processes:
        raise SpecError(f"process = {process} of processes = {processes}: count processes from 0")
    if processes > 1 and not coordinator:
        raise SpecError("several processes need --coordinator=host:port, that of process 0")
    return meet(coordinator, processes, process, key)
