"""Energy per access: the tables, each with its unit and source, and how they follow the word width."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from flax import struct

from eyeriss_jax.dims import PerType
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.quantities import Types, decimal


class EnergyArrays(struct.PyTreeNode):
    """Energy per access as scalars; the unit is the table's."""

    mac: Any
    spad: PerType
    glb: PerType
    dram: PerType
    noc: PerType
    hop: PerType
    static_per_cycle: Any


NO_ENERGY = Types(iact=0.0, weight=0.0, psum=0.0)
"""What costs nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EnergyTable:
    """Energy of one access per word, with its unit and source.

    Reads and writes cost the same. Words are of the data type's own width; a psum that leaves as an oact is narrower
    than the ``dram.psum`` word.

    Attributes:
        name: Short name, used in messages and reports.
        unit: What the numbers count: pJ, or the energy of something.
        source: Where the numbers come from.
        mac: [unit/MAC] One MAC.
        spad: [unit/word] One access of a PE's SPad.
        glb: [unit/word] One access of the GLB.
        dram: [unit/word] One access of DRAM.
        noc: [unit/word] One word on its way to one PE; psums: from one PE to the next.
        hop: [unit/word] One word over a link between two clusters of a mesh.
        static_per_cycle: [unit/cycle] Clock and leakage of the whole chip.

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
    hop: Types = NO_ENERGY
    static_per_cycle: float = 0.0

    RULES: ClassVar[dict[str, checks.Rule]] = {
        **dict.fromkeys(("name", "unit"), checks.named),
        **dict.fromkeys(("mac", "static_per_cycle"), checks.finite),
        **dict.fromkeys(("spad", "glb", "dram", "noc", "hop"), partial(checks.per_type, check=checks.finite)),
    }
    """What each field must be by itself."""

    def __post_init__(self) -> None:
        """Validates every energy."""
        checks.fields(f"energy table {self.name}: ", self, self.RULES)

    def build(self) -> EnergyArrays:
        """The table as a pytree of floats, the form the laws take."""
        return EnergyArrays(
            mac=float(self.mac),
            spad=self.spad.build(),
            glb=self.glb.build(),
            dram=self.dram.build(),
            noc=self.noc.build(),
            hop=self.hop.build(),
            static_per_cycle=float(self.static_per_cycle),
        )


def scaled_by_bits(table: EnergyTable, bits: Types, reference_bits: int | Types = 16) -> EnergyTable:
    """``table``, which holds for words of ``reference_bits`` (of all data types, or of each), for words of ``bits``.

    Two assumptions, neither of them published for these tables. An access costs energy in proportion to the
    bits it moves, so SPad, GLB, DRAM and NoC energies (hops too) are multiplied by ``bits / reference_bits``. A MAC is
    dominated by its multiplier, whose energy grows with the product of the operand widths, so it is multiplied
    by that of iact and weight over that of the reference: 1 at 16 b, 1/4 at 8 b. ``static_per_cycle`` is kept.

    Raises:
        SpecError: a width that is not a finite number above 0.
    """
    checks.per_type("scaled_by_bits: bits", bits, checks.positive)
    if isinstance(reference_bits, Types):
        checks.per_type("scaled_by_bits: reference_bits", reference_bits, checks.positive)
        former, told = reference_bits, _widths(reference_bits)
    else:
        checks.positive("scaled_by_bits: reference_bits", reference_bits)
        former = Types(iact=reference_bits, weight=reference_bits, psum=reference_bits)
        told = f"{reference_bits} b"

    def scaled(energy: Types) -> Types:
        return Types(
            iact=decimal(energy.iact * bits.iact / former.iact),
            weight=decimal(energy.weight * bits.weight / former.weight),
            psum=decimal(energy.psum * bits.psum / former.psum),
        )

    widths = _widths(bits)
    return replace(
        table,
        name=f"{table.name} at {widths}",
        source=f"{table.source}; from {told} to {widths}, accesses linearly and the MAC quadratically [D]",
        mac=decimal(table.mac * bits.iact * bits.weight / (former.iact * former.weight)),
        spad=scaled(table.spad),
        glb=scaled(table.glb),
        dram=scaled(table.dram),
        noc=scaled(table.noc),
        hop=scaled(table.hop),
    )


def _widths(bits: Types) -> str:
    return f"{bits.iact:g}/{bits.weight:g}/{bits.psum:g} b"


MAC_PJ: float = 2.32
"""Energy of a 16-bit MAC in 65 nm, in pJ: the unit of the ISCA 2016 table. Fitted: see :func:`eyeriss_65nm`."""

CLOCK_PJ_PER_KGATE: float = 0.43
"""Clock network and leakage of 1000 gates of logic, in pJ per cycle. Fitted: see :func:`eyeriss_65nm`."""

PE_PITCH_MM: float = 0.24
"""Side of a v2 PE, in mm: its 20 k gates at 2.82 um2, both by the area model [D]."""

INTER_PE_MM: float = 1.5
"""Wire behind the inter-PE energy of ISCA 2016, Table IV: 1 to 2 mm [P]."""

V2_CLUSTER_MM: float = 1.02
"""Side of a cluster of v2 with its share of the GLB, in mm, by the area model [D]: a link from router to router."""

DENSE_CLUSTER_MM: float = 0.86
"""The same of v1.5: 12 dense PEs and 12 kB of GLB."""

V2_KGATES: float = 2695.0
"""Logic gates of Eyeriss v2, in thousands (JETCAS 2019 [P])."""

DENSE_KGATES_PER_PE: float = V2_KGATES / 2 / 192
"""The same of v1 and v1.5 per PE: their logic is half of v2's (JETCAS 2019 [P])."""


def eyeriss_65nm(name: str, bits: Types, kgates: float, cluster_mm: float) -> EnergyTable:
    """Energies in pJ of an Eyeriss in the 65 nm of JETCAS 2019, with words of ``bits`` and ``kgates`` of logic.

    The ratios between levels are those of ISCA 2016, Table IV, scaled to the word widths. The table's inter-PE energy
    stands for 1 to 2 mm of wire; a psum that moves to the PE above crosses one PE instead, and a word that moves from
    cluster to cluster the ``cluster_mm`` between two routers. The clock drives every gate in every cycle. Two constants
    are fitted, :data:`MAC_PJ` and :data:`CLOCK_PJ_PER_KGATE`, on the published efficiencies of two layers of dense
    AlexNet on v2, CONV1 (148.1 GOPS/W) and CONV3 (392.0 GOPS/W).

    Raises:
        SpecError: a width that is not above 0, or gates or a length that is negative or not finite.
    """
    checks.finite("eyeriss_65nm: kgates", kgates)
    checks.finite("eyeriss_65nm: cluster_mm", cluster_mm)
    relative = scaled_by_bits(ISCA16, bits)

    def picojoules(energy: Types, share: float = 1.0) -> Types:
        pj = MAC_PJ * share
        return Types(iact=decimal(energy.iact * pj), weight=decimal(energy.weight * pj), psum=decimal(energy.psum * pj))

    noc = picojoules(relative.noc)
    return EnergyTable(
        name=name,
        unit="pJ",
        source=f"{relative.source}; of {INTER_PE_MM} mm of wire, a psum takes {PE_PITCH_MM} mm to the next PE, and a "
        f"link between clusters is {cluster_mm:g} mm [D]; {MAC_PJ} pJ per 16-bit MAC and {CLOCK_PJ_PER_KGATE} pJ per "
        "cycle and 1000 gates of logic are fitted on CONV1 and CONV3 of dense AlexNet on v2 (JETCAS 2019, power "
        "breakdown [P])",
        mac=decimal(relative.mac * MAC_PJ),
        spad=picojoules(relative.spad),
        glb=picojoules(relative.glb),
        dram=picojoules(relative.dram),
        noc=replace(noc, psum=decimal(noc.psum * PE_PITCH_MM / INTER_PE_MM)),
        hop=picojoules(relative.noc, cluster_mm / INTER_PE_MM),
        static_per_cycle=decimal(kgates * CLOCK_PJ_PER_KGATE),
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

_JETCAS_BITS = Types(iact=8, weight=8, psum=20)

EYERISS_V1_65NM = eyeriss_65nm("EYERISS_V1_65NM", _JETCAS_BITS, 192 * DENSE_KGATES_PER_PE, DENSE_CLUSTER_MM)
"""The v1 and v1.5 of JETCAS 2019: 192 dense PEs, 8-bit iacts and weights, 20-bit psums."""

EYERISS_V2_65NM = eyeriss_65nm("EYERISS_V2_65NM", _JETCAS_BITS, V2_KGATES, V2_CLUSTER_MM)
"""The v2 of JETCAS 2019, of the same widths."""

ENERGY_TABLES: dict[str, EnergyTable] = {
    table.name: table for table in (ISCA16, TIMELOOP_E168, EYERISS_V1_65NM, EYERISS_V2_65NM)
}
"""The energy tables by name."""


def energy_table(name: str) -> EnergyTable:
    """The energy table called ``name``.

    Raises:
        SpecError: no table has that name; the message suggests the closest and lists all.
    """
    checks.known_name("energy table", name, ENERGY_TABLES)
    return ENERGY_TABLES[name]
