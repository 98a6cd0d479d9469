"""The table of measurements in BUILD_NOTES.md, which ``experiments.benchmark --update_docs`` renews."""

import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eyeriss_jax.report.files import write_text
from eyeriss_jax.report.marked import replace_between_markers
from eyeriss_jax.report.units import duration, scaled

BEGIN = "<!-- measurements: python -m experiments.benchmark --update_docs -->"
END = "<!-- end of measurements -->"

ADDITIONS = 10_000_000


def yardstick() -> str:
    """What machine this is: its cores, its load, and how long ten million additions of Python take on it."""
    begun, total = time.process_time(), 0
    for number in range(ADDITIONS):
        total += number
    seconds = time.process_time() - begun
    return (
        f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores with a load of {os.getloadavg()[0]:.1f} "
        f"before; {ADDITIONS:,} additions of Python take {duration(seconds)}"
    )


def rows(parts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What was measured, and how much of it, from the parts of a summary of ``experiments.benchmark``."""
    for precision, rate in parts["rates"].items():
        yield f"full evaluations point by point, {precision}, per CPU-second", scaled(rate["evaluations_per_cpu_s"])
        yield f"compiling them, {precision}, CPU time", duration(rate["compile_cpu_s"])
    yield "full evaluations of a sweep, per CPU-second", scaled(parts["sweep"]["evaluations_per_cpu_s"])
    for kind, rate in parts["gradients"].items():
        yield f"gradients of EDP by {kind}, per CPU-second", scaled(rate["gradients_per_cpu_s"])
        yield f"compiling them, by {kind}, CPU time", duration(rate["compile_cpu_s"])
    for name, taken in parts["answers"].items():
        yield f"{name}, nothing kept, CPU time", duration(taken["cold_cpu_s"])
        yield f"{name}, programs kept, CPU time", duration(taken["kept_cpu_s"])
    yield "first result of the default sweep, nothing kept", duration(parts["start"]["first_result_cold_s"])
    yield "first result of the default sweep, programs kept", duration(parts["start"]["first_result_cached_s"])
    yield "answer to a move of the explorer, GoogLeNet, median", duration(parts["moves"]["answer_s_median"])
    yield "answer to a move of the explorer, GoogLeNet, 95 of 100", duration(parts["moves"]["answer_s_p95"])


def update_notes(parts: dict[str, Any], machine: str, notes: Path) -> None:
    """Writes the table into ``notes``.

    Raises:
        SpecError: ``notes`` has no markers for it.
    """
    lines = ["| what | measured |", "|---|---:|", *(f"| {what} | {much} |" for what, much in rows(parts))]
    content = f"Measured on {machine}.\n\n" + "\n".join(lines)
    write_text(notes, replace_between_markers(notes.read_text(encoding="utf-8"), content, BEGIN, END))
