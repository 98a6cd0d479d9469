"""Host-side results: what the searches return and the reports show. Plain Python numbers, nothing traced."""

from dataclasses import dataclass
from typing import Any

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.other_work import OtherWork
from eyeriss_jax.model.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class LayerResult:
    """The best mapping of one layer and its Eyexam.

    ``bounds``: the seven Eyexam bounds in MAC/cycle, never rising. ``reasons``: for each of the seven steps why
    performance was lost there, in words ("" where nothing was lost). ``limiter``: the step that costs most, as a
    short label, with the data type for step 6. ``evaluation`` holds Python floats. ``mapspace_size`` points
    exist, ``evaluated`` of them were evaluated, ``certified``: no point can be better, and ``certificate`` says
    why.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> (layer,) = map_network(fc, accelerator("eyeriss_v2")).layers
        >>> layer.certified, len(layer.bounds)
        (True, 7)
    """

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

    def __repr__(self) -> str:
        """One line, not the nested fields."""
        return f"<LayerResult {_shown().layer_line(self)}>"

    def __str__(self) -> str:
        """The seven bounds and what is lost at each, as a short table."""
        return _shown().layer_text(self)

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
class NetworkResult:
    """Eyexam of a whole network, one layer after the other.

    ``inferences``: inferences per run. ``others``: what the network computes that was not mapped.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> result = map_network(fc, accelerator("eyeriss_v2"))
        >>> result.macs, 0 < result.utilization < 1
        (640, True)
        >>> int(result.to_pandas().loc["fc", "macs"])
        640
    """

    network: str
    accelerator: Accelerator
    dataflow: str
    objective: str
    layers: tuple[LayerResult, ...]
    inferences: int
    others: tuple[OtherWork, ...] = ()

    def __repr__(self) -> str:
        """One line, not the nested fields."""
        return f"<NetworkResult {_shown().network_line(self)}>"

    def __str__(self) -> str:
        """The layers as a short table."""
        return _shown().network_text(self)

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

    def to_pandas(self) -> Any:
        """The layers as a ``pandas.DataFrame``; see :func:`eyeriss_jax.model.frames.to_pandas`."""
        return _frames().to_pandas(self)

    def to_polars(self) -> Any:
        """The layers as a ``polars.DataFrame``; see :func:`eyeriss_jax.model.frames.to_polars`."""
        return _frames().to_polars(self)

    def to_xarray(self) -> Any:
        """The layers as an ``xarray.Dataset``; see :func:`eyeriss_jax.model.frames.to_xarray`."""
        return _frames().to_xarray(self)

    def _repr_html_(self) -> str:
        """The layers as a table, which notebooks show."""
        return _shown().network_html(self)


def _frames() -> Any:
    """The conversions, which know this module."""
    from eyeriss_jax.model import frames

    return frames


def _shown() -> Any:
    """The short tables, which know this module."""
    from eyeriss_jax.model import shown

    return shown
