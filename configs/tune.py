"""Eyeriss v1.5's area spent better: array shape, SPads and ports tuned for three kinds of layer of MobileNet.

Claim:    within the area of Eyeriss v1.5 a tuned design needs half the energy x delay on these layers.
Command:  python -m experiments.tune --config=configs/tune.py --config.budget=100 --output_dir=output/tune
Cost:     a minute of CPU time, a third of it for the compilation of the gradient.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.tune.TuneConfig."""
    config = ConfigDict()
    config.mode = "both"
    config.accelerator = "eyeriss_v1_5"
    config.networks = ("mobilenet_v1_0.5_128",)
    config.layers = ("block3-DW", "block5-PW", "block11-PW")
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
        "noc_words_per_cycle": {"iact": (3, 6, 9, 12), "weight": (1, 2, 3, 6), "psum": (2, 4, 8)},
    }
    config.constraints = {"area_mm2": {"at_most": "eyeriss_v1_5"}}
    config.objective = "edp"
    config.batch = 1
    config.budget = 60
    config.seed = 0
    return config
