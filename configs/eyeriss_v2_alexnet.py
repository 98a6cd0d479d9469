"""Eyexam of dense AlexNet on Eyeriss v2, the comparison of JETCAS 2019 (Table VI) at batch 1.

Claim:    large filters fill the array; the fully connected layers, whose weights are used once, fall to the
          weight bandwidth of the NoC.
Command:  python -m experiments.eyexam --config=configs/eyeriss_v2_alexnet.py --output_dir=output/eyexam_alexnet
Expected: published for the chip: 93 to 102 inferences/s dense (bounds from the ratios in the paper's text),
          external bandwidth not limited. This model: 80.6 inferences/s dense, 100.5 with the zeros of ReLU
          (--network=alexnet_natural).
Cost:     seconds on one CPU core.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.network = "alexnet"
    config.accelerator = "eyeriss_v2"
    config.dataflow = ""  # the accelerator's own
    config.objective = "cycles"
    config.batch = 1
    return config
