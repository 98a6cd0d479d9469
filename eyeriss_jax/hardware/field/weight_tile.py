"""A systolic array that holds a tile of weights while another one is loaded and shifted in (TPU v1)."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field.machine import FieldMachine


class WeightTileArrays(struct.PyTreeNode):
    """A :class:`WeightTileMachine` as scalars, the form the law takes."""

    rows: Any
    cols: Any
    accumulators: Any
    shift_cycles: Any
    weight_bits_per_cycle: Any
    weight_bits: Any
    passes_per_mac: Any
    ramp_cycles: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightTileMachine(FieldMachine):
    """Weights stand in rows of inputs and columns of filters; activations stream through, psums fall out below.

    Rows take the inputs of a layer as one flat dimension C·R·S (im2col), columns its filters. A tile of weights is
    loaded into a FIFO, then shifted in behind the one at work. Accumulators lie below the array: so many output
    positions go by before the next tile of inputs adds to them.

    Attributes:
        rows: [inputs] C·R·S at a time.
        cols: [filters] M at a time.
        accumulators: [positions] Output positions N·E·F per column that one use of a tile can add to.
        shift_cycles: [cycles] Time to shift a tile into the array.
        weight_bits_per_cycle: [bits/cycle] What the weight memory delivers.
        weight_bits: [bits] Width of a weight.
        passes_per_mac: [cycles] Times that an activation streams through: 1 for operands as wide as the multipliers, 2
            where one operand is twice as wide, 4 where both are.
        ramp_cycles: [cycles] Fill and drain of the array, once per layer, as the next one waits for the outputs.

    Raises:
        SpecError: a value that no hardware has; the message names the value, the rule and the fix.
    """

    rows: int
    cols: int
    accumulators: int
    shift_cycles: int
    weight_bits_per_cycle: float
    weight_bits: int = 8
    passes_per_mac: int = 1
    ramp_cycles: float = 0.0

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys(
            ("rows", "cols", "accumulators", "weight_bits", "passes_per_mac"), partial(checks.integer, least=1)
        ),
        "shift_cycles": partial(checks.integer, least=0),
        "weight_bits_per_cycle": checks.bandwidth,
        "ramp_cycles": checks.finite,
    }

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers."""
        return self.rows * self.cols

    def build(self) -> WeightTileArrays:
        """The machine as a pytree of Python floats."""
        return WeightTileArrays(**self.arrays(tuple(WeightTileArrays.__dataclass_fields__)))
