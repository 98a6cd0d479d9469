"""Energy per access: the tables, each with its unit and source, and how they follow the word width."""

from dataclasses import dataclass, replace
from typing import Any

from flax import struct

from eyeriss_jax.dims import PerType
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.quantities import Types


class EnergyArrays(struct.PyTreeNode):
    """Energy per access as scalars; the unit is the table's."""

    mac: Any
    spad: PerType
    glb: PerType
    dram: PerType
    noc: PerType
    static_per_cycle: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyTable:
    """Energy of one access per word, with its unit and source.

    Reads and writes cost the same. ``mac`` is per MAC; ``spad``, ``glb`` and ``dram`` are per word of the data
    type's own width (a psum that leaves as an oact is narrower than the ``dram.psum`` word). ``noc`` is per word
    and destination PE (inter-PE hop for psums); ``static_per_cycle`` is the clock and leakage of the whole chip.

    Raises:
        SpecError: an energy that is negative, infinite or not a number.

    Example:
        >>> table = accelerator("eyeriss_v1").energy
        >>> table.unit, table.mac, table.dram.iact
        ('energy of one 16-bit MAC', 1.0, 200.0)
    """

    name: str
    unit: str
    source: str
    mac: float
    spad: Types
    glb: Types
    dram: Types
    noc: Types
    static_per_cycle: float = 0.0

    def __post_init__(self) -> None:
        """Validates every energy."""
        where = f"energy table {self.name}"
        checks.finite(f"{where}: mac", self.mac)
        checks.finite(f"{where}: static_per_cycle", self.static_per_cycle)
        for level in ("spad", "glb", "dram", "noc"):
            checks.per_type(f"{where}: {level}", getattr(self, level), checks.finite)

    def build(self) -> EnergyArrays:
        """The table as a pytree of floats, the form the laws take."""
        return EnergyArrays(
            mac=float(self.mac),
            spad=self.spad.build(),
            glb=self.glb.build(),
            dram=self.dram.build(),
            noc=self.noc.build(),
            static_per_cycle=float(self.static_per_cycle),
        )


def scaled_by_bits(table: EnergyTable, bits: Types, reference_bits: int = 16) -> EnergyTable:
    """``table``, which holds for words of ``reference_bits``, for words of ``bits``.

    Two assumptions, neither of them published for these tables. An access costs energy in proportion to the
    bits it moves, so SPad, GLB, DRAM and NoC energies are multiplied by ``bits / reference_bits``. A MAC is
    dominated by its multiplier, whose energy grows with the product of the operand widths, so it is multiplied
    by ``bits.iact * bits.weight / reference_bits**2``: 1 at 16 b, 1/4 at 8 b. ``static_per_cycle`` is kept.

    Raises:
        SpecError: a width that is not a finite number above 0.
    """
    checks.per_type("scaled_by_bits: bits", bits, checks.positive)
    checks.positive("scaled_by_bits: reference_bits", reference_bits)

    def scaled(energy: Types) -> Types:
        return Types(
            iact=energy.iact * bits.iact / reference_bits,
            weight=energy.weight * bits.weight / reference_bits,
            psum=energy.psum * bits.psum / reference_bits,
        )

    widths = f"{bits.iact:g}/{bits.weight:g}/{bits.psum:g} b"
    return replace(
        table,
        name=f"{table.name} at {widths}",
        source=f"{table.source}; from {reference_bits} b to {widths}, accesses linearly and the MAC quadratically [D]",
        mac=table.mac * bits.iact * bits.weight / reference_bits**2,
        spad=scaled(table.spad),
        glb=scaled(table.glb),
        dram=scaled(table.dram),
        noc=scaled(table.noc),
    )


def _same(energy: float) -> Types:
    return Types(iact=energy, weight=energy, psum=energy)


ISCA16 = EnergyTable(
    name="ISCA16",
    unit="energy of one 16-bit MAC",
    source="Chen et al., ISCA 2016, Table IV (65 nm, 16 b, relative to one MAC) [P]",
    mac=1.0,
    spad=_same(1.0),
    glb=_same(6.0),
    dram=_same(200.0),
    noc=_same(2.0),
)

TIMELOOP_E168 = EnergyTable(
    name="TIMELOOP_E168",
    unit="energy of one 16-bit MAC (Timeloop prints it as pJ)",
    source="architecture of the Timeloop reference cases: Eyeriss ratios, no network or leakage energy [D]",
    mac=1.0,
    spad=_same(1.0),
    glb=_same(6.0),
    dram=_same(200.0),
    noc=_same(0.0),
)

ENERGY_TABLES: dict[str, EnergyTable] = {table.name: table for table in (ISCA16, TIMELOOP_E168)}
"""The energy tables by name."""


def energy_table(name: str) -> EnergyTable:
    """The energy table called ``name``.

    Raises:
        SpecError: no table has that name; the message suggests the closest and lists all.
    """
    checks.known_name("energy table", name, ENERGY_TABLES)
    return ENERGY_TABLES[name]
