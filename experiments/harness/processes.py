"""Devices and processes of a sweep: all cores of a CPU as devices, and several processes as one sweep."""

import os

import jax
from absl import flags
from jax.experimental import multihost_utils

from eyeriss_jax.errors import SpecError

flags.disclaim_key_flags()

FORCED_DEVICES = "--xla_force_host_platform_device_count"


def define_processes() -> tuple[flags.FlagHolder, flags.FlagHolder, flags.FlagHolder]:
    """Defines ``--coordinator``, ``--processes`` and ``--process``."""
    return (
        flags.DEFINE_string("coordinator", "", "host:port of process 0, for several processes.", allow_override=True),
        flags.DEFINE_integer(
            "processes", 1, "Processes of this sweep; they share --output_dir.", lower_bound=1, allow_override=True
        ),
        flags.DEFINE_integer("process", 0, "Which of them this one is, from 0.", lower_bound=0, allow_override=True),
    )


def start_devices(coordinator: str, processes: int, process: int) -> None:
    """Makes a device of every core (unless XLA_FLAGS says how many) and joins the other processes.

    Raises:
        SpecError: numbers that cannot be, or a missing coordinator.
    """
    if processes < 1 or not 0 <= process < processes:
        raise SpecError(f"process = {process} of processes = {processes}: count processes from 0")
    if processes > 1 and not coordinator:
        raise SpecError("several processes need --coordinator=host:port, that of process 0")
    if FORCED_DEVICES not in os.environ.get("XLA_FLAGS", ""):
        jax.config.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    if processes > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        jax.distributed.initialize(coordinator, num_processes=processes, process_id=process)


def wait_for_all(what: str) -> None:
    """Returns when all processes have come here."""
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices(what)
