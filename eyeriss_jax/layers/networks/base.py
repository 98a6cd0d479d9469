"""A network: its layers in order, and where their shapes come from."""

from collections import Counter
from dataclasses import dataclass

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Layers with multiply-accumulates, in the order of the paper; pooling and activations cost none.

    Attributes:
        name: what :func:`eyeriss_jax.layers.network` calls it.
        layers: at least one, with distinct names.
        source: the publication that the shapes are taken from.

    Raises:
        SpecError: no layers, or two of one name.
    """

    name: str
    layers: tuple[Layer, ...]
    source: str

    def __post_init__(self) -> None:
        """Refuses a network that a report could not tabulate."""
        if not self.layers:
            raise SpecError(f"network {self.name!r} has no layers; give at least one")
        repeated = [name for name, count in Counter(layer.name for layer in self.layers).items() if count > 1]
        if repeated:
            raise SpecError(f"network {self.name!r} has several layers called {repeated[0]!r}; give each its own name")

    @property
    def macs(self) -> int:
        """Nominal multiply-accumulates of one batch (zeros and padding included)."""
        return sum(layer.macs for layer in self.layers)

    @property
    def weights(self) -> int:
        """Weights in words, without biases and normalisation."""
        return sum(layer.weights for layer in self.layers)
