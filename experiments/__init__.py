"""Experiments: short mains, run as ``python -m experiments.<name>``."""

import gc
import os
import signal
import sys

# Importing and tracing make a million objects that stay; looking through them for garbage takes a sixth of the start.
gc.set_threshold(100_000, 50, 50)


def _interrupted(*_: object) -> None:
    os.write(2, b"interrupted\n")
    os._exit(130)


# `python -m` calls the program "-m" until its module runs: a Ctrl-C while modules are imported is one line as well.
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _interrupted)
