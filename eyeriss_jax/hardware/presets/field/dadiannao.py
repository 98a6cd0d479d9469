"""DaDianNao (MICRO'14): 16 tiles of 16 adder trees in a node, weights resident in eDRAM."""

from eyeriss_jax.hardware.field import TreeMachine


def dadiannao() -> TreeMachine:
    """One node: 256 outputs, 16 inputs at a time, 606 MHz, 28 nm."""
    return TreeMachine(
        name="dadiannao",
        description="DaDianNao (MICRO'14), one node: 16 tiles of 16 trees of width 16, 16 b, weights in 32 MB of eDRAM",
        filters=256,
        channels=16,
        clock_hz=606e6,
        sources={
            "filters": "MICRO'14 [P]: 16 tiles of 16 outputs",
            "channels": "MICRO'14 [P]: 16 inputs at a time, broadcast to the tiles",
            "rows": "MICRO'14 [P]: one output position at a time",
            "cols": "MICRO'14 [P]: one output position at a time",
            "filter_rows": "chosen [D]: as in DianNao",
            "filter_cols": "chosen [D]: as in DianNao",
            "merged_taps": "chosen [D]: as in DianNao",
            "tile_ramp_cycles": "chosen [D]: pipelines fill once per layer; left out",
            "weight_bits_per_cycle": "MICRO'14 [P]: weights are resident, a tile's bank is as wide "
            "as its 256 weights of a cycle",
            "weight_bits": "MICRO'14 [P]: 16 b",
            "clock_hz": "MICRO'14 [P]: 606 MHz",
        },
    )
