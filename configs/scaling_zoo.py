"""What the papers could not show: every power of two from 256 to 65,536 PEs, for every network here.

Claim:    none; the curves continue those of configs/scaling.py.
Command:  python -m experiments.scaling --config=configs/scaling_zoo.py --output_dir=output/scaling_zoo
Cost:     50 minutes on two CPU cores with other work on them. What is done is kept: a second run goes on from there.
"""

from ml_collections import ConfigDict

from eyeriss_jax.layers import NETWORKS


def get_config() -> ConfigDict:
    """The fields of experiments.scaling.ScalingConfig."""
    config = ConfigDict()
    # The machines of the study have dense PEs, on which a network with zeros takes as long as one without.
    config.networks = tuple(name for name in NETWORKS if not name.endswith(("_natural", "_sparse")))
    config.pes = tuple(2**exponent for exponent in range(8, 17))
    config.versions = ("v1", "v2")
    return config
