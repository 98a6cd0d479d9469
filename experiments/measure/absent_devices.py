"""Devices that are not there, to compile for: the experimental interfaces of JAX that this takes are in this file only.

The compilers are the real ones. Nothing runs.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import jax

from eyeriss_jax.errors import SpecError

_H100 = Path(__file__).parent / "targets" / "h100.txt"
"""An NVIDIA H100 SXM as XLA's CUDA compiler wants it described (a ``GpuTargetConfigProto``): 132 cores of 128 units at
1.98 GHz, compute capability 9.0, 80 GB at 3.35 TB/s, from NVIDIA's data sheet and as XLA reports such a card."""


class Kind(NamedTuple):
    """A kind of device, with the rates that an estimate assumes; per device.

    ``platform``: as the search's block sizes know it. ``topology``: the smallest arrangement that the compiler takes;
    the first of its devices are used. ``accelerator_type``: of Google's naming. ``memory_bytes``, ``bytes_per_s``: of
    its memory. ``operations_per_s``: float32 additions or multiplications, a fused pair counted as two where half of
    that cannot be had without pairs, so half of the usual figure. ``launch_s``: from one kernel to the next; on a TPU a
    whole program is launched once. ``source``: where these come from.
    """

    platform: str
    topology: str
    accelerator_type: str
    memory_bytes: float
    bytes_per_s: float
    operations_per_s: float
    launch_s: float
    source: str


_SXM = "NVIDIA's data sheet of the SXM card"
_TPU = "memory: Google's page on the chip; arithmetic assumed: 8 x 128 lanes of 4 units a core"

KINDS: dict[str, Kind] = {
    "h100": Kind("gpu", "1x1x1", "", 80e9, 3.35e12, 33.5e12, 5e-6, f"{_SXM}; 5 us a kernel assumed"),
    "tpu_v5e": Kind("tpu", "v5e:2x4", "v5litepod-8", 16e9, 0.82e12, 6.1e12, 2e-5, f"{_TPU} at 1.5 GHz"),
    "tpu_v5p": Kind("tpu", "v5p:2x2x2", "v5p-16", 95e9, 2.77e12, 14.3e12, 2e-5, f"{_TPU} at 1.75 GHz, two cores"),
    "tpu_v6e": Kind("tpu", "v6e:2x4", "v6e-8", 32e9, 1.6e12, 7.2e12, 2e-5, f"{_TPU} at 1.75 GHz"),
}
"""By the name that ``--compile_for`` takes."""


def absent_devices(name: str, count: int) -> list[Any]:
    """``count`` devices to compile for.

    Call it before anything else of JAX runs in the process, as it keeps JAX on the CPU.

    Raises:
        SpecError: no such kind, too many devices, or a compiler that is not installed.
    """
    if name not in KINDS:
        raise SpecError(f"unknown device kind {name!r}: choose one of {', '.join(KINDS)}")
    kind = KINDS[name]
    jax.config.update("jax_platforms", "cpu")
    devices = _tpus(kind) if kind.platform == "tpu" else _gpus(kind)
    if not 1 <= count <= len(devices):
        raise SpecError(f"{count} devices of kind {name}: from 1 to {len(devices)} can be compiled for")
    return devices[:count]


def _tpus(kind: Kind) -> list[Any]:
    if find_spec("libtpu") is None:
        raise SpecError("to compile for a TPU install the extra: pip install 'eyeriss_jax[aot]' (Linux on x86-64)")
    os.environ.update(
        TPU_SKIP_MDS_QUERY="1",
        TPU_ACCELERATOR_TYPE=kind.accelerator_type,
        TPU_WORKER_HOSTNAMES="localhost",
        ALLOW_MULTIPLE_LIBTPU_LOAD="1",  # no chip is used, so none has to be kept from other processes
    )
    return _topology(kind.topology, "tpu")


def _gpus(kind: Kind) -> list[Any]:
    if find_spec("jax_plugins") is None or find_spec("jax_plugins.xla_cuda12") is None:
        raise SpecError(
            f"to compile for an NVIDIA GPU install its compiler (4.9 GB): pip install 'jax[cuda12]=={jax.__version__}'"
        )
    os.environ["JAX_SKIP_CUDA_CONSTRAINTS_CHECK"] = "1"  # else the plugin asks for a driver
    return _topology(kind.topology, "cuda", target_config=_H100.read_text(), topology=kind.topology)


def _topology(name: str, platform: str, **options: str) -> list[Any]:
    from jax.experimental import topologies

    try:
        return list(topologies.get_topology_desc(name, platform, **options).devices)
    except (RuntimeError, NotImplementedError) as error:
        raise SpecError(f"the compiler for {name} on {platform} does not start: {error}") from None
