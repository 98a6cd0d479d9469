"""The scaling study of the papers: AlexNet, GoogLeNet and MobileNet on 256, 1024 and 16384 PEs.

Claim:    v2 is 10.4 to 17.9 times as fast as v1 on 256 PEs, 37.7 to 71.5 times on 1024 and 448.8 to 1086.7 times on
          16384 (arXiv 1807.07928v1, abstract); v2 scales linearly to 1024 and by more than 85 % to 16384.
Command:  python -m experiments.scaling --config=configs/scaling.py --output_dir=output/scaling
Cost:     minutes on two CPU cores; what is done is kept, and a second run goes on from there.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.scaling.ScalingConfig."""
    config = ConfigDict()
    config.networks = ("alexnet", "googlenet", "mobilenet_v1_1.0_224")
    config.pes = (256, 1024, 16384)
    config.versions = ("v1", "v2")
    return config
