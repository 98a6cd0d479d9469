"""Cycles that two later papers print for Zhang's structure: Shen, ISCA'17, and Alwani, MICRO'16."""

from eyeriss_jax.hardware.presets.field import alwani_micro16, shen_isca17
from eyeriss_jax.layers import network
from eyeriss_jax.layers.networks.field import alexnet_half
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of
from eyeriss_jax.published.field.runs import cycles_of, utilization


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        *claims_of(
            "shen_isca17", "cycles", lambda row: _shen(row.workload),
            statement="cycles of AlexNet, both halves, one CLP", tolerance=0.5, absolute=True,
        ),
        *claims_of(
            "shen_isca17", "utilisation_single_CLP", lambda _: utilization(alexnet_half().layers, shen_isca17()),
            statement="utilisation, one CLP", tolerance=2.0, absolute=True,
        ),
        *claims_of(
            "shen_isca17", "throughput_single_CLP",
            lambda _: shen_isca17().clock_hz / (1e3 * _shen("CONV1-5")), statement="images per second, one CLP",
            tolerance=0.03,
        ),
        *claims_of(
            "alwani_micro16", "cycles", _alwani, statement="cycles of the baseline", tolerance=0.5, absolute=True,
        ),
    )  # fmt: skip


def _shen(workload: str) -> float:
    """Thousand cycles of both halves of a layer, or of all five."""
    layers = [layer for layer in alexnet_half().layers if workload in (layer.name, "CONV1-5")]
    return 2 * cycles_of(layers, shen_isca17()) / 1e3


def _alwani(row: Figure) -> float:
    """Thousand cycles: of AlexNet on Zhang's own 64 x 7, of VGG-E on 64 x 9. Its first five layers are VGG-16's."""
    if row.workload.startswith("AlexNet"):
        return cycles_of(alexnet_half().layers[:2], shen_isca17()) / 1e3
    return cycles_of(network("vgg16").layers[:5], alwani_micro16()) / 1e3
