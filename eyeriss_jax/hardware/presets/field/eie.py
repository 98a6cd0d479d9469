"""EIE (ISCA'16): compressed fully connected layers on 64 PEs."""

from eyeriss_jax.hardware.field import BroadcastMachine


def eie() -> BroadcastMachine:
    """64 PEs at 800 MHz, 45 nm; weights as 4-bit runs and 4-bit indices into a codebook."""
    return BroadcastMachine(
        name="eie",
        description="EIE (ISCA'16): 64 PEs with queues of 8 activations, 4-bit runs of zeros, 45 nm",
        pes=64,
        queue_depth=8,
        longest_run=15,
        clock_hz=800e6,
        sources={
            "pes": "ISCA'16 [P]: 64 PEs with one MAC each",
            "queue_depth": "ISCA'16 [P]: activation queues of 8",
            "longest_run": "ISCA'16 [P]: 4 b for the zeros before an entry",
            "clock_hz": "ISCA'16 [P]: 800 MHz",
        },
    )
