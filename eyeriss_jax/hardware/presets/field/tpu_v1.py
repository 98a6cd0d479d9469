"""TPU v1 (ISCA'17): 256x256 8-bit multipliers, weights from DDR3."""

from eyeriss_jax.hardware.field import WeightTileMachine

_CLOCK_HZ = 700e6
_WEIGHT_BYTES_PER_S = 34e9


def tpu_v1(passes_per_mac: int = 1) -> WeightTileMachine:
    """65,536 multipliers at 700 MHz, 28 nm; ``passes_per_mac`` 2 for 8-bit weights and 16-bit activations.

    Raises:
        SpecError: passes below 1.
    """
    return WeightTileMachine(
        name="tpu_v1",
        description="TPU v1 (ISCA'17): 256x256 8-bit multipliers, weights from 34 GB/s of DDR3, 28 nm",
        rows=256,
        cols=256,
        accumulators=2048,
        shift_cycles=256,
        weight_bits_per_cycle=8 * _WEIGHT_BYTES_PER_S / _CLOCK_HZ,
        weight_bits=8,
        passes_per_mac=passes_per_mac,
        ramp_cycles=512,
        clock_hz=_CLOCK_HZ,
        sources={
            "rows": "ISCA'17 [P]: 256x256 MACs",
            "cols": "ISCA'17 [P]: 256x256 MACs",
            "accumulators": "ISCA'17 [P]: 4096 rows of 256, half at a time for double buffering",
            "shift_cycles": "ISCA'17 [P]: a shift takes 256 cycles",
            "weight_bits_per_cycle": "ISCA'17 [P]: 34 GB/s of DDR3 at 700 MHz",
            "weight_bits": "ISCA'17 [P]: 8 b",
            "passes_per_mac": "ISCA'17 [P]: half speed for 8 b with 16 b, quarter speed for 16 b with 16 b",
            "ramp_cycles": "derived [D]: the diagonal wavefront of 256 rows and 256 columns, once per dependent layer",
            "clock_hz": "ISCA'17 [P]: 700 MHz",
        },
    )
