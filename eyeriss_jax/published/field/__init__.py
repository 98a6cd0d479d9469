"""The figures of the accelerators that Eyeriss v2 answers to, a file per chip."""

from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field import (
    cnvlutin,
    dadiannao,
    diannao,
    eie,
    flexflow,
    scnn,
    shidiannao,
    tpu_v1,
    zhang_fpga15,
    zhang_structure,
)

_CHIPS = (zhang_fpga15, zhang_structure, diannao, dadiannao, cnvlutin, shidiannao, flexflow, tpu_v1, eie, scnn)


def claims() -> tuple[Claim, ...]:
    """The claims of every chip."""
    return tuple(claim for chip in _CHIPS for claim in chip.claims())
