"""Eyeriss v1.5's area spent on three kinds of layer of ResNet-50: array shape, SPads, GLB and ports.

Claim:    the tuner against other searches on a problem that none of its settings was chosen on.
Command:  python -m experiments.tune --benchmark --config=configs/tune_resnet50.py --output_dir=output/tune_resnet50
Cost:     ten minutes on two CPU cores at revision da18df3; without --benchmark about two.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.tune.TuneConfig."""
    config = ConfigDict()
    config.mode = "both"
    config.accelerator = "eyeriss_v1_5"
    config.networks = ("resnet50",)
    config.layers = ("CONV1", "res3a-branch2b", "res4a-branch2c")
    config.axes = {
        "cluster_rows": (2, 4, 6, 8, 12, 16),
        "cluster_cols": (1, 2, 3, 4),
        "pe_rows": (2, 3, 4, 6),
        "pe_cols": (2, 3, 4, 6, 8),
        "spad_words": {
            "iact": (8, 12, 16, 24, 32),
            "weight": (64, 96, 128, 192, 256, 384),
            "psum": (8, 16, 24, 32, 48),
        },
        "glb_bits": {"iact": (18432, 36864, 73728, 147456), "psum": (30720, 61440, 122880)},
        "noc_words_per_cycle": {"iact": (3, 6, 9, 12), "weight": (1, 2, 3, 6), "psum": (2, 4, 8)},
    }
    config.constraints = {"area_mm2": {"at_most": "eyeriss_v1_5"}}
    config.objective = "edp"
    config.batch = 1
    config.budget = 60
    config.seed = 0
    return config
