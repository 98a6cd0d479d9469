"""Runs a whole Flax MobileNet 0.5-128 on a photograph with its convolutions on Eyeriss v2, in 8 bits.

Claim:    every count of every layer equals the analytical law; 8 bits cost some percent at the output.
Command:  python -m experiments.functional --config=configs/functional_mobilenet.py --output_dir=output/mobilenet
Expected: counts equal in all 28 layers; the error of 8 bits per layer and at the output is shown. Weights are random.
Cost:     minutes on two CPU cores, nearly all of it compilation; half a minute when compiled programs are kept.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.functional.FunctionalConfig."""
    config = ConfigDict()
    config.network = "mobilenet_v1_0.5_128"
    config.layer = ""
    config.accelerator = "eyeriss_v2"
    config.objective = "cycles"
    config.batch = 1
    config.seed = 0
    config.operands = "flax"
    config.image = ""  # the photograph that comes with matplotlib
    return config
