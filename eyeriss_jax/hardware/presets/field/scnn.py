"""SCNN (ISCA'17) and the dense design with as many multipliers that it is compared with."""

from eyeriss_jax.hardware.field import CartesianMachine, TreeMachine

_CLOCK = "ISCA'17 [P]: just over 1 GHz"


def scnn() -> CartesianMachine:
    """8x8 PEs of 4x4 multipliers, 16 b, 16 nm."""
    return CartesianMachine(
        name="scnn",
        description="SCNN (ISCA'17): 8x8 PEs of 4x4 multipliers, planes over PEs, 16 b, 16 nm",
        rows=8,
        cols=8,
        iacts=4,
        weights=4,
        filters_per_group=8,
        accumulators=1024,
        clock_hz=1e9,
        sources={
            "rows": "ISCA'17 [P]: 8x8 PEs",
            "cols": "ISCA'17 [P]: 8x8 PEs",
            "iacts": "ISCA'17 [P]: I = 4",
            "weights": "ISCA'17 [P]: F = 4",
            "filters_per_group": "ISCA'17 [P]: Kc = 8 in the paper's example of a 1x1 layer; taken for all layers [D]",
            "accumulators": "ISCA'17 [P]: 32 banks of 32 entries; the second set is read out meanwhile [D]",
            "clock_hz": _CLOCK,
        },
    )


def scnn_dense() -> TreeMachine:
    """DCNN: the same 1024 multipliers in 8x8 PEs, each a dense dot product of 16 channels."""
    return TreeMachine(
        name="scnn_dense",
        description="SCNN's dense baseline DCNN (ISCA'17): 8x8 PEs with a dot product of width 16, planes over PEs",
        filters=1,
        channels=16,
        rows=8,
        cols=8,
        clock_hz=1e9,
        sources={
            "filters": "derived [D]: 1024 multipliers less what the other axes hold",
            "channels": "ISCA'17 [P]: dense dot products in PEs of 16 multipliers; of channels [D], as VGG's conv1_1 "
            "with 3 channels is 16 / 3 slower in Fig 9 [PF] than its planes explain",
            "rows": "ISCA'17 [P]: planes are tiled over 8x8 PEs",
            "cols": "ISCA'17 [P]: planes are tiled over 8x8 PEs",
            "filter_rows": "chosen [D]: taps run in time",
            "filter_cols": "chosen [D]: taps run in time",
            "merged_taps": "chosen [D]: taps run in time",
            "tile_ramp_cycles": "chosen [D]: none",
            "weight_bits_per_cycle": "ISCA'17 [P]: 50 GB/s, of which some 4 GB/s are enough",
            "weight_bits": "ISCA'17 [P]: 16 b",
            "clock_hz": _CLOCK,
        },
    )
