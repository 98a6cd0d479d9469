"""Zhang, FPGA'15, and the two papers that print cycles of the same structure with other factors."""

from eyeriss_jax.hardware.field import TreeMachine

TILE_RAMP_CYCLES = 20
"""Cycles per pair of tiles beside its steps. Fitted: on the paper's total of 1,008,246 cycles, which it meets exactly;
the layer-optimal cycles of CONV3 and CONV5 then follow."""


def zhang_fpga15() -> TreeMachine:
    """64 dot products of 7 products each, float32, on a Virtex-7 485T at 100 MHz."""
    return TreeMachine(
        name="zhang_fpga15",
        description="Zhang (FPGA'15): 64 trees of width 7 in float32 on a Virtex-7 485T",
        filters=64,
        channels=7,
        tile_ramp_cycles=TILE_RAMP_CYCLES,
        weight_bits=32,
        clock_hz=100e6,
        sources={
            "filters": "FPGA'15 [PF]: Tm = 64",
            "channels": "FPGA'15 [PF]: Tn = 7",
            "rows": "FPGA'15 [PF]: rows run in time",
            "cols": "FPGA'15 [PF]: columns run in time",
            "filter_rows": "FPGA'15 [PF]: taps run in time",
            "filter_cols": "FPGA'15 [PF]: taps run in time",
            "merged_taps": "FPGA'15 [PF]: the trees add channels of one tap",
            "tile_ramp_cycles": "derived [D] from the paper's total [PF]: 1,008,246 cycles are the steps and 20 for "
            "each of 265 pairs of tiles",
            "weight_bits_per_cycle": "chosen [D]: transfers are hidden (double buffers); 4.5 GB/s [M] are not used",
            "weight_bits": "FPGA'15 [PF]: 32 b floating point",
            "clock_hz": "FPGA'15 [PF]: 100 MHz",
        },
    )


def shen_isca17() -> TreeMachine:
    """The single-CLP design of Shen, ISCA'17, on the same FPGA: Zhang's structure, cycles without a ramp."""
    zhang = zhang_fpga15()
    return zhang.replace(
        name="shen_isca17",
        description="Shen (ISCA'17): the single-CLP baseline, 64 trees of width 7 in float32 on a Virtex-7 485T",
        tile_ramp_cycles=0,
        sources={
            **zhang.sources,
            "filters": "ISCA'17 [P]: Tm = 64",
            "channels": "ISCA'17 [P]: Tn = 7",
            "tile_ramp_cycles": "ISCA'17 [P]: the cycle model has none; RTL is the model and the pipeline's depth",
            "clock_hz": "ISCA'17 [P]: 100 MHz for float32",
        },
    )


def alwani_micro16() -> TreeMachine:
    """The baseline of Alwani, MICRO'16, for VGG-E: Zhang's structure with 64 trees of width 9."""
    zhang = zhang_fpga15()
    return zhang.replace(
        name="alwani_micro16",
        description="Alwani (MICRO'16): the layer-by-layer baseline for VGG-E, 64 trees of width 9 in float32",
        channels=9,
        tile_ramp_cycles=0,
        sources={
            **zhang.sources,
            "filters": "MICRO'16 [P]: derived from Zhang",
            "channels": "derived [D]: the width of 2880 DSPs at 5 each, 64 x 9 x 5",
            "tile_ramp_cycles": "MICRO'16 [P]: the cycle model has none",
        },
    )
