"""Every published figure against the model, topic by topic.

Claim:    the figures themselves; the scoreboard shows for each whether it holds.
Command:  python -m experiments.reproduce --config=configs/reproduce.py --output_dir=output/reproduce
Cost:     160 s of CPU time, half of it compilation, a third the topic mapper.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.reproduce.ReproduceConfig."""
    config = ConfigDict()
    config.topics = ""  # all; or names with commas between
    return config
