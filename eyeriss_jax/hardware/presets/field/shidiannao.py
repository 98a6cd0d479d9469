"""ShiDianNao (ISCA'15): 8x8 outputs of one map at a time, inputs shift between neighbours."""

from eyeriss_jax.hardware.field import TreeMachine


def shidiannao() -> TreeMachine:
    """64 PEs at 1 GHz, 65 nm; what its neighbours' shifts save is :mod:`eyeriss_jax.model.field.neighbour_shift`."""
    return TreeMachine(
        name="shidiannao",
        description="ShiDianNao (ISCA'15): 8x8 PEs, an output of one map each, 16 b, 65 nm",
        filters=1,
        channels=1,
        rows=8,
        cols=8,
        clock_hz=1e9,
        sources={
            "filters": "ISCA'15 [P]: one map at a time",
            "channels": "ISCA'15 [P]: one input map at a time",
            "rows": "ISCA'15 [P]: Py = 8",
            "cols": "ISCA'15 [P]: Px = 8",
            "filter_rows": "ISCA'15 [P]: one weight per cycle, broadcast",
            "filter_cols": "ISCA'15 [P]: one weight per cycle, broadcast",
            "merged_taps": "ISCA'15 [P]: taps run in time",
            "tile_ramp_cycles": "chosen [D]: first loads and the serial ALU are left out",
            "weight_bits_per_cycle": "ISCA'15 [P]: all weights are on the chip",
            "weight_bits": "ISCA'15 [P]: 16 b",
            "clock_hz": "ISCA'15 [P]: 1 GHz",
        },
    )
