"""A network: its layers in order, and where their shapes come from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.bits import Bits
from eyeriss_jax.layers.checks import check_integer
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.other_work import OtherWork
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.names import suggestion


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Layers with multiply-accumulates, in the order of the paper; pooling and activations cost none.

    Attributes:
        name: what :func:`eyeriss_jax.layers.sources.network` calls it.
        layers: at least one, with distinct names.
        source: the publication, program or file that the shapes are taken from.
        batch: inferences per run; by default N of the first layer.
        others: what the source computes beside the layers, which no accelerator here is asked to do.
        notes: what a user should know of how the source was read, a sentence each.

    Raises:
        SpecError: no layers, or two of one name.

    Example:
        >>> layers = (Layer.conv2d("conv", 3, 8, 32, 3, padding=1), Layer.fully_connected("fc", 8, 10))
        >>> Network(name="two", layers=layers, source="an example").macs
        221264
    """

    name: str
    layers: tuple[Layer, ...]
    source: str
    batch: int | None = None
    others: tuple[OtherWork, ...] = ()
    notes: tuple[str, ...] = ()

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

    def common_bits(self) -> Bits:
        """The widths that the source states of every layer's operands.

        Raises:
            SpecError: a layer of which it states none, or two layers of different widths.
        """
        first = self.layers[0]
        for layer in self.layers:
            if layer.bits is None or None in layer.bits:
                raise SpecError(
                    f"network {self.name!r}: its source does not state the bit widths of layer {layer.name!r} (ONNX "
                    f"files do); set word_bits in an accelerator file instead"
                )
            if layer.bits != first.bits:
                raise SpecError(
                    f"network {self.name!r}: layer {first.name!r} has {first.bits}, {layer.name!r} {layer.bits}; an "
                    f"accelerator has one width per data type: set word_bits in an accelerator file instead"
                )
        assert first.bits is not None
        return first.bits

    def with_sparsity(self, sparsity: Mapping[str, Sparsity], *, name: str = "", source: str = "") -> "Network":
        """The network with the sparsity of some layers replaced.

        Args:
            sparsity: by layer name; layers that it does not name keep theirs.
            name: of the new network; by default the old one.
            source: where the densities come from; by default that of the shapes alone.

        Raises:
            SpecError: layers that the network does not have, each with the closest one if there is one, and all it has.
        """
        known = [layer.name for layer in self.layers]
        if unknown := [f"{layer!r}{suggestion(layer, known)}" for layer in sparsity if layer not in known]:
            raise SpecError(
                f"network {self.name!r} has no layer {' No layer '.join(unknown)} Its layers: {', '.join(known)}"
            )
        return replace(
            self,
            name=name or self.name,
            layers=tuple(replace(layer, sparsity=sparsity.get(layer.name, layer.sparsity)) for layer in self.layers),
            source=source or self.source,
        )


def distinct_layers(networks: Iterable[Network]) -> tuple[Layer, ...]:
    """Every layer shape of the networks once, without its name."""
    return tuple(dict.fromkeys(layer.anonymous() for network in networks for layer in network.layers))


def times_of(layers: Sequence[Layer], networks: Sequence[Network]) -> np.ndarray:
    """How often each network runs each of its :func:`distinct_layers`, ``[L, networks]``."""
    times = np.zeros((len(layers), len(networks)))
    for column, network in enumerate(networks):
        for layer in network.layers:
            times[layers.index(layer.anonymous()), column] += layer.repeat
    return times
