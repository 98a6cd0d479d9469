"""PEs that take non-zero activations off a broadcast, each through a queue of its own (EIE)."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine


class BroadcastArrays(struct.PyTreeNode):
    """A :class:`BroadcastMachine` as scalars, the form the law takes."""

    pes: Any
    queue_depth: Any
    longest_run: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class BroadcastMachine(FieldMachine):
    """Outputs are dealt out to PEs one by one; non-zero activations are broadcast, zeros of both operands are skipped.

    An activation is broadcast when every queue has room for it, at most one per cycle. Each PE then works through the
    non-zero weights that its outputs have for it, one per cycle, and takes a cycle where there is none.

    Attributes:
        pes: [PEs] PEs with one multiplier each.
        queue_depth: [activations] Activations that a PE holds, the one at work included.
        longest_run: [zeros] Zeros before a non-zero weight that its entry can tell; a longer run takes an entry of
            value zero for every ``longest_run`` + 1.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    pes: int
    queue_depth: int
    longest_run: int

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys(("pes", "queue_depth"), partial(checks.integer, least=1)),
        "longest_run": partial(checks.integer, least=0),
    }

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers."""
        return self.pes

    def build(self) -> BroadcastArrays:
        """The machine as a pytree of Python floats."""
        return BroadcastArrays(**self.arrays(tuple(BroadcastArrays.__dataclass_fields__)))
