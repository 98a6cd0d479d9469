"""The chips of the field by name. Every number carries its source in ``sources``; tags as in the presets of Eyeriss."""

from collections.abc import Callable

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.field import FieldMachine
from eyeriss_jax.hardware.presets.field.cnvlutin import cnvlutin
from eyeriss_jax.hardware.presets.field.dadiannao import dadiannao, dadiannao_ring
from eyeriss_jax.hardware.presets.field.diannao import diannao
from eyeriss_jax.hardware.presets.field.eie import eie
from eyeriss_jax.hardware.presets.field.flexflow import flexflow
from eyeriss_jax.hardware.presets.field.flexflow_baselines import flexflow_2d, flexflow_tiling
from eyeriss_jax.hardware.presets.field.scnn import scnn, scnn_dense
from eyeriss_jax.hardware.presets.field.shidiannao import shidiannao
from eyeriss_jax.hardware.presets.field.tpu_v1 import tpu_v1
from eyeriss_jax.hardware.presets.field.zhang_fpga15 import alwani_micro16, shen_isca17, zhang_fpga15

FIELD_MACHINES: dict[str, Callable[[], FieldMachine]] = {
    "zhang_fpga15": zhang_fpga15,
    "shen_isca17": shen_isca17,
    "alwani_micro16": alwani_micro16,
    "diannao": diannao,
    "cnvlutin": cnvlutin,
    "dadiannao": dadiannao,
    "dadiannao_ring": dadiannao_ring,
    "shidiannao": shidiannao,
    "flexflow": flexflow,
    "flexflow_tiling": flexflow_tiling,
    "flexflow_2d": flexflow_2d,
    "tpu_v1": tpu_v1,
    "eie": eie,
    "scnn": scnn,
    "scnn_dense": scnn_dense,
}
"""The published chips that are modelled by their mechanism alone."""


def field_machine(name: str) -> FieldMachine:
    """The chip called ``name``, one of :data:`FIELD_MACHINES`.

    Raises:
        SpecError: no chip has that name; the message suggests the closest and lists all.

    Example:
        >>> field_machine("diannao").macs_per_cycle
        256
    """
    checks.known_name("field machine", name, FIELD_MACHINES)
    return FIELD_MACHINES[name]()


__all__ = [
    "FIELD_MACHINES", "alwani_micro16", "cnvlutin", "dadiannao", "dadiannao_ring", "diannao", "eie", "field_machine",
    "flexflow", "flexflow_2d", "flexflow_tiling", "scnn", "scnn_dense", "shen_isca17", "shidiannao", "tpu_v1",
    "zhang_fpga15",
]  # fmt: skip
