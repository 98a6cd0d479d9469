"""The energy law: access counts times energy per access, plus MACs, NoC words and the clock."""

from typing import NamedTuple

from eyeriss_jax.dims import TYPES, PerType
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.model.evaluation import Access, Energy
from eyeriss_jax.model.tiling import Scalar
from eyeriss_jax.numerics import real


def _words(access: Access) -> Scalar:
    return access.reads + access.fills + access.updates


def _level(accesses: PerType, per_word: PerType) -> Scalar:
    return sum((_words(accesses[t]) * per_word[t] for t in TYPES), real(0))


class Moved(NamedTuple):
    """What moves per data type: accesses of ``spad``, ``glb`` and ``dram``, words over ``noc`` and ``hops``."""

    spad: PerType
    noc: PerType
    hops: PerType
    glb: PerType
    dram: PerType


def energy(
    macs: Scalar, moved: Moved, oacts: Scalar, oact_bits: Scalar, cycles: Scalar, accelerator: AcceleratorArrays
) -> Energy:
    """Energy by component, in the unit of the accelerator's table.

    ``macs`` are those that take place. An oact of ``oact_bits`` costs DRAM energy by its bits.
    """
    table = accelerator.energy
    narrow = 1.0 - oact_bits / accelerator.word_bits.psum
    parts = {
        "mac": macs * table.mac,
        "spad": _level(moved.spad, table.spad),
        "noc": sum((moved.noc[t] * table.noc[t] + moved.hops[t] * table.hop[t] for t in TYPES), real(0)),
        "glb": _level(moved.glb, table.glb),
        "dram": _level(moved.dram, table.dram) - narrow * oacts * table.dram.psum,
        "static": cycles * table.static_per_cycle,
    }
    return Energy(**parts, total=sum(parts.values(), real(0)))
