"""Full evaluations and gradients per second on one pointwise layer, and the start of a sweep.

Claim:    none; the rate of this machine.
Command:  python -m experiments.benchmark --config=configs/benchmark.py --output_dir=output/benchmark
          python -m experiments.benchmark --compile_for=tpu_v5e --devices=8  # compiled for chips that are not there
Cost:     two to six minutes on two CPU cores, most of it to compile the gradient.
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
    return config
