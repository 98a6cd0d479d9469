"""What a search found for a layer and for a network, as plain Python numbers: nothing traced, nothing shown."""

from dataclasses import dataclass

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.other_work import OtherWork
from eyeriss_jax.model.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class LayerOutcome:
    """The best mapping of a layer and its Eyexam, fields as of :class:`~eyeriss_jax.model.results.LayerResult`."""

    layer: Layer
    mapping: Mapping
    evaluation: Evaluation
    bounds: tuple[float, ...]
    reasons: tuple[str, ...]
    limiter: str
    mapspace_size: int
    evaluated: int
    certified: bool
    certificate: str

    @property
    def cycles(self) -> float:
        """Clock cycles of all repeats; ``evaluation`` is of one."""
        return self.evaluation.cycles.total * self.layer.repeat

    @property
    def macs(self) -> int:
        """Nominal MACs of all repeats."""
        return self.layer.macs * self.layer.repeat

    @property
    def work(self) -> float:
        """MACs of all repeats without those that the PEs skip."""
        return self.evaluation.work * self.layer.repeat

    @property
    def energy(self) -> float:
        """Energy of all repeats, in the unit of the accelerator's table."""
        return self.evaluation.energy.total * self.layer.repeat


@dataclass(frozen=True, kw_only=True)
class NetworkOutcome:
    """Eyexam of a network, fields as of :class:`~eyeriss_jax.model.results.NetworkResult`."""

    network: str
    accelerator: Accelerator
    dataflow: str
    objective: str
    layers: tuple[LayerOutcome, ...]
    inferences: int
    others: tuple[OtherWork, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def cycles(self) -> float:
        """Total clock cycles."""
        return sum(result.cycles for result in self.layers)

    @property
    def macs(self) -> int:
        """Total nominal MACs."""
        return sum(result.macs for result in self.layers)

    @property
    def work(self) -> float:
        """Total MACs without those that the PEs skip."""
        return sum(result.work for result in self.layers)

    @property
    def inferences_per_s(self) -> float:
        """Inferences per second: those of one run over its time."""
        return self.inferences * self.accelerator.clock_hz / self.cycles

    @property
    def energy(self) -> float:
        """Total energy in the unit of the accelerator's table."""
        return sum(result.energy for result in self.layers)

    @property
    def utilization(self) -> float:
        """MACs that were not skipped / (cycles x MAC units)."""
        return self.work / (self.cycles * self.accelerator.pes * self.accelerator.lanes)
