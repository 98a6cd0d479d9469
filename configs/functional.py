"""Executes the best mapping of AlexNet CONV3 on Eyeriss v2 with real 8-bit numbers and counts every word.

Claim:    the output equals the reference convolution bit for bit, and every count equals the analytical law.
Command:  python -m experiments.functional --config=configs/functional.py --output_dir=output/functional
Expected: output error 0; all counts equal.
Cost:     seconds per layer on two CPU cores; --config.layer= runs the whole network.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.functional.FunctionalConfig."""
    config = ConfigDict()
    config.network = "alexnet"
    config.layer = "CONV3"  # empty: every layer
    config.accelerator = "eyeriss_v2"
    config.objective = "cycles"
    config.batch = 1
    config.seed = 0
    return config
