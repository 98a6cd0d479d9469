"""PEs that multiply every fetched activation with every fetched weight, and meet after each group of filters (SCNN)."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine

_WHOLE = ("rows", "cols", "iacts", "weights", "filters_per_group", "accumulators")


class CartesianArrays(struct.PyTreeNode):
    """A :class:`CartesianMachine` as scalars, the form the law takes."""

    rows: Any
    cols: Any
    iacts: Any
    weights: Any
    filters_per_group: Any
    accumulators: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class CartesianMachine(FieldMachine):
    """Planes are tiled over PEs; a PE holds its non-zero activations and takes the non-zero weights off a broadcast.

    A fetch brings some activations and some weights of one channel, and all of their products take place in a cycle.
    PEs wait for each other after each group of filters, whose outputs the accumulators hold, halo included.

    Attributes:
        rows: [PEs] PEs along the height of a plane.
        cols: [PEs] PEs along its width.
        iacts: [activations] Activations per fetch, I.
        weights: [weights] Weights per fetch, F.
        filters_per_group: [filters] Filters that are worked on between two barriers, Kc.
        accumulators: [outputs] Outputs that a PE can add to; a plane tile of more is cut in time.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    rows: int
    cols: int
    iacts: int
    weights: int
    filters_per_group: int
    accumulators: int

    RULES: ClassVar[dict[str, checks.Rule]] = dict.fromkeys(_WHOLE, partial(checks.integer, least=1))

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers."""
        return self.rows * self.cols * self.iacts * self.weights

    def build(self) -> CartesianArrays:
        """The machine as a pytree of Python floats."""
        return CartesianArrays(**self.arrays(_WHOLE))
