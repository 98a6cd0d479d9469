"""Eyexam of dense MobileNet on Eyeriss v2, the comparison of JETCAS 2019 (Table VI) at batch 1.

Claim:    with its hierarchical mesh, Eyeriss v2 keeps most of its 384 MAC units busy even on the compact
          layers of MobileNet (width 0.5, 128x128 input, 49.2 M MACs), which starve a broadcast-style NoC.
Command:  python -m experiments.eyexam --config=configs/eyeriss_v2_mobilenet.py --output_dir=output/eyexam
Expected: published for the chip: 1176 to 1279 inferences/s dense (bounds from the ratios in the paper's text),
          external bandwidth not limited. This model: 1,199 inferences/s.
Cost:     seconds on one CPU core.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.network = "mobilenet_v1_0.5_128"
    config.accelerator = "eyeriss_v2"
    config.dataflow = ""  # the accelerator's own
    config.objective = "cycles"
    config.batch = 1
    return config
