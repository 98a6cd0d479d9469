"""Running a sweep to its end: which parts are missing, computing them, keeping them, and merging all."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eyeriss_jax.search.space import metric_units
from eyeriss_jax.search.store import CorruptPart, Store, StoreError
from eyeriss_jax.search.sweep.pareto import Result, merged
from eyeriss_jax.search.sweep.read_part import read_part
from eyeriss_jax.search.sweep.sweep import Rows, Settings, Sweep

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Events:
    """What a caller hears while a sweep runs.

    ``advanced(designs, evaluations)`` after every call of the device; ``damaged(message)`` for every part file that
    is not what was written and is computed again. ``widened(designs, settings)`` before designs without a mapping in
    the shortlist are tried again with a longer one.
    """

    advanced: Callable[[int, int], None] = lambda designs, evaluations: None
    damaged: Callable[[str], None] = lambda message: None
    widened: Callable[[int, Settings], None] = lambda designs, settings: None


def missing_parts(sweep: Sweep, store: Store, events: Events, process: int = 0, processes: int = 1) -> list[int]:
    """The parts that ``process`` of ``processes`` still has to compute; parts are dealt out to them in turn."""
    mine = range(process, sweep.parts, processes)
    return [number for number in mine if not _is_kept(sweep, store, number, events)]


def run_missing(sweep: Sweep, store: Store, missing: list[int], events: Events, *, all_rows: bool) -> None:
    """Computes and writes the parts ``missing``.

    Raises:
        StoreError: the disk refused a part; all before it are kept.
    """
    for number in missing:
        result, rows = sweep.run_part(number, on_call=events.advanced, on_wider=events.widened)
        store.write(number, result.arrays(), rows_table(sweep, rows) if all_rows else None)


def collect(sweep: Sweep, store: Store) -> Result:
    """All parts as one result; one part is in memory at a time.

    Raises:
        StoreError: a part is missing or damaged, such as where processes do not share the folder.
    """
    total = sweep.blank
    for number in range(sweep.parts):
        try:
            found = read_part(sweep, store, number)
        except CorruptPart as error:
            raise StoreError(f"{error}; run the same command again to compute it anew") from error
        if found is None:
            raise StoreError(
                f"{store.part(number)} is missing: all processes must share one --output_dir, and nobody may remove "
                "its parts; the same command computes it anew"
            )
        total = merged(total, found, sweep.program.top)
    return total


def rows_table(sweep: Sweep, rows: Rows) -> "pa.Table":
    """All designs of a part that reached a device: index, feasibility, fields and metrics, one row each.

    The units of the metrics are the schema's metadata ``units``, as JSON.
    """
    import pyarrow as pa  # most sweeps keep no rows

    index, feasible, values = rows.fetch()
    columns: dict[str, Any] = {"design": index, "feasible": feasible}
    radices = [len(a.values) for a in sweep.space.axes]
    strides = np.cumprod([1, *radices[:0:-1]], dtype=np.int64)[::-1]
    for axis, stride, radix in zip(sweep.space.axes, strides, radices, strict=True):
        digits = index // stride % radix
        table = [v if isinstance(v, bool | int | float | str) else str(v) for v in axis.values]
        columns[axis.field] = pa.array([table[d] for d in digits])
    names = sweep.program.columns.names
    columns |= {name: values[i] if len(index) else [] for i, name in enumerate(names)}
    return pa.table(columns, metadata={"units": json.dumps(metric_units(sweep.space.base.energy.unit))})


def _is_kept(sweep: Sweep, store: Store, number: int, events: Events) -> bool:
    try:
        return read_part(sweep, store, number) is not None
    except CorruptPart as error:
        events.damaged(f"{error}; computing part {number} again")
        return False
