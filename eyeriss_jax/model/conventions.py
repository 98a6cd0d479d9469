"""Accounting conventions: what is counted as an access, as named switches.

The same mapping costs different energy in each tool because they count differently, not because one is wrong.
Each switch is a property of the hardware or of the book-keeping; the presets are what each tool does.
"""

from dataclasses import dataclass

from eyeriss_jax.errors import SpecError


@dataclass(frozen=True, kw_only=True, slots=True)
class Conventions:
    """Static switches of the laws (hashable: each combination is its own compiled program).

    Attributes:
        sliding_window: the overlap of consecutive iact tiles stays in the buffer (PE and GLB).
        halo_multicast: PEs that need the same input word at the same time share one read, also when their
            tiles only overlap (the row-stationary diagonal). Otherwise only PEs that differ in M share.
        stationary_across_dram: what a PE holds stays while the DRAM tile changes, as long as no relevant loop
            iterates. Otherwise it is lost with the GLB tile around it.
        charge_drain: reading a psum to send it upward counts as a read.
        refill_to_pes: a refilled psum is written to the SPad of every PE of its reduction group, and the first
            accumulation onto it counts as a read. Otherwise it enters at the end of the psum chain.
        elide_zero: the first accumulation onto a psum reads nothing. Otherwise it reads the zero that the SPad was
            cleared to, and a psum that takes several visits has its zero fetched for the first.
        register_reread: an iact read again for the next M counts as a new SPad read.
        nested_tiles: array tiles start anew with every DRAM tile. Otherwise each level rounds up for itself:
            ceil(extent / tile) steps, as equations with one reuse factor per level have it.
        padding_in_dram: padding is stored in DRAM and read like the rest of the input.
        glb_slides: with ``sliding_window``, the overlap of consecutive DRAM tiles stays in the GLB as well.
        glb_iacts_stay: iacts stay in the GLB while DRAM loops over M advance. Otherwise each DRAM tile brings its iacts
            anew.
        pass_multicast: an iact is read once for all PEs that need it anywhere in a pass (they run skewed, or hand it
            on). Otherwise, as ``halo_multicast`` says, only for those that need it at the same position.
        one_rf: a PE has one register file that the data types share; a type without words in it streams past, to come
            again at every step.
        reuse_equations: accesses as in equations 3 and 4 of ISCA 2016, from reuse factors a, b, c, d at DRAM, GLB,
            array and RF. Input data: every word sent down is one access of its level, its arrival at the next is free.
            psums: 2(b-1) at the GLB, c-1 hops in the array and 2(d-1) at the RF, as the first accumulation at a level
            is the level's above.

    Example:
        >>> conventions("timeloop").charge_drain
        False
    """

    sliding_window: bool = True
    halo_multicast: bool = True
    stationary_across_dram: bool = True
    charge_drain: bool = True
    refill_to_pes: bool = False
    elide_zero: bool = True
    register_reread: bool = True
    nested_tiles: bool = True
    padding_in_dram: bool = False
    glb_slides: bool = True
    glb_iacts_stay: bool = True
    pass_multicast: bool = False
    one_rf: bool = False
    reuse_equations: bool = False

    @property
    def visits_save_reads(self) -> bool:
        """Whether each visit of a psum saves its first read and pays for nothing: more visits mean fewer reads."""
        return self.elide_zero and not self.refill_to_pes and not self.charge_drain


OURS = Conventions()
TIMELOOP = Conventions(charge_drain=False, refill_to_pes=True)
ACCELFORGE = Conventions(sliding_window=False, halo_multicast=False, stationary_across_dram=False, refill_to_pes=True)
ZIGZAG = Conventions(sliding_window=False, refill_to_pes=True, elide_zero=False, register_reread=False)
ISCA16 = Conventions(
    stationary_across_dram=False,
    charge_drain=False,
    nested_tiles=False,
    padding_in_dram=True,
    glb_slides=False,
    glb_iacts_stay=False,
    pass_multicast=True,
    one_rf=True,
    reuse_equations=True,
)
"""The framework of ISCA 2016, section VI, by which Eyeriss was compared with other dataflows."""

CONVENTIONS: dict[str, Conventions] = {
    "ours": OURS,
    "timeloop": TIMELOOP,
    "accelforge": ACCELFORGE,
    "zigzag": ZIGZAG,
}
"""The conventions of tools, which a run of the functional model reproduces word by word."""

FRAMEWORKS: dict[str, Conventions] = {"isca16": ISCA16}
"""The conventions of equations in the literature, which count no schedule that a machine could run."""


def conventions(name: str) -> Conventions:
    """The preset ``name``.

    Raises:
        SpecError: no such preset.

    Example:
        >>> conventions("ours") == Conventions()
        True
    """
    known = CONVENTIONS | FRAMEWORKS
    if name not in known:
        raise SpecError(f"unknown conventions {name!r}: choose one of {', '.join(known)}")
    return known[name]
