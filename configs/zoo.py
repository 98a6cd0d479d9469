"""Eyeriss v2 on CNNs and Transformers, in one picture.

Claim:    RS+ keeps the array busy on convolutions and on the products of an encoder alike; a language model that makes
          one word at a time uses each weight once, and the weight ports of the mesh then leave most of the array idle.
Command:  python -m experiments.zoo --config=configs/zoo.py --output_dir=output/zoo
Expected: see docs/zoo.svg.
Cost:     about ten minutes on one CPU core; an interrupted run goes on where it stopped.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    config = ConfigDict()
    config.networks = (
        "alexnet", "vgg16", "resnet50", "mobilenet_v1", "mobilenet_v2",
        "vit_b16", "bert_base_384", "gpt2_decode_1024", "llama3_8b_decode_1024",
    )  # fmt: skip
    config.accelerator = "eyeriss_v2"
    config.objective = "cycles"
    config.batch = 1
    return config
