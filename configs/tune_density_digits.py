"""Prunes a small CNN on 8x8 digits for least energy on Eyeriss v2, and runs the pruned network on the array.

Claim:    at the same expected loss, tuned densities take less energy than one density for all layers, and less than one
          for all but the first and the last.
Command:  python -m experiments.tune_density --config=configs/tune_density_digits.py --output_dir=output/tune_density
Expected: energy falls to 42, 34, 29, 25, 22 and 19 % of that of dense weights; with one density to 100, 82, 69, 54,
          42 and 35 %, with dense ends to 45, 37, 33, 28, 24 and 21 %. Accuracy on the array stays at 98 to 99 % up to
          0.2 nats.
Cost:     ten minutes of CPU time; an interrupted run goes on where it stopped.
"""

from ml_collections import ConfigDict


def get_config() -> ConfigDict:
    """The fields of experiments.tune_density.TuneDensityConfig."""
    config = ConfigDict()
    config.accelerator = "eyeriss_v2"
    config.objective = "energy"
    config.budgets = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
    config.widths = (16, 32, 64, 64)
    config.measured_at = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
    config.epochs = 20
    config.rate = 3e-3
    config.fine_tune_epochs = 10
    config.fine_tune_rate = 1e-3
    config.images = 360
    config.steps = 150
    config.rounds = 4
    config.seed = 0
    return config
