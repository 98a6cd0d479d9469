"""Zhang, FPGA'15: cycles of AlexNet's CONV layers, and what the board took for them."""

from eyeriss_jax.hardware.presets.field import zhang_fpga15
from eyeriss_jax.layers.networks.field import alexnet_half
from eyeriss_jax.model.field import spent
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of
from eyeriss_jax.published.field.runs import cycles_of

CHIP = "zhang_fpga15"

BEST: dict[str, tuple[int, int]] = {
    "CONV1": (48, 3), "CONV2": (20, 24), "CONV3": (96, 5), "CONV4": (95, 5), "CONV5": (32, 15),
}  # fmt: skip
"""The factors (Tm, Tn) that the paper prints as each layer's best."""

_RAMP = "ramp of 20 cycles per pair of tiles: chosen on this figure"
_ONE_TILE = "no ramp in a layer with one pair of tiles: chosen on this figure"
_MISPRINT = (
    "the printed factors give {ours} pairs of tiles, the printed cycles are those of {printed}: by the law, as for the "
    "other three layers, the factors look misprinted"
)
_TRANSFERS = (
    "the measured time holds transfers that are not hidden, the first load and the last store of each tile; the law "
    "has none of them, and the surplus grows with the number of tiles"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        *claims_of(
            CHIP, "cycles_layer_optimum", _best, statement="cycles with each layer's best factors, one half",
            tolerance=0.0, fitted={"CONV1": _ONE_TILE}, explanations={
                "CONV2": _MISPRINT.format(ours=14, printed=13),
                "CONV4": _MISPRINT.format(ours=117, printed=78),
                "CONV1-5": "the sum of the five, two of which miss: see CONV2 and CONV4",
            },
        ),
        *claims_of(
            CHIP, "cycles_64_7", lambda _: _cycles("CONV1-5"), statement="cycles with 64 x 7 for all layers, one half",
            tolerance=0.0, fitted=_RAMP, headline=("CONV1-5",),
        ),
        *claims_of(
            CHIP, "time_measured", _milliseconds, statement="time on the board, both halves", tolerance=0.1,
            explanations=dict.fromkeys(("CONV4", "CONV5"), _TRANSFERS),
        ),
        *claims_of(
            CHIP, "throughput", _gflops, statement="throughput on the board", tolerance=0.1,
            explanations=dict.fromkeys(("CONV3", "CONV4", "CONV5"), _TRANSFERS),
        ),
    )  # fmt: skip


def _best(row: Figure) -> float:
    names = list(BEST) if row.workload == "CONV1-5" else [row.workload]
    layers = {layer.name: layer for layer in alexnet_half().layers}
    machines = {name: zhang_fpga15().replace(filters=BEST[name][0], channels=BEST[name][1]) for name in names}
    return sum(spent(layers[name], machine).total for name, machine in machines.items())


def _cycles(name: str) -> float:
    return cycles_of([layer for layer in alexnet_half().layers if name in (layer.name, "CONV1-5")], zhang_fpga15())


def _milliseconds(row: Figure) -> float:
    return 1e3 * 2 * _cycles(row.workload) / zhang_fpga15().clock_hz


def _gflops(row: Figure) -> float:
    macs = sum(layer.macs for layer in alexnet_half().layers if row.workload in (layer.name, "CONV1-5"))
    return 2 * 2 * macs / (_milliseconds(row) * 1e6)
