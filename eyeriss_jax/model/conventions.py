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

    @property
    def visits_save_reads(self) -> bool:
        """Whether each visit of a psum saves its first read and pays for nothing: more visits mean fewer reads."""
        return self.elide_zero and not self.refill_to_pes and not self.charge_drain


OURS = Conventions()
TIMELOOP = Conventions(charge_drain=False, refill_to_pes=True)
ACCELFORGE = Conventions(sliding_window=False, halo_multicast=False, stationary_across_dram=False, refill_to_pes=True)
ZIGZAG = Conventions(sliding_window=False, refill_to_pes=True, elide_zero=False, register_reread=False)

CONVENTIONS: dict[str, Conventions] = {
    "ours": OURS,
    "timeloop": TIMELOOP,
    "accelforge": ACCELFORGE,
    "zigzag": ZIGZAG,
}


def conventions(name: str) -> Conventions:
    """The preset ``name``.

    Raises:
        SpecError: no such preset.

    Example:
        >>> conventions("ours") == Conventions()
        True
    """
    if name not in CONVENTIONS:
        raise SpecError(f"unknown conventions {name!r}: choose one of {', '.join(CONVENTIONS)}")
    return CONVENTIONS[name]
