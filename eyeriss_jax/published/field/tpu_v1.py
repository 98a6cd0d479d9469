"""TPU v1, ISCA'17: how the cycles of six applications divide (Table 3), and two times of one LSTM matrix.

The shapes of their layers are not published. What is, the batch or the MACs per weight byte, says how many positions
stream through a tile of weights, and that alone decides the shares of a long train of tiles. Cycles without matrix work
are not modelled: their share is taken from the table, as a condition.
"""

from eyeriss_jax.hardware.field import WeightTileMachine
from eyeriss_jax.hardware.presets.field import tpu_v1
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.field import spent
from eyeriss_jax.model.field.spent import Spent
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of, value_of

CHIP = "tpu_v1"

PASSES: dict[str, int] = {"LSTM0": 2}
"""Passes per MAC where not one. Fitted: chosen on LSTM0's 8.2 % of active cycles at 3.7 TOPS, which fit only half speed
(8-bit weights, 16-bit activations)."""

_FITTED = {"LSTM0": "half speed: chosen on the active share and the throughput of LSTM0"}
_LAYERS_UNKNOWN = (
    "an average of 1750 MACs per weight byte hides that its FC layers have no more than the batch of 32; the shapes of "
    "its 89 layers are not published"
)
_OTHER_RUN = (
    "the paper warns that throughputs come from production code and cycles from counters of other runs: useful MACs "
    "and peak would give {} TOPS in its own table"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    unknown = {"CNN1": _LAYERS_UNKNOWN}
    shares = {
        "array_active_cycles": ("the array is active", lambda parts: parts.useful + parts.shape + parts.precision),
        "weight_stall_cycles": ("the array waits for weights", lambda parts: parts.weight_bandwidth),
        "weight_shift_cycles": ("the array waits for a shift of weights", lambda parts: parts.weight_shift),
    }
    return (
        *(
            claim
            for quantity, (what, part) in shares.items()
            for claim in claims_of(
                CHIP, quantity, lambda row, part=part: _share(row.workload, part(_train(row.workload))),
                statement=f"share of cycles in which {what}", tolerance=3.0, absolute=True, unit="%", fitted=_FITTED,
                headline=("MLP0", "LSTM0") if quantity == "weight_stall_cycles" else (),
                explanations=unknown,
            )
        ),
        *claims_of(
            CHIP, "throughput_measured", _tops, statement="throughput", tolerance=0.1, fitted=_FITTED,
            explanations=unknown | {
                "MLP0": _OTHER_RUN.format("11.5"), "MLP1": _OTHER_RUN.format("8.6"), "CNN0": _OTHER_RUN.format("71.7"),
            },
        ),
        *(
            claim
            for side in (256, 512)
            for claim in claims_of(
                CHIP, f"time_{side}_array", lambda _, side=side: _microseconds(_square(side)),
                statement=f"time on an array of {side}x{side}", tolerance=0.05,
            )
        ),
        *claims_of(
            CHIP, "gain_clock_4x", lambda _: _microseconds(tpu_v1()) / _microseconds(_clocked(4)),
            statement="speed-up by four times the clock", tolerance=0.05,
        ),
    )  # fmt: skip


def _train(workload: str) -> Spent:
    """A tile of weights in a long train of them."""
    reused = value_of(CHIP, "MACs_per_weight_byte", workload)
    machine = tpu_v1(PASSES.get(workload, 1)).replace(ramp_cycles=0)
    return spent(Layer.fully_connected("tile", machine.rows, machine.cols, round(reused)), machine)


def _share(workload: str, cycles: float) -> float:
    """Percent of all cycles, those without matrix work included."""
    return (100 - value_of(CHIP, "non_matrix_cycles", workload)) * cycles / _train(workload).total


def _tops(row: Figure) -> float:
    """Peak times the active share, at the table's own share of useful MACs in active cycles."""
    parts, peak = _train(row.workload), 2 * tpu_v1().macs_per_cycle * tpu_v1().clock_hz / 1e12
    active = value_of(CHIP, "array_active_cycles", row.workload)
    filled = value_of(CHIP, "useful_MACs_of_peak", row.workload) / active
    return peak * filled * _share(row.workload, parts.useful + parts.shape) / 100


def _square(side: int) -> WeightTileMachine:
    """The same memory behind another array."""
    return tpu_v1().replace(rows=side, cols=side, shift_cycles=side)


def _clocked(times: int) -> WeightTileMachine:
    """A faster clock before the same memory, of which a cycle then has less."""
    base = tpu_v1()
    return base.replace(
        clock_hz=times * base.clock_hz, weight_bits_per_cycle=base.weight_bits_per_cycle / times
    )  # fmt: skip


def _microseconds(machine: WeightTileMachine) -> float:
    """A 600x600 matrix of LSTM1 at its batch of 96, without the fill of the array."""
    batch = round(value_of(CHIP, "batch", "LSTM1"))
    cycles = spent(Layer.fully_connected("LSTM1", 600, 600, batch), machine.replace(ramp_cycles=0)).total
    return 1e6 * cycles / machine.clock_hz
