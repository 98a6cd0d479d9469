"""DianNao (ASPLOS'14): 16 adder trees of width 16."""

from eyeriss_jax.hardware.field import TreeMachine

STREAM_BITS_PER_CYCLE = 166e9 * 8 / 0.98e9
"""Weight bits per cycle that reach the multipliers. Fitted: on CLASS1 in Fig 16, which takes 3.02 times its ideal time;
166 GB/s are two thirds of the 250 GB/s that the memory model has."""


def diannao() -> TreeMachine:
    """256 16-bit multipliers and 16 trees at 0.98 GHz, 65 nm."""
    return TreeMachine(
        name="diannao",
        description="DianNao (ASPLOS'14): 16 trees of width 16, 16 b, 65 nm",
        filters=16,
        channels=16,
        weight_bits_per_cycle=STREAM_BITS_PER_CYCLE,
        weight_bits=16,
        clock_hz=0.98e9,
        sources={
            "filters": "ASPLOS'14 [P]: Tn = 16 neurons at a time",
            "channels": "ASPLOS'14 [P]: 16 synapses of each neuron at a time",
            "rows": "ASPLOS'14 [P]: one output position at a time",
            "cols": "ASPLOS'14 [P]: one output position at a time",
            "filter_rows": "derived [D] from the law ceil(Ni / 16) ceil(No / 16) Kx Ky: taps run in time",
            "filter_cols": "derived [D] from the law ceil(Ni / 16) ceil(No / 16) Kx Ky: taps run in time",
            "merged_taps": "chosen [D]: the trees add input maps, taps run in time",
            "tile_ramp_cycles": "ASPLOS'14 [P]: 8 pipeline stages, filled once per layer; left out",
            "weight_bits_per_cycle": "fitted [D] on CLASS1 in Fig 16 [PF]; the memory model gives up to 250 GB/s [P]",
            "weight_bits": "ASPLOS'14 [P]: 16 b fixed point",
            "clock_hz": "ASPLOS'14 [P]: 0.98 GHz",
        },
    )
