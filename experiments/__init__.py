"""Experiments: short mains, run as ``python -m experiments.<name>``."""
