"""EIE, ISCA'16: theoretical and actual times of its layers (Table IV), work left (Table III), throughput (Table V)."""

from eyeriss_jax.hardware.presets.field import eie
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.field import eie_layers
from eyeriss_jax.model.field import spent
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of

CHIP = "eie"

_DENSITIES = (
    "the density is printed in whole percent and the pattern taken as random; the entries that the printed time stands "
    "for would need {} % of the weights"
)
_BATCHES = (
    "as its theoretical time, which is 18 % low; and its 25,088 inputs run in several batches of at most 4 K "
    "activations, at a cost that is not given"
)
_ROUNDED = "by its own table {} %, but the paper prints {}"


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        *claims_of(
            CHIP, "work_left", _work_left, statement="MACs with two non-zero operands", tolerance=0.5, absolute=True,
            explanations={
                "Alex-8": _ROUNDED.format("37.5 % of 25 % is 9.4", 10),
                "NT-LSTM": _ROUNDED.format("100 % of 10 % is 10", 11),
            },
        ),
        *claims_of(
            CHIP, "time_theoretical", _theoretical, statement="time with the work spread evenly", tolerance=0.1,
            explanations={"Alex-8": _DENSITIES.format("30"), "VGG-6": _DENSITIES.format("5.4")},
        ),
        *claims_of(
            CHIP, "time_actual", lambda row: _actual(_layer(row)), statement="time with imbalance and queues of 8",
            tolerance=0.15, headline=("Alex-6", "VGG-6"),
            explanations={"Alex-8": "as its theoretical time, which is 16 % low", "VGG-6": _BATCHES},
        ),
        *claims_of(
            CHIP, "throughput_64PE", lambda row: 1e6 / _actual(_layer(row)), statement="vectors per second on 64 PEs",
            tolerance=0.15,
        ),
        *claims_of(
            CHIP, "throughput_256PE_28nm", lambda row: 1e6 / _actual(_layer(row), pes=256, clock_hz=1.2e9),
            statement="vectors per second on 256 PEs at 1.2 GHz", tolerance=0.15,
        ),
    )  # fmt: skip


def _layer(row: Figure) -> Layer:
    return next(layer for layer in eie_layers().layers if layer.name == row.workload)


def _work_left(row: Figure) -> float:
    sparsity = _layer(row).sparsity
    return 100 * sparsity.iact * sparsity.weight


def _theoretical(row: Figure) -> float:
    """Microseconds of the entries over the PEs."""
    parts = spent(_layer(row), eie())
    return 1e6 * (parts.useful + parts.format) / eie().clock_hz


def _actual(layer: Layer, **changes: float) -> float:
    """Microseconds, on EIE with some of its fields changed."""
    machine = eie().replace(**changes)
    return 1e6 * spent(layer, machine).total / machine.clock_hz
