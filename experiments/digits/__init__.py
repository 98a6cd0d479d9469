"""The example of a small network on handwritten digits: trained, pruned and run on the array."""

from experiments.digits.data import load_digits
from experiments.digits.pruning import Schedule, TrainedDigits

__all__ = [
    "Schedule",
    "TrainedDigits",
    "load_digits",
]
