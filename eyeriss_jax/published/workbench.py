"""What the claims share: every search is done once per (network, accelerator, dataflow, objective, batch)."""

import threading
from dataclasses import dataclass, field

from eyeriss_jax.dataflow import Dataflow
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import network
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.search.mapping import map_network

_Key = tuple[str, Accelerator, str | Dataflow, str, int]


@dataclass
class Workbench:
    """Results by what led to them; one workbench serves a whole scoreboard, and every thread that works on it."""

    _results: dict[_Key, NetworkResult] = field(default_factory=dict, repr=False)
    _busy: dict[_Key, threading.Lock] = field(default_factory=dict, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def mapped(
        self,
        workload: str,
        machine: str | Accelerator,
        *,
        dataflow: str | Dataflow = "",
        objective: str = "cycles",
        batch: int = 1,
    ) -> NetworkResult:
        """The best mappings of the network ``workload`` on ``machine``, a preset's name or an accelerator.

        Raises:
            SpecError: an unknown name, or a layer that fits nowhere.
        """
        machine = accelerator(machine) if isinstance(machine, str) else machine
        flow = dataflow or machine.dataflow
        key = (workload, machine, flow, objective, batch)
        with self._guard:
            busy = self._busy.setdefault(key, threading.Lock())
        with busy:
            if key not in self._results:
                self._results[key] = map_network(
                    network(workload, batch=batch), machine, dataflow=flow, objective=objective
                )
            return self._results[key]
