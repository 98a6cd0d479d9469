"""The answers of all mappers as a table, and in words what they have in common and what not."""

from typing import Any

from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.units import duration, scaled

WORDS = (
    "Compared is the time from the start of a process to the best mapping of one layer for energy x delay, and of the "
    "same question again in that process: CPU seconds, and those of the clock beside them.",
    "The same for all: extents, stride and dilation; 14 x 12 PEs of one MAC; words of SPads and GLB; energy per word "
    "and MAC; words per cycle of GLB and DRAM, reads and writes apart.",
    "Not the same: the mapspace, and what counts as an access. So energy x delay is each mapper's own word for its own "
    "mapping, and a smaller one is not a better mapping.",
    "eyeriss_jax: the certified optimum of its mapspace: RS+, every spatial factor, tiles that need not divide evenly.",
)


def beside_table(found: dict[str, dict[str, dict[str, Any]]]) -> Table:
    """One row per layer and mapper, of what :func:`~experiments.measure.beside.side_by_side.side_by_side` says."""
    rows = [(layer, name, figures) for layer, each in found.items() for name, figures in each.items()]

    def column(key: str, header: str, show: Any, priority: int) -> Column:
        values = [figures[key] for _, _, figures in rows]
        return Column.of(key, header, values, lambda x: "-" if x is None else show(x), priority=priority)

    columns = (
        Column.of("layer", "layer", [layer for layer, _, _ in rows], numeric=False, priority=0),
        Column.of("mapper", "mapper", [name for _, name, _ in rows], numeric=False, priority=0),
        column("first_cpu_s", "first answer\nCPU time", duration, 1),
        column("first_s", "first answer\nby the clock", duration, 3),
        column("again_cpu_s", "again\nCPU time", duration, 2),
        column("again_s", "again\nby the clock", duration, 4),
        column("energy_delay", "its energy\nx delay", scaled, 5),
    )
    return Table(name="beside", title="Best mapping of one layer", columns=columns)
