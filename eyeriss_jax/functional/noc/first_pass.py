"""The first pass of a mapping on the networks of its machine, one data type after the other, mesh or bus."""

from dataclasses import dataclass

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import TYPES
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.noc.bus import BusDelivery, deliver_over_bus
from eyeriss_jax.functional.noc.collection import Collection, collect
from eyeriss_jax.functional.noc.delivery import Delivery
from eyeriss_jax.functional.noc.multicast import deliver
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.layer import Layer


@dataclass(frozen=True, kw_only=True)
class FirstPass:
    """What the networks did with the fullest pass there is.

    Attributes:
        layer: the layer.
        over: by data type what was delivered or, psums, collected.
        refused: by data type why nothing was, in words; each data type is in one of the two.
    """

    layer: Layer
    over: dict[str, Delivery | Collection | BusDelivery]
    refused: dict[str, str]

    @classmethod
    def of(cls, layer: Layer, mapping: Mapping, accelerator: Accelerator) -> "FirstPass":
        """Simulates it. What the links or tags of the machine cannot do is an answer as well."""
        over, refused = {}, {}
        for data_type in TYPES:
            try:
                over[data_type] = _over_network(layer, mapping, accelerator, data_type)
            except SpecError as error:
                refused[data_type] = str(error)
        return cls(layer=layer, over=over, refused=refused)


def _over_network(
    layer: Layer, mapping: Mapping, accelerator: Accelerator, data_type: str
) -> Delivery | Collection | BusDelivery:
    if accelerator.noc == "bus":
        return deliver_over_bus(layer, mapping, accelerator, data_type)
    if data_type == "psum":
        return collect(layer, mapping, accelerator)
    return deliver(layer, mapping, accelerator, data_type)
