"""Ports and GLB of Eyeriss v2 on MobileNet: which of them is worth its area.

Claim: MobileNet 0.5-128 runs 1.08 times as fast on 0.91 times the area (design 326), with narrower iact ports, wider
    weight ports and a quarter of the iact GLB; part of it is a psum chain of half a cycle, which is free in this model.
Command: python -m experiments.sweep --config=configs/sweep.py --output_dir=output/sweep
Cost: 576 designs, about a minute of CPU time, most of it for compiling.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.accelerator = "eyeriss_v2"
    config.networks = ("mobilenet_v1_0.5_128",)
    config.axes = {
        "lanes": (1, 2),
        "noc_words_per_cycle": {"iact": (3, 6, 9, 12), "weight": (1, 2, 3, 6), "psum": (1, 2, 4)},
        "glb_bits": {"iact": {"first": 9216, "last": 147456, "factor": 4}},
        "psum_chain_cycles": (0.5, 1.0),
    }
    config.constraints = {}
    config.batch = 1
    config.objectives = ("inferences_per_s", "inferences_per_energy", "area_mm2")
    config.mapping_objective = "cycles"
    config.inners = 64
    config.tilings = 16
    config.top = 10
    config.front = 512
    config.designs_per_part = 128
    config.designs_per_call = 64
    config.all_rows = False
    config.certify = 1
    config.tie_share = 0.01
    config.conventions = "ours"
    return config
