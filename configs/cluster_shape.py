"""Which cluster shape for MobileNet, AlexNet and ResNet-50 together, under Eyeriss v2's area?

Claim: within the area of Eyeriss v2 another grid of clusters, or other clusters, serve the three networks better.
Command: python -m experiments.sweep --config=configs/cluster_shape.py --output_dir=output/cluster_shape
Cost: 972 designs, some minutes on two cores.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.accelerator = "eyeriss_v2"
    config.networks = ("mobilenet_v1_0.5_128", "alexnet", "resnet50")
    config.axes = {
        "cluster_rows": (2, 4, 8, 16),
        "cluster_cols": (1, 2, 4),
        "pe_rows": (3, 4, 6),
        "pe_cols": (4, 6, 8),
        # per cluster; v2 has 36864 and 61440 bits
        "glb_bits": {"iact": (18432, 36864, 73728), "psum": (30720, 61440, 122880)},
    }
    config.constraints = {"area_mm2": {"at_most": "eyeriss_v2"}, "pes": {"at_least": 96}}
    config.batch = 1
    config.objectives = ("inferences_per_s", "inferences_per_energy", "area_mm2")
    config.mapping_objective = "cycles"
    config.inners = 64
    config.tilings = 12
    config.top = 10
    config.front = 512
    config.designs_per_part = 72
    config.designs_per_call = 9
    config.all_rows = False
    config.certify = 1
    config.tie_share = 0.01
    config.conventions = "ours"
    return config
