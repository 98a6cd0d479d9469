"""DianNao, ASPLOS'14: peak, and how much longer than ideal its layers take (Fig 16)."""

from eyeriss_jax.hardware.presets.field import diannao
from eyeriss_jax.layers.networks.field import diannao_layers
from eyeriss_jax.model.field import spent
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of

CHIP = "diannao"

_GIBI = 2**30

_REQUESTS = (
    "the law has weights only; the paper blames short DMA requests, of 8 and 32 input maps here, and inputs that are "
    "fetched again for every tile of outputs"
)
_ROWS = "256 inputs x 384 outputs per position, private kernels: 133 GB/s of weights, where CLASS1 has 166"


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        *claims_of(
            CHIP, "time_over_ideal", _over_ideal, statement="time over that with all operands ready", tolerance=0.15,
            fitted={"CLASS1": "bandwidth of weights: chosen on this figure"},
            explanations={"CONV1": _REQUESTS, "CONV2*": _REQUESTS, "CONV5*": _ROWS},
        ),
        *claims_of(
            CHIP, "peak", lambda _: 496 * diannao().clock_hz / _GIBI,
            statement="peak of 256 multipliers and 16 x 15 adders, in binary giga", tolerance=0.005,
        ),
    )  # fmt: skip


def _over_ideal(row: Figure) -> float:
    layer = next(each for each in diannao_layers().layers if each.name == row.workload)
    parts = spent(layer, diannao())
    return parts.total / (parts.useful + parts.shape)
