"""Sweep a design space: the best mapping of every layer on every design, the Pareto front, and what holds it back.

  python -m experiments.sweep --config=configs/cluster_shape.py --output_dir=output/cluster_shape
  python -m experiments.sweep --config.axes.noc_words_per_cycle.iact='(3,6,9)' --network=alexnet

Runs on all cores or local accelerators; several processes are one sweep with --coordinator, --processes, --process.
An interrupted sweep goes on where it was when the same command is given again. Writes report.html, summary.json,
figures, the parts that a resumed sweep needs and, with --config.all_rows, every design as Parquet in rows/.
"""

import dataclasses
import math
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np

from experiments.harness import (
    CONFIGS,
    Experiment,
    Kept,
    Overtime,
    Peers,
    define_accelerator,
    define_conventions,
    define_network,
    define_processes,
    define_switch,
    digests_of,
    key_of,
    layer_progress,
    start_devices,
    start_processes,
    sweep_progress,
)
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.report.escape import terminal
from eyeriss_jax.report.provenance import versions
from eyeriss_jax.report.sweep import Answers, answers
from eyeriss_jax.report.sweep.answers import Found
from eyeriss_jax.report.sweep.headers import base_breaks, first_line
from eyeriss_jax.report.units import counted, duration, gap, scaled
from eyeriss_jax.search.mapping import map_network
from eyeriss_jax.search.space import JOULES, design_space, objectives, why_none
from eyeriss_jax.search.store import Store, StoreError
from eyeriss_jax.search.sweep import Events, Result, Settings, Sweep, collect, missing_parts, run_missing
from eyeriss_jax.source import source_digest

_EXPERIMENT = Experiment("sweep", CONFIGS / "sweep.py", resumes=True)
_NETWORK = define_network()
_ACCELERATOR = define_accelerator()
_CONVENTIONS = define_conventions()
_COORDINATOR, _PROCESSES, _PROCESS = define_processes()
_RESTART = define_switch("restart", "Forget the sweep in --output_dir and start over.")

_AFTERWARDS = ("certify", "tie_share", "top")
"""Fields that come after the work."""

_UNSEEN = (*_AFTERWARDS, "front")
"""Fields that no part depends on: the front spills to the host where a device does not hold it."""

_SEEN = 0.00005
"""A gap that is shown, either way: less is rounding of float32."""

_BYTES_PER_ROW = 20
"""Fewer than any row takes as compressed Parquet."""


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SweepConfig(Settings):
    """What to sweep, beside how.

    ``accelerator``: the base design. ``axes``, ``constraints``: see :func:`design_space`. ``networks``: by name.
    ``objectives``: what the Pareto front is of, the first ranks designs. ``tie_share``: objectives that differ by no
    more are equal, and the smaller design wins. ``certify``: map this many of the best designs exhaustively and print
    how far the sweep's mappings are from the optimum; 0 leaves it out. ``all_rows``: keep every design.
    """

    accelerator: str
    axes: Mapping[str, Any]
    networks: tuple[str, ...]
    constraints: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    batch: int = 1
    objectives: tuple[str, ...] = ("inferences_per_s", "inferences_per_energy", "area_mm2")
    all_rows: bool = False
    certify: int = 1
    tie_share: float = 0.01

    def __post_init__(self) -> None:
        """Refuses what is found out late."""
        Settings.__post_init__(self)
        if isinstance(self.networks, str) or not self.networks:
            raise SpecError(f"networks = {self.networks!r} must be a list of names, such as ('alexnet',)")
        if self.certify < 0:
            raise SpecError(f"certify = {self.certify} must be at least 0")
        if not 0 <= self.tie_share < 1:
            raise SpecError(
                f"tie_share = {self.tie_share} must be at least 0 and below 1, such as 0.01 for one per cent"
            )


def make_sweep(config: SweepConfig) -> Sweep:
    """The sweep that a config describes; nothing is compiled yet."""
    base = accelerator(config.accelerator)
    return Sweep(
        space=design_space(base, config.axes, config.constraints, accelerator),
        networks=tuple(_EXPERIMENT.network(name, batch=config.batch) for name in config.networks),
        objectives=objectives(tuple(config.objectives)),
        settings=Settings(**{field.name: getattr(config, field.name) for field in dataclasses.fields(Settings)}),
        joules=JOULES.get(base.energy.unit, 1.0),
    )


def manifest(config: SweepConfig, sweep: Sweep) -> dict[str, Any]:
    """What the parts of a sweep depend on."""
    plain = _plain(dataclasses.asdict(config))
    for name in _UNSEEN:
        del plain[name]
    inputs = digests_of(sweep.space.base, sweep.networks)
    return {"config": plain, "package": source_digest(), "inputs": inputs}


def main() -> None:
    """Reads the flags, runs what is missing, writes and prints the answers."""
    only = (_NETWORK.value,) if _NETWORK.value else None
    given = {"accelerator": _ACCELERATOR.value, "conventions": _CONVENTIONS.value}
    config = _EXPERIMENT.config(SweepConfig, networks=only, **given)
    start_devices()
    sweep = make_sweep(config)
    folder = _EXPERIMENT.start(config, unnamed=_AFTERWARDS)
    kept = manifest(config, sweep)
    store = Store(folder, kept)
    done = store.kept() >= sweep.parts and not _RESTART.value
    compiling = None if done else _compiling(sweep)
    peers = start_processes(_COORDINATOR.value, _PROCESSES.value, _PROCESS.value, key_of(kept))
    mappings = sweep.mappings()
    if mappings == 0:
        raise SpecError(why_none(sweep.space, sweep.refusal))
    leader = peers.process == 0
    peers.kept = partial(_kept, store, sweep.parts)
    if leader:
        if _RESTART.value:
            store.clear()
        store.begin()
        _check_room(store, sweep, config)
    peers.wait_for_all("begun")
    measured = _run(sweep, store, config, mappings, compiling, peers)
    peers.wait_for_all("done", last=True)
    if not leader:
        return
    result = _collected(sweep, store, config, peers)
    from eyeriss_jax.report.sweep import sweep_tables, terminal_sweep, write_sweep_report  # a second: not at the start

    plain, key = _plain(dataclasses.asdict(config)), key_of(kept, versions())
    answered = Kept.open(folder / "answers.json", restart=_RESTART.value, shared=True)
    row = answered.or_made("base", key, lambda: _as_text(sweep.base_row()), partial(_base_row, sweep))
    found = answers(sweep, result, sweep.space.base.energy.unit, sweep.base(row), config.tie_share)
    wanted = found.top[: config.certify]
    known = all(_certificate(design) in answered.values(key) for design in wanted)
    with layer_progress("writing the report", announced=False):
        if not known or not wanted:  # certificates may take minutes for large networks: the report is there already
            written = write_sweep_report(found, plain, measured | {"certified": []}, folder)
    certified, words = [], []
    if wanted:
        certified, words = _certified(sweep, found, config, measured["run_s"], partial(answered.or_made, key=key))
        written = write_sweep_report(found, plain, measured | {"certified": certified}, folder)
    notes = [
        *_certificates(certified),
        *words,
        f"wrote {folder}/: {', '.join(path.name for path in written)}",
    ]
    _EXPERIMENT.show(sweep_tables(found), lambda width: terminal_sweep(found, width), notes)


def _as_text(row: Mapping[str, float] | None) -> dict[str, str] | None:
    """A row as JSON holds it to the last bit, infinities too."""
    return None if row is None else {name: repr(value) for name, value in row.items()}


def _base_row(sweep: Sweep, kept: dict[str, str] | None) -> dict[str, float] | None:
    """The base's row of what was kept.

    Raises:
        ValueError: it is another sweep's.
    """
    if kept is not None and tuple(kept) != sweep.program.columns.names:
        raise ValueError("other columns")
    return None if kept is None else {name: float(value) for name, value in kept.items()}


def _kept(store: Store, parts: int) -> str:
    """What a process that ends early leaves, and how to go on."""
    return (
        f"{store.kept():,} of {parts:,} parts are kept in {store.folder}/, and the same command goes on where it was, "
        "also alone (without --coordinator, --processes and --process)"
    )


def _compiling(sweep: Sweep) -> Future[None]:
    """Compiles the programs, or takes them from the cache, while Python makes mappings."""
    thread = ThreadPoolExecutor(1)
    compiling = thread.submit(sweep.compile)
    thread.shutdown(wait=False)
    return compiling


def _run(
    sweep: Sweep, store: Store, config: SweepConfig, mappings: int, compiling: Future[None] | None, peers: Peers
) -> dict[str, Any]:
    """Computes the missing parts; returns what was measured on the way."""
    console = terminal(stderr=True)

    def say(line: str) -> None:
        console.print(line, soft_wrap=True)

    space = sweep.space
    if broken := sweep.broken_by_base():
        say(base_breaks(space.base.name, broken))
    say(
        f"{counted(space.size, 'design')} ({counted(space.shapes, 'array shape')} x {space.rates:,}) x "
        f"{counted(len(sweep.layers), 'layer')} with {counted(mappings, 'mapping')}: "
        f"{scaled(float(space.size * mappings))} evaluations in {counted(sweep.parts, 'part')}"
    )
    if space.free:
        say(f"free in this model (neither area nor energy): {', '.join(space.free)}")
    for axis in space.axes:
        if axis.partner:
            say(f"{axis.field} moves {axis.partner} with it: they are one piece of hardware")
    events = Events(damaged=lambda message: say(f"warning: {message}"), widened=partial(_widened, say))
    missing = missing_parts(sweep, store, events, peers.process, peers.processes)
    mine = range(peers.process, sweep.parts, peers.processes)
    whose = f"process {peers.process} of {peers.processes}: " if peers.processes > 1 else ""
    designs, to_do = (sum(len(sweep.part(number)) for number in parts) for parts in (mine, missing))
    if len(missing) < len(mine):
        say(f"{whose}{len(mine) - len(missing):,} of {len(mine):,} parts are there already")
    start = time.perf_counter()
    evaluated = 0
    if missing:
        _start(sweep, missing, compiling or _compiling(sweep), say)
        start = time.perf_counter()
        with sweep_progress(designs, designs - to_do, whose) as progress:

            def advanced(new: int, evaluations: int) -> None:
                nonlocal evaluated
                evaluated += evaluations
                progress(new, evaluations)

            events = dataclasses.replace(events, advanced=advanced)
            run_missing(sweep, store, missing, events, all_rows=config.all_rows)
    seconds = time.perf_counter() - start
    return {"run_s": seconds, "evaluations_now": evaluated, "devices": len(sweep.program.devices)}


def _widened(say: Callable[[str], None], designs: int, settings: Settings) -> None:
    """Says that a shortlist was too short for some designs."""
    say(
        f"{designs:,} designs have no mapping in the shortlist, which says nothing about the designs: trying them with "
        f"inners = {settings.inners:,} and tilings = {settings.tilings:,}"
    )


def _start(sweep: Sweep, missing: list[int], compiling: Future[None], say: Callable[[str], None]) -> None:
    """Waits for the programs, and says what the first design is and how long the rest takes.

    ``compiling``: the programs, on their way.
    """
    begun = time.perf_counter()
    with layer_progress("compiling the sweep", announced=False):
        compiling.result()
    ready = time.perf_counter()
    first = sweep.first(missing)
    if not first:
        return
    seconds = time.perf_counter() - ready
    say(first_line(first, sweep.objectives, sweep.space.base.energy.unit))
    designs = sum(len(sweep.part(number)) for number in missing)
    blocks = designs / (sweep.program.designs * len(sweep.program.devices))
    say(
        f"ready after {ready - begun:.1f} s; about {duration(blocks * seconds)} to go, less where designs break a "
        "constraint"
    )


def _collected(sweep: Sweep, store: Store, config: SweepConfig, peers: Peers) -> Result:
    """All parts as one; those that went missing or were damaged while the sweep ran are computed again.

    Raises:
        StoreError: the disk refused them, or they are those of another process.
    """
    try:
        return collect(sweep, store)
    except StoreError:
        if peers.processes > 1:
            raise
    events = Events(damaged=lambda message: terminal(stderr=True).print(f"warning: {message}", soft_wrap=True))
    missing = missing_parts(sweep, store, events)
    what = f"{counted(len(missing), 'part')} went missing or were damaged while the sweep ran: computing them again"
    terminal(stderr=True).print(what, soft_wrap=True)
    run_missing(sweep, store, missing, events, all_rows=config.all_rows)
    return collect(sweep, store)


def _check_room(store: Store, sweep: Sweep, config: SweepConfig) -> None:
    """Refuses a sweep whose results cannot fit the disk, however few designs are on the front.

    Raises:
        SpecError: too little room; the message gives both numbers.
    """
    missing = max(0, sweep.parts - store.kept())
    rows = config.designs_per_part * _BYTES_PER_ROW if config.all_rows else 0
    need = missing * (_least_bytes(sweep) + rows)
    free = shutil.disk_usage(store.folder).free
    if need > free:
        raise SpecError(
            f"output_dir {str(store.folder)!r} has {scaled(free, 'B')} free where {missing:,} missing parts take "
            f"{scaled(need, 'B')} at least; choose another --output_dir, or raise designs_per_part"
        )


def _least_bytes(sweep: Sweep) -> int:
    """What every part takes: the tables of its summary, of which no entry depends on what is found."""
    return sum(array.nbytes for array in sweep.blank.arrays().values())


def _certified(
    sweep: Sweep, found: Answers, config: SweepConfig, sweep_s: float, kept_or_made: Callable[..., float]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The best designs mapped exhaustively: how far the shortlist of mappings is from the optimum.

    Says once when that has taken longer than the sweep; ends early, with what is known and a note, at Ctrl-C.
    ``kept_or_made``: of a name, how to make a rate and how to read it, the rate, made once.
    """
    results: list[dict[str, Any]] = []
    clock = Overtime(
        sweep_s, "the certificate takes longer than the sweep did; Ctrl-C leaves it out, as --config.certify=0 does"
    )
    try:
        for design in found.top[: config.certify]:
            make = partial(_exhaustively, sweep, design.index, config.mapping_objective, clock)
            exact, swept = kept_or_made(_certificate(design), make=make, reads=_rate), design.row["inferences_per_s"]
            results.append(
                {"design": design.index, "inferences_per_s": exact, "swept": swept, "gap": exact / swept - 1}
            )
    except KeyboardInterrupt:
        return results, [f"interrupted: {len(results)} of {config.certify} certificates; the report is complete"]
    return results, []


def _certificate(design: Found) -> str:
    """What the certificate of a design is kept as."""
    return f"certificate of design {design.index}"


def _rate(kept: float) -> float:
    """A rate that was kept.

    Raises:
        ValueError: it can be none.
    """
    if not 0 < float(kept) < math.inf:
        raise ValueError("no rate")
    return float(kept)


def _exhaustively(sweep: Sweep, index: int, objective: str, clock: Overtime) -> float:
    """Inferences per second of a design, each network mapped exhaustively: their geometric mean."""
    machine = sweep.space.design(index)
    rates = []
    for workload in sweep.networks:
        what = f"certificate: mapping {workload.name} exhaustively on {machine.name}"
        with layer_progress(f"{what} (the report is written; Ctrl-C leaves this out)") as progress:
            watched = clock.watching(progress)
            options = {"objective": objective, "conventions": sweep.program.conventions}
            rates.append(map_network(workload, machine, progress=watched, **options).inferences_per_s)
    return float(np.exp(np.mean(np.log(rates))))


def _certificates(certified: list[dict[str, Any]]) -> list[str]:
    return [
        f"design {each['design']}: exhaustive mapping gives {each['inferences_per_s']:,.1f} inf/s, "
        + _beside_the_sweep(each["gap"])
        for each in certified
    ]


def _beside_the_sweep(gained: float) -> str:
    """What exhaustive mapping gains over the sweep's shortlist, which has mappings of the other designs too."""
    if gained <= -_SEEN:
        words = "less than the sweep, which found a mapping for another design that the mapspace of this one leaves out"
        return f"{gap(-gained)} {words}"
    return f"{gap(gained)} more than the sweep's shortlist" if gained >= _SEEN else "as much as the sweep's shortlist"


def _plain(value: Any) -> Any:
    """Plain JSON: tuples as lists, infinities in words."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return "inf" if value == float("inf") else value


if __name__ == "__main__":
    _EXPERIMENT.run(main)
