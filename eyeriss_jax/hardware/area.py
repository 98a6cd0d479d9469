"""The area law: gates and SRAM of a design from its parameters, so that designs of equal area can be compared.

Everything is counted in gates, the area of one NAND2. Logic is built bottom up: a multiplier is an array of full
adders, a SPad of registers pays per bit (and again for every further port), a router pays for its crosspoints and
for a register at each output. SRAM pays per bit, more in the small macros of a PE than in the banks of a GLB. As in
the papers the weight SPad is SRAM, the iact and psum SPads are registers.
"""

from dataclasses import dataclass, fields
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct

from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.arrays import AcceleratorArrays


class AreaConstants(struct.PyTreeNode):
    """An :class:`AreaTable` as scalars, the form the law takes."""

    adder_bit: Any
    and_gate: Any
    register_bit: Any
    port_share: Any
    spad_sram_bit: Any
    glb_sram_bit: Any
    dense_control: Any
    sparse_control: Any
    lane_control: Any
    crosspoint_bit: Any
    um2_per_gate: Any


class Area(struct.PyTreeNode):
    """Area of a whole design by component, in gates (NAND2 equivalents).

    ``spads`` (registers and SRAM), ``macs`` and ``pe_control`` make up the PEs; ``spad_sram`` is the part of
    ``spads`` in SRAM. ``logic`` is everything but SRAM, the "logic gates" of the papers; ``mm2`` the total in mm2.
    """

    macs: Any
    spads: Any
    spad_sram: Any
    pe_control: Any
    noc: Any
    glb: Any
    pes: Any
    logic: Any
    total: Any
    mm2: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaTable:
    """Gates per building block.

    Attributes:
        name: Short name.
        source: Where the numbers come from.
        adder_bit: one bit of a full adder; a multiplier has one, and an AND, per pair of operand bits.
        and_gate: an AND gate.
        register_bit: one bit of a register SPad with its write enable and read multiplexer, or of a port register.
        port_share: what each further pair of ports adds to a register bit, as a share of it.
        spad_sram_bit: one bit of a PE's SRAM.
        glb_sram_bit: one bit of a GLB bank.
        dense_control: control of a dense PE.
        sparse_control: control of a PE that works on compressed data.
        lane_control: control of each further lane, and its share of a wider port.
        crosspoint_bit: one bit of one input of a router's output multiplexer.
        um2_per_gate: placed and routed area of a gate, in square micrometres.

    Raises:
        SpecError: a size that is negative, infinite or not a number.
    """

    name: str
    source: str
    adder_bit: float
    and_gate: float
    register_bit: float
    port_share: float
    spad_sram_bit: float
    glb_sram_bit: float
    dense_control: float
    sparse_control: float
    lane_control: float
    crosspoint_bit: float
    um2_per_gate: float

    def __post_init__(self) -> None:
        """Validates every size."""
        for item in fields(AreaTable)[2:]:
            checks.finite(f"area table {self.name}: {item.name}", getattr(self, item.name))

    def build(self) -> AreaConstants:
        """The table as a pytree of floats."""
        return AreaConstants(**{item.name: float(getattr(self, item.name)) for item in fields(AreaTable)[2:]})


TSMC65 = AreaTable(
    name="TSMC65",
    source="65 nm. Textbook [D]: adder_bit, and_gate, crosspoint_bit, port_share. Fitted [D]: register_bit, "
    "spad_sram_bit, dense_control, sparse_control and lane_control on five figures of JETCAS 2019 [P] (v2 has 2695 k "
    "gates of logic, twice v1.5; its PE is 1.73 times v1's, 1.5 from sparsity and 1.15 from SIMD; SPads are 72 % of "
    "it); glb_sram_bit and um2_per_gate on two of JSSC 2017 [P] (SPads take 2.5 times the GLB's area; the core 12.25 "
    "mm2)",
    adder_bit=5.0,
    and_gate=1.25,
    register_bit=5.7,
    port_share=0.5,
    spad_sram_bit=3.2,
    glb_sram_bit=1.12,
    dense_control=2340.0,
    sparse_control=4340.0,
    lane_control=410.0,
    crosspoint_bit=1.5,
    um2_per_gate=2.82,
)
"""The process of Eyeriss v1 (TSMC 65LP [P]) and v2 (65 nm [P])."""


def area(accelerator: AcceleratorArrays, table: AreaConstants) -> Area:
    """The area of ``accelerator``; a pure function of scalars. A port of unlimited width is no hardware and is free."""
    pes = accelerator.cluster_rows * accelerator.cluster_cols * accelerator.pe_rows * accelerator.pe_cols
    registers, sram_bits = _spads(accelerator, table)
    macs = pes * accelerator.lanes * _mac(accelerator, table)
    spad_sram = pes * sram_bits * table.spad_sram_bit
    spads = pes * registers + spad_sram
    is_sparse = accelerator.sparse_pe.present > 0
    control = jnp.where(is_sparse, table.sparse_control, table.dense_control)
    pe_control = pes * (control + (accelerator.lanes - 1) * table.lane_control)
    noc = jnp.where(accelerator.noc_is_mesh > 0, _mesh(accelerator, table), _bus(accelerator, table))
    glb_bits = accelerator.glb_bits.iact + accelerator.glb_bits.weight + accelerator.glb_bits.psum
    clusters = accelerator.cluster_rows * accelerator.cluster_cols
    glb = clusters * (glb_bits + accelerator.glb_shared_bits) * table.glb_sram_bit
    in_pes = macs + spads + pe_control
    total = in_pes + noc + glb
    return Area(
        macs=macs,
        spads=spads,
        spad_sram=spad_sram,
        pe_control=pe_control,
        noc=noc,
        glb=glb,
        pes=in_pes,
        logic=total - glb - spad_sram,
        total=total,
        mm2=total * table.um2_per_gate * 1e-6,
    )


def _mac(accelerator: AcceleratorArrays, table: AreaConstants) -> Any:
    """Gates of one multiplier and its accumulator."""
    bits = accelerator.word_bits
    return bits.iact * bits.weight * (table.adder_bit + table.and_gate) + bits.psum * table.adder_bit


def _spads(accelerator: AcceleratorArrays, table: AreaConstants) -> tuple[Any, Any]:
    """Gates of one PE's register SPads, and bits of its SRAM.

    A sparse PE holds pairs and two address vectors. That of the iacts (not a field of the PE) points every second
    pair and past the end, 9 entries of 4 b in Eyeriss v2.
    """
    words, bits, sparse = accelerator.spad_words, accelerator.word_bits, accelerator.sparse_pe
    iact_address = (sparse.iact_pairs / 2 + 1) * jnp.log2(sparse.iact_pairs)
    packed = sparse.iact_pairs * sparse.pair_bits + iact_address + sparse.weight_columns * sparse.address_bits
    is_sparse = sparse.present > 0
    iact = jnp.where(is_sparse, packed, words.iact * bits.iact)
    weight = jnp.where(is_sparse, sparse.weight_pairs * sparse.pair_bits, words.weight * bits.weight)
    psum = words.psum * bits.psum * (1 + table.port_share * (accelerator.lanes - 1))
    return (iact + psum) * table.register_bit, weight


def _port_bits(accelerator: AcceleratorArrays) -> tuple[Any, Any, Any]:
    """Bits per cycle of one NoC port of each data type; 0 where unlimited."""
    words, bits = accelerator.noc_words_per_cycle, accelerator.word_bits
    port = [words.iact * bits.iact, words.weight * bits.weight, words.psum * bits.psum]
    iact, weight, psum = (jnp.where(jnp.isfinite(width), width, 0.0) for width in port)
    return iact, weight, psum


def _mesh(accelerator: AcceleratorArrays, table: AreaConstants) -> Any:
    """Gates of all routers: 4 x 4 ports for iacts, 2 x 2 for weights, 3 x 3 for psums (JETCAS 2019 section III).

    Grids of more than two columns need one more port pair for iacts and for weights. Every PE selects among the
    iact routers of its cluster.
    """
    iact, weight, psum = _port_bits(accelerator)
    iact_all, weight_all, psum_all = iact, weight * accelerator.pe_rows, psum * accelerator.pe_cols
    wide = jnp.where(accelerator.cluster_cols > 2, 1.0, 0.0)
    iact_ports, weight_ports, psum_ports = 4 + wide, 2 + wide, 3
    crosspoints = iact_ports**2 * iact_all + weight_ports**2 * weight_all + psum_ports**2 * psum_all
    selection = accelerator.pe_rows * accelerator.pe_cols * iact_all
    registers = iact_ports * iact_all + weight_ports * weight_all + psum_ports * psum_all
    clusters = accelerator.cluster_rows * accelerator.cluster_cols
    return clusters * ((crosspoints + selection) * table.crosspoint_bit + registers * table.register_bit)


def _bus(accelerator: AcceleratorArrays, table: AreaConstants) -> Any:
    """Gates of the multicast buses: a register per bit at each PE, where psums both enter and leave."""
    iact, weight, psum = _port_bits(accelerator)
    pes = accelerator.cluster_rows * accelerator.cluster_cols * accelerator.pe_rows * accelerator.pe_cols
    return pes * (iact + weight + 2 * psum) * table.register_bit


def area_of(accelerator: Accelerator, table: AreaTable = TSMC65) -> Area:
    """The area of a design on the host, as Python floats."""
    return jax.tree.map(float, area(accelerator.build(), table.build()))
