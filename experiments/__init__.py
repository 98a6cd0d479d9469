"""Experiments: short mains, run as ``python -m experiments.<name>``."""

import gc

# Importing and tracing make a million objects that stay; looking through them for garbage takes a sixth of the start.
gc.set_threshold(100_000, 50, 50)
