"""A network: its layers in order, and where their shapes come from."""

from collections import Counter
from dataclasses import dataclass

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import check_integer
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.other_work import OtherWork


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Layers with multiply-accumulates, in the order of the paper; pooling and activations cost none.

    Attributes:
        name: what :func:`eyeriss_jax.layers.network` calls it.
        layers: at least one, with distinct names.
        source: the publication, program or file that the shapes are taken from.
        batch: inferences per run; by default N of the first layer.
        others: what the source computes beside the layers, which no accelerator here is asked to do.

    Raises:
        SpecError: no layers, or two of one name.
    """

    name: str
    layers: tuple[Layer, ...]
    source: str
    batch: int | None = None
    others: tuple[OtherWork, ...] = ()

    def __post_init__(self) -> None:
        """Refuses a network that a report could not tabulate."""
        if not self.layers:
            raise SpecError(f"network {self.name!r} has no layers; give at least one")
        repeated = [name for name, count in Counter(layer.name for layer in self.layers).items() if count > 1]
        if repeated:
            raise SpecError(f"network {self.name!r} has several layers called {repeated[0]!r}; give each its own name")
        if self.batch is not None:
            check_integer(f"network {self.name!r}", "batch", self.batch)

    @property
    def inferences(self) -> int:
        """Inferences per run."""
        return self.layers[0].N if self.batch is None else self.batch

    @property
    def macs(self) -> int:
        """Nominal multiply-accumulates of one run (zeros and padding included)."""
        return sum(layer.macs * layer.repeat for layer in self.layers)

    @property
    def weights(self) -> int:
        """Weights in words, without biases and normalisation; every repeat of a layer has its own."""
        return sum(layer.weights * layer.repeat for layer in self.layers if layer.operation != "attention")
