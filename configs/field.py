"""Eyeriss beside the accelerators that its second version answers to, on the same networks, in one picture.

Claim:    what keeps most of them busy is a property of some networks (many channels, large planes, reuse of weights);
          Eyeriss v2 is busy on every network but a decoder that uses each weight once.
Command:  python -m experiments.field --config=configs/field.py --output_dir=output/field
Expected: the utilisation of 13 of 16 other machines falls further between networks than that of Eyeriss v2.
Cost:     about a minute on two CPU cores; an interrupted run goes on where it stopped.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.chips = (
        "zhang_fpga15", "shen_isca17", "alwani_micro16", "diannao", "dadiannao", "shidiannao", "flexflow_tiling",
        "flexflow_2d", "flexflow", "tpu_v1", "cnvlutin", "scnn_dense", "scnn", "eie",
        "eyeriss_v1", "eyeriss_v1_5", "eyeriss_v2",
    )  # fmt: skip
    config.networks = (
        "alexnet", "vgg16", "googlenet", "mobilenet_v1", "resnet50", "bert_base", "llama3_8b_decode",
    )  # fmt: skip
    return config
