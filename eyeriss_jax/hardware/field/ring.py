"""Nodes in a ring that each keep the weights of some outputs and pass blocks of inputs on (DaDianNao, CLASS layers)."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine

_FIELDS = ("nodes", "filters", "channels", "iact_bits", "link_bits_per_cycle", "hop_cycles")


class RingArrays(struct.PyTreeNode):
    """A :class:`RingMachine` as scalars, the form the law takes."""

    nodes: Any
    filters: Any
    channels: Any
    iact_bits: Any
    link_bits_per_cycle: Any
    hop_cycles: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class RingMachine(FieldMachine):
    """Outputs are split over the nodes, and so are inputs at first: each node computes with a block and forwards it.

    Attributes:
        nodes: [nodes] Nodes in the ring.
        filters: [filters] M of a node at a time.
        channels: [channels] C at a time, the width of an adder tree.
        iact_bits: [bits] Width of an input.
        link_bits_per_cycle: [bits/cycle] What a link carries in one direction.
        hop_cycles: [cycles] Least time from a node to the next, whatever is sent.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    nodes: int
    filters: int
    channels: int
    iact_bits: int
    link_bits_per_cycle: float
    hop_cycles: float

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys(("nodes", "filters", "channels", "iact_bits"), partial(checks.integer, least=1)),
        "link_bits_per_cycle": checks.bandwidth,
        "hop_cycles": checks.finite,
    }

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers of all nodes."""
        return self.nodes * self.filters * self.channels

    def build(self) -> RingArrays:
        """The machine as a pytree of Python floats."""
        return RingArrays(**self.arrays(_FIELDS))
