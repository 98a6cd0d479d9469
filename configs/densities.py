"""Measures nothing by itself: name a model that runs on data, or a checkpoint.

Claim:    densities of real tensors, per layer and channel, take the place of assumed ones in every experiment.
Command:  python -m experiments.densities --config=configs/densities.py --network=jax:mymodels:trained
Expected: densities.json, which --sparsity takes.
Cost:     one run of the model.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.network = ""
    config.checkpoint = ""
    config.bits = 8  # the words of Eyeriss v2; 0 counts exact zeros only
    return config
