"""Accounting switches of the functional model: what the hardware keeps, shares, and counts as an access."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Accounting:
    """Properties of the hardware (the first three change what moves) and of the book-keeping (the others).

    Attributes:
        sliding_window: the overlap of consecutive iact tiles stays: in a PE that moves along E, and in a GLB whose
            innermost DRAM loop moves along E or F.
        halo_multicast: PEs of one cluster that fetch the same iact word at the same position share one read, also
            when their windows only overlap; otherwise only PEs that differ in M share.
        stationary_across_dram: what a PE holds stays while the DRAM tile around it changes; otherwise it is lost.
        charge_drain: reading a psum to send it upward counts as a read.
        refill_to_pes: a psum that comes back is written to the SPad of every PE of its reduction group, and the
            first accumulation onto it is a read; otherwise it enters at the end of the psum chain.
        elide_zero: the first accumulation onto a psum reads nothing; otherwise it reads a zero, which comes from
            where psums come back from if any do.
        register_reread: an iact that is used again for the next output channel is read from the SPad again.
    """

    sliding_window: bool = True
    halo_multicast: bool = True
    stationary_across_dram: bool = True
    charge_drain: bool = True
    refill_to_pes: bool = False
    elide_zero: bool = True
    register_reread: bool = True


EYERISS = Accounting()
"""What the Eyeriss papers describe, and the default."""
