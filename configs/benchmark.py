"""Full evaluations and gradients per second on one pointwise layer, and the start of a sweep.

Claim:    none; the rate of this machine.
Command:  python -m experiments.benchmark --config=configs/benchmark.py --output_dir=output/benchmark
          python -m experiments.benchmark --compile_for=tpu_v5e --devices=8  # compiled for chips that are not there
          python -m experiments.benchmark --beside=accelforge:accelforge/bin/python,zigzag:zigzag/bin/python
Cost:     two to six minutes on two CPU cores, most of it to compile the gradient; beside other tools
          ten minutes, most of it theirs.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.benchmark.BenchmarkConfig."""
    config = ConfigDict()
    config.network = "mobilenet_v1_0.5_128"
    config.layer = "block5-PW"
    config.accelerator = "eyeriss_v2"
    config.chunk = 1 << 14
    config.chunks = 64
    config.repeats = 5
    config.sweep_calls = 4
    config.beside_layers = {
        "matmul 196x256x256": {"N": 196, "C": 256, "M": 256},
        "pointwise 14x14, 256 to 256": {"E": 14, "F": 14, "C": 256, "M": 256},
        "3x3 13x13, 256 to 384": {"E": 13, "F": 13, "C": 256, "M": 384, "R": 3, "S": 3},
    }
    config.beside_limit_s = 120.0
    return config
