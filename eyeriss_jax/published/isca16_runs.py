"""AlexNet on the six designs of ISCA 2016, each layer under its best mapping by the paper's own framework.

The optimiser of the paper is not described beyond its equations. That it minimises the energy of DRAM, GLB and array,
the RFs left out, is read off its Fig 10: so every component of CONV1, CONV3, CONV4 and FC1 comes out to 0.01 %; with
the RFs, array energies would be up to twice as high.
"""

import csv
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from eyeriss_jax.dataflow import dataflow as dataflow_named
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets.isca16 import isca16
from eyeriss_jax.layers import network
from eyeriss_jax.model.conventions import ISCA16
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.search.mapping import evaluate_exactly, map_layer

CONV: tuple[str, ...] = ("CONV1", "CONV2", "CONV3", "CONV4", "CONV5")
OBJECTIVE: str = "movement"

DATAFLOWS: dict[str, str] = {
    "RS": "rs_isca16", "WS": "ws", "OSA": "os_a", "OSB": "os_b", "OSC": "os_c", "NLR": "nlr",
}  # fmt: skip
"""The dataflows as the figures name them."""


@dataclass(frozen=True, slots=True)
class ConvRun:
    """The five CONV layers of a batch on one design."""

    layers: tuple[Evaluation, ...]

    def _per_mac(self, of: Callable[[Evaluation], float]) -> float:
        return math.fsum(map(of, self.layers)) / math.fsum(layer.macs for layer in self.layers)

    def energy(self, component: str = "total") -> float:
        """Energy per MAC, in those of a MAC."""
        return self._per_mac(lambda layer: getattr(layer.energy, component))

    @property
    def dram_accesses(self) -> float:
        """Words to and from DRAM per MAC."""
        table = isca16("rs_isca16").energy.dram
        return self.energy("dram") / table.iact

    @property
    def dram_writes(self) -> float:
        """Words written to DRAM per MAC."""
        return self._per_mac(lambda layer: layer.dram.psum.updates)

    @property
    def delay(self) -> float:
        """Cycles per MAC if all active PEs work all the time, as the paper has it."""
        return self._per_mac(lambda layer: layer.macs / layer.active_pes)


def conv_run(flow: str, batch: int) -> ConvRun:
    """AlexNet's CONV layers under dataflow ``flow`` of :data:`DATAFLOWS`.

    Raises:
        SpecError: a layer that does not fit.
    """
    return ConvRun(tuple(layer_run(flow, batch, name) for name in CONV))


@cache
def layer_run(flow: str, batch: int, layer: str) -> Evaluation:
    """One layer of AlexNet, by our name, under dataflow ``flow`` of :data:`DATAFLOWS`.

    Raises:
        SpecError: it does not fit.
    """
    shape = next(each for each in network("alexnet", batch=batch).layers if each.name == layer)
    machine = isca16(DATAFLOWS[flow])
    found = map_layer(shape, machine, dataflow_named(machine.dataflow), objective=OBJECTIVE, conventions=ISCA16)
    return evaluate_exactly(machine, shape, found.mapping, ISCA16)


def fits(flow: str, batch: int) -> bool:
    """Whether every CONV layer of a batch finds a mapping."""
    try:
        conv_run(flow, batch)
    except SpecError:
        return False
    return True


def figure(number: int) -> list[dict[str, str]]:
    """The digitised bars of a figure, one row each."""
    file = resources.files("eyeriss_jax.published").joinpath("data", f"isca16_fig{number}.csv")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def pairs_out_of_order(ours: Iterable[float], published: Iterable[float]) -> int:
    """Pairs of bars of which ours are the other way round."""
    bars = list(zip(ours, published, strict=True))
    return sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(bars) for c, d in bars[i + 1 :])
