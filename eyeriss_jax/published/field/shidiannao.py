"""ShiDianNao, ISCA'15: reads of the input buffer that shifting between PEs saves."""

from eyeriss_jax.hardware.presets.field import shidiannao
from eyeriss_jax.layers.networks.field import lenet5
from eyeriss_jax.model.field.neighbour_shift import shifted_reads
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of

CHIP = "shidiannao"

_LENET = (
    "the law, exact for the paper's other example, gives 82 % over the 16 blocks of C1; the sentence has another slip, "
    "a kernel of 32x32"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return claims_of(
        CHIP, "NBin_reads_saved_by_shifting", _saved, statement="reads of the input buffer saved by shifting",
        tolerance=0.1, absolute=True, explanations={"LeNet-5 C1": _LENET},
    )  # fmt: skip


def _saved(row: Figure) -> float:
    """Percent of the reads without shifting, one per output and tap."""
    if row.workload == "2x2 PE, 3x3 kernel":
        return 100 * (1 - float(shifted_reads(2, 2, 3, 3)) / (2 * 2 * 3 * 3))
    layer = lenet5().layers[0]
    side = shidiannao().rows
    blocks = [min(side, layer.E - start) for start in range(0, layer.E, side)]
    reads = sum(float(shifted_reads(tall, wide, layer.R, layer.S)) for tall in blocks for wide in blocks)
    return 100 * (1 - reads / (layer.E * layer.F * layer.R * layer.S))
