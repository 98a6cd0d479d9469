"""Lanes that each skip the zero activations of their own bricks and meet at the end of a window (Cnvlutin)."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine

_FIELDS = ("lanes", "brick", "filters", "dense_channels")


class SkipLanesArrays(struct.PyTreeNode):
    """A :class:`SkipLanesMachine` as scalars, the form the law takes."""

    lanes: Any
    brick: Any
    filters: Any
    dense_channels: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class SkipLanesMachine(FieldMachine):
    """A window of inputs is cut into bricks of channels, dealt out to the lanes; a lane takes a non-zero per cycle.

    Every lane has its own weights for each filter, so that it goes on as it likes within a window; outputs need all
    lanes, so that all wait for the slowest at its end. A brick of zeros takes a cycle.

    Attributes:
        lanes: [activations] Lanes, each with one activation per cycle.
        brick: [channels] Channels of one position that are one brick.
        filters: [filters] M at a time.
        dense_channels: [channels] Layers of up to so many channels skip nothing: a brick per cycle on all lanes.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    lanes: int
    brick: int
    filters: int
    dense_channels: int = 0

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys(("lanes", "brick", "filters"), partial(checks.integer, least=1)),
        "dense_channels": partial(checks.integer, least=0),
    }

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers."""
        return self.lanes * self.filters

    def build(self) -> SkipLanesArrays:
        """The machine as a pytree of Python floats."""
        return SkipLanesArrays(**self.arrays(_FIELDS))
