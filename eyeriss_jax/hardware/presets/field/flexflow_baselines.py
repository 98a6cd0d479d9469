"""Two of the baselines that FlexFlow (HPCA'17) compares with, at any size of array."""

from eyeriss_jax.hardware.field import TreeMachine

_PAPER = "HPCA'17 [PF]"
_REST = {
    "tile_ramp_cycles": "chosen [D]: the paper's equations have none",
    "weight_bits_per_cycle": "chosen [D]: utilisation only",
    "weight_bits": "chosen [D]: 16 b; not used",
    "clock_hz": "derived [D]: 512 GOPS of 256 PEs [PF] are 1 GHz",
}


def flexflow_tiling(side: int = 16) -> TreeMachine:
    """``side`` filters x ``side`` channels at a time, the DianNao and Zhang type.

    Raises:
        SpecError: a side below 1.
    """
    return TreeMachine(
        name="flexflow_tiling",
        description=f"FlexFlow's tiling baseline (HPCA'17): {side} trees of width {side}",
        filters=side,
        channels=side,
        clock_hz=1e9,
        sources={
            **dict.fromkeys(("filters", "channels"), f"{_PAPER}: Tm x Tn at a time"),
            **dict.fromkeys(("rows", "cols", "filter_rows", "filter_cols", "merged_taps"), f"{_PAPER}: in time"),
            **_REST,
        },
    )


def flexflow_2d(side: int = 16) -> TreeMachine:
    """``side`` x ``side`` outputs of one map at a time, the ShiDianNao type.

    Raises:
        SpecError: a side below 1.
    """
    return TreeMachine(
        name="flexflow_2d",
        description=f"FlexFlow's 2-D mapping baseline (HPCA'17): a block of {side}x{side} outputs",
        filters=1,
        channels=1,
        rows=side,
        cols=side,
        clock_hz=1e9,
        sources={
            **dict.fromkeys(("rows", "cols"), f"{_PAPER}: outputs of one map in space"),
            **dict.fromkeys(("filters", "channels", "filter_rows", "filter_cols", "merged_taps"), f"{_PAPER}: in time"),
            **_REST,
        },
    )
