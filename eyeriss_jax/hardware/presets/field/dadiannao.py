"""DaDianNao (MICRO'14): 16 tiles of 16 adder trees in a node, weights resident in eDRAM."""

from eyeriss_jax.hardware.field import RingMachine, TreeMachine

_CLOCK_HZ = 606e6
_LINK_BYTES_PER_S = 6.4e9

HOP_S = 35e-9
"""Seconds from a node to the next. Fitted: on the speed-up of CLASS1 on 64 nodes in Fig 10. With the paper's 80 ns per
hop 64 nodes would be half as fast as one, where the figure has 1.2 times."""


def dadiannao() -> TreeMachine:
    """One node: 256 outputs, 16 inputs at a time, 606 MHz, 28 nm."""
    return TreeMachine(
        name="dadiannao",
        description="DaDianNao (MICRO'14), one node: 16 tiles of 16 trees of width 16, 16 b, weights in 32 MB of eDRAM",
        filters=256,
        channels=16,
        clock_hz=_CLOCK_HZ,
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


def dadiannao_ring(nodes: int = 4) -> RingMachine:
    """``nodes`` of them for fully connected layers.

    Raises:
        SpecError: nodes below 1.
    """
    return RingMachine(
        name="dadiannao_ring",
        description=f"DaDianNao (MICRO'14), {nodes} nodes in a ring for fully connected layers",
        nodes=nodes,
        filters=256,
        channels=16,
        iact_bits=16,
        link_bits_per_cycle=8 * _LINK_BYTES_PER_S / _CLOCK_HZ,
        hop_cycles=HOP_S * _CLOCK_HZ,
        clock_hz=_CLOCK_HZ,
        sources={
            "nodes": "MICRO'14, Fig 10 [PF]: 1, 4, 16 and 64 nodes",
            "filters": "MICRO'14 [P]: 16 tiles of 16 outputs",
            "channels": "MICRO'14 [P]: 16 inputs at a time",
            "iact_bits": "MICRO'14 [P]: 16 b",
            "link_bits_per_cycle": "MICRO'14 [P]: HyperTransport 2.0, 6.4 GB/s per direction",
            "hop_cycles": "fitted [D] on CLASS1 at 64 nodes in Fig 10 [PF]: 35 ns, where the paper has 80 ns [P]",
            "clock_hz": "MICRO'14 [P]: 606 MHz",
        },
    )
