"""Experiments: short mains, run as ``python -m experiments.<name>``."""

import gc
import os
import signal
import sys

# Importing and tracing make a million objects that stay; looking through them for garbage takes a sixth of the start.
gc.set_threshold(100_000, 50, 50)


def _ended(number: int, _: object) -> None:
    word = "interrupted" if number == signal.SIGINT else f"stopped by {signal.Signals(number).name}"
    os.write(2, f"{word}\n".encode())
    os._exit(128 + number)


# `python -m` calls the program "-m" until its module runs: a signal while modules are imported is one line as well.
if sys.argv[:1] == ["-m"]:
    for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(_number) in (signal.default_int_handler, signal.SIG_DFL):  # nohup and & have some ignored
            signal.signal(_number, _ended)
