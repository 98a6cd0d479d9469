"""WHERE a layer runs: the accelerator, its energy tables and (in ``presets``) the published designs."""

from eyeriss_jax.hardware.accelerator import AXES, NOC_KINDS, Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.hardware.energy import (
    ENERGY_TABLES,
    EYERISS_V1_65NM,
    EYERISS_V2_65NM,
    ISCA16,
    TIMELOOP_E168,
    EnergyArrays,
    EnergyTable,
    energy_table,
    eyeriss_65nm,
    scaled_by_bits,
)
from eyeriss_jax.hardware.quantities import BITS_PER_KB, Types
from eyeriss_jax.hardware.sparse_pe import SparsePe

__all__ = [
    "AXES",
    "BITS_PER_KB",
    "ENERGY_TABLES",
    "EYERISS_V1_65NM",
    "EYERISS_V2_65NM",
    "ISCA16",
    "NOC_KINDS",
    "TIMELOOP_E168",
    "Accelerator",
    "AcceleratorArrays",
    "EnergyArrays",
    "EnergyTable",
    "SparsePe",
    "Types",
    "energy_table",
    "eyeriss_65nm",
    "scaled_by_bits",
]
