"""The sweep engine: divides a design space into parts, parts into device calls, and keeps what the parts found.

A part is a contiguous stretch of design indices and the unit of loss: it is computed whole, written once, and merged
exactly. Parts are dealt out to processes, calls of a part to devices. Nothing of the result depends on either.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

import jax
import numpy as np

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.dims import DIMS
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.hardware.coupled import field_of
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.layers.networks.base import distinct_layers, times_of
from eyeriss_jax.model.conventions import conventions
from eyeriss_jax.model.countable import check_countable
from eyeriss_jax.model.eyexam import LOSSES, Early
from eyeriss_jax.search.batch import MOST_ORDERS, Candidates, blocks_for, check_mappings, check_memory
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.search.space import (
    METRICS,
    Columns,
    DesignSpace,
    digits_of,
    kept_objectives,
    leaves_of,
    quantities_of,
    target_of,
)
from eyeriss_jax.search.sweep.pareto import Designs, Result, front_of, merged, top_of
from eyeriss_jax.search.sweep.program import UNMAPPED, Job, Program, Workload
from eyeriss_jax.search.sweep.shortlist import Shortlist, shortlist
from eyeriss_jax.search.sweep.summary import MOST_DESIGNS, Summary

WIDER, _WIDENINGS = 4, 2
"""How many times as many inner choices and tilings a wider shortlist has, and how often it is widened."""

MOST_PARTS = 1 << 20
"""Parts of a sweep, each a file: more than anybody waits for, and few enough to look for those that are missing."""

MOST_TOP = 256
"""Best designs that every part holds, whatever is shown of them: a finished sweep can show more or fewer."""

_FIRST_JOBS = 8
"""Calls that look for a first feasible design before the sweep starts in earnest."""

_TABLES = 32
"""Array shapes whose candidates stay in memory."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a sweep runs; only the first group changes what it finds.

    ``mapping_objective``: what makes a mapping best. ``conventions``: what counts as an access, by name. ``inners``,
    ``tilings``: length of the shortlist of mappings; a design of which no mapping fits is tried again with more
    (:attr:`Sweep.wider`).
    ``front``: designs that the front of a device can hold before it spills to the host. ``top``: best designs shown,
    at most :data:`MOST_TOP`; neither changes what parts hold. ``designs_per_part``: the unit of loss and of work for a
    process; ``designs_per_call``: designs a device takes at once.
    """

    mapping_objective: str = "cycles"
    inners: int = 64
    tilings: int = 16
    top: int = 10
    front: int = 512
    designs_per_part: int = 1024
    designs_per_call: int = 64
    conventions: str = "ours"

    def __post_init__(self) -> None:
        """Refuses what could not run."""
        check_objective(self.mapping_objective)
        conventions(self.conventions)
        for name in ("inners", "tilings", "front", "top", "designs_per_part", "designs_per_call"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise SpecError(f"{name} = {value!r} must be an integer of at least 1")
        check_mappings(self.inners, self.tilings)
        if self.top > MOST_TOP:
            raise SpecError(
                f"top = {self.top:,} must be at most {MOST_TOP}, which is what a sweep keeps; with all_rows = "
                "True of experiments.sweep every design is in the folder rows"
            )
        if self.designs_per_part > MOST_DESIGNS:
            raise SpecError(f"designs_per_part = {self.designs_per_part} must be at most {MOST_DESIGNS}")


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What all designs of one array shape share: candidates per layer, stacked, and the size of the shortlists."""

    machine: np.ndarray
    candidates: Candidates
    early: np.ndarray
    mappings: int


@dataclass(frozen=True, kw_only=True)
class First:
    """The first design that is known: its index and its result row, or the metrics in it, by name."""

    index: int
    row: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Base:
    """The base design under the same search: its ``index`` if it is a point of the space, its result ``row``.

    ``fields``: what it has in the place of each axis.

    ``row`` is None if some layer has no mapping in the shortlist. ``broken``: the constraints that it breaks, in words.
    """

    name: str
    fields: dict[str, Any]
    index: int | None
    row: dict[str, float] | None
    broken: tuple[str, ...]


@dataclass
class Sweep:
    """A sweep of ``networks`` over ``space``.

    ``refusal``: why the first array shape that no layer, or not every one, can be mapped on cannot do, in words.

    Raises:
        SpecError: a target of a network that is not among ``networks``, or more designs than :data:`MOST_PARTS` parts.
    """

    space: DesignSpace
    networks: tuple[Network, ...]
    objectives: tuple[str, ...]
    settings: Settings = field(default_factory=Settings)
    devices: tuple[Any, ...] = ()
    joules: float = 1.0
    widened: int = 0
    refusal: str = field(default="", init=False)
    _shapes: OrderedDict[int, Shape | None] = field(default_factory=OrderedDict, repr=False)

    def __post_init__(self) -> None:
        """Prepares the program; nothing is compiled yet."""
        if self.parts > MOST_PARTS:
            raise SpecError(
                f"the axes span {self.space.size:.3g} designs, which are {self.parts:.3g} parts of designs_per_part = "
                f"{self.settings.designs_per_part:,}; a sweep may have {MOST_PARTS:,} parts: take fewer values, or "
                f"raise designs_per_part (up to {MOST_DESIGNS:,})"
            )
        for target in self.space.targets:
            if target.network:
                known_name(f"constraint {target.quantity}", target.network, [n.name for n in self.networks])
        if not all(layer.sparsity.is_dense for network in self.networks for layer in network.layers):
            self.space = self.space.for_zeros()
        self.program = Program(
            space=self.space,
            columns=Columns(networks=tuple(n.name for n in self.networks)),
            objectives=kept_objectives(self.objectives),
            mapping_objective=self.settings.mapping_objective,
            designs=min(self.settings.designs_per_call, self.space.rates),
            front=self.settings.front,
            top=MOST_TOP,
            devices=self.devices or tuple(jax.local_devices()),
            joules=self.joules,
            conventions=conventions(self.settings.conventions),
        )
        blocks_for(self.program.devices)  # refuses devices that a search does not run on
        check_countable(layer for network in self.networks for layer in network.layers)
        self.layers = distinct_layers(self.networks)
        self._check_memory()
        self.workload = _workload(self.networks, self.layers)

    def _check_memory(self) -> None:
        """Refuses what no device could hold: results per design are its rows and the best mapping of each layer."""
        rows = 4 * len(self.program.columns.names)  # the row, and what it is made of
        check_memory(
            self.program.devices[0],
            blocks_for(self.program.devices),
            designs=self.program.designs,
            inners=self.settings.inners,
            tilings=self.settings.tilings,
            layers=len(self.layers),
            tables=min(_TABLES, self.space.shapes) + 1,
            kept=4 * (rows + 3 * len(self.layers)),
        )

    @cached_property
    def named_layers(self) -> tuple[Layer, ...]:
        """``layers``, each under the name of the first layer of its shape."""
        first = {x.anonymous(): x.name for network in self.networks[::-1] for x in network.layers[::-1]}
        return tuple(replace(shape, name=first[shape]) for shape in self.layers)

    @property
    def parts(self) -> int:
        """Number of parts."""
        return -(-self.space.size // self.settings.designs_per_part)

    def part(self, number: int) -> range:
        """The designs of a part."""
        size = self.settings.designs_per_part
        return range(number * size, min((number + 1) * size, self.space.size))

    def mappings(self) -> int:
        """Mappings tried per design, over all layers, on the first array shape that has any."""
        for number in range(self.space.shapes):
            if shape := self.shape(number):
                return shape.mappings
        return 0

    @cached_property
    def wider(self) -> "Sweep | None":
        """The same sweep with :data:`WIDER` times as many mappings of both kinds; None after the last widening.

        That none of the shortlist fits is a limit of the search and not of the design.
        """
        if self.widened == _WIDENINGS:
            return None
        longer = {"inners": WIDER * self.settings.inners, "tilings": WIDER * self.settings.tilings}
        try:
            settings = replace(self.settings, **longer)
            return replace(self, settings=settings, widened=self.widened + 1, _shapes=OrderedDict())
        except SpecError:  # more mappings than can be numbered, or than the memory holds
            return None

    def run_part(
        self,
        number: int,
        *,
        on_call: Callable[[int, int], None] | None = None,
        on_wider: Callable[[int, Settings], None] | None = None,
    ) -> tuple[Result, "Rows"]:
        """Evaluates a part.

        Args:
            number: which.
            on_call: called after every call with the designs and the evaluations that it did.
            on_wider: called with the number of designs that no mapping of the shortlist fits, before they are tried
                again with the longer one of the given settings.

        Returns:
            What was found, and a way to the rows of all its designs.
        """
        part = self.part(number)
        summary, kept, evaluations = self.program.empty(), Rows(part), 0
        sweep: Sweep | None = self
        stretches = [part]
        while sweep and stretches:
            if sweep is not self and on_wider:
                on_wider(sum(map(len, stretches)), sweep.settings)
            jobs = (job for stretch in stretches for job in sweep._jobs(stretch, part.start))
            devices = len(sweep.program.devices)
            while group := [job for _, job in zip(range(devices), jobs, strict=False)]:
                evaluations += sum(job.evaluations for job in group)
                stacked = _stacked([job.job for job in group], devices)
                summary, rows, index = sweep.program.step(summary, stacked, self.workload)
                kept.add(rows, index, [(job.first, int(job.job.count)) for job in group])
                if on_call:
                    jax.block_until_ready(index)
                    designs = sum(int(job.job.count) for job in group) if sweep is self else 0
                    on_call(designs, sum(job.evaluations for job in group))
            unmapped = kept.unmapped()
            stretches, sweep = _stretches(unmapped), sweep.wider
        result = self._result(jax.device_get(summary), part, evaluations, len(unmapped))
        if bool(np.any(jax.device_get(summary.overflow))):
            result = replace(result, front=front_of(kept.designs(self.program)))
        return result, kept

    def base(self, row: dict[str, float] | None) -> Base:
        """The base design of which :meth:`base_row` found ``row``."""
        space = self.space
        machine, broken = space.base, self.broken_by_base()
        if row:
            broken += [words for t in space.targets if (words := t.broken_by(target_of(row, t.quantity)))]
        return Base(name=machine.name, fields=space.base_values, index=space.base_index, row=row, broken=tuple(broken))

    def broken_by_base(self) -> list[str]:
        """The constraints on what a machine is that the base design breaks, in words; before anything is mapped."""
        limits = self.space.constraints
        values = quantities_of(self.space.base, tuple(limit.quantity for limit in limits))
        return [words for limit in limits if (words := limit.broken_by(values[limit.quantity]))]

    def base_row(self) -> dict[str, float] | None:
        """The base's row, by the same program and the same kind of shortlist as all designs; None: no mapping fits."""
        return self._base_row(constrained=not self.broken_by_base())

    def _base_row(self, *, constrained: bool) -> dict[str, float] | None:
        """The base's row; another program, without the constraints, if it breaks some."""
        try:
            shape = self._shape_of(self.space.base)
        except SpecError:  # no PE tile fits
            return None
        program = self.program
        if not constrained:
            program = replace(program, space=replace(self.space, constraints=(), targets=()))
        leaves = leaves_of(self.space.base).astype(np.float32)
        overrides = tuple(
            each.replace(table=np.repeat(leaves[list(each.leaves)][:, None], each.table.shape[1], axis=1))
            for each in self.program.overrides
        )
        job = Job(
            machine=shape.machine, digits=np.zeros(len(self.space.axes), np.int32), count=np.int32(1),
            index=np.int32(0), candidates=shape.candidates, early=shape.early,
        )  # fmt: skip
        stacked = _stacked([job], len(program.devices))
        _, rows, index = jax.device_get(program.step(program.empty(), stacked, self.workload, overrides))
        if index[0, 0] == UNMAPPED:
            return self.wider._base_row(constrained=constrained) if self.wider else None
        return dict(zip(program.columns.names, map(float, rows[0, :, 0]), strict=True))

    def compile(self) -> None:
        """Compiles the programs; without this the first call does so."""
        self.program.compile(self._blank(), self.workload)

    def _blank(self) -> Job:
        """A job of the shapes that all jobs have."""
        layers = len(self.layers)

        def none(*shape: int) -> np.ndarray:
            return np.zeros(shape, np.int32)

        job = Job(
            machine=leaves_of(self.space.base).astype(np.float32),
            digits=none(len(self.space.axes)),
            count=np.int32(0),
            index=np.int32(0),
            candidates=Candidates(
                inner=none(layers, 5, len(DIMS), self.settings.inners),
                parts=none(layers, self.settings.tilings, len(DIMS)),
                parts_count=none(layers),
                orders=none(layers, MOST_ORDERS, 2, 3),
                orders_count=none(layers),
            ),
            early=np.zeros((layers, 5), np.float32),
        )
        return _stacked([job], len(self.program.devices))

    def first(self, parts: Iterable[int]) -> First | None:
        """The first feasible design of ``parts``, evaluated with its neighbours in one call and forgotten.

        None if no design of the first calls is feasible.
        """
        jobs = (job for number in parts for job in self._jobs(self.part(number), self.part(number).start))
        for each in islice(jobs, _FIRST_JOBS):
            job = _stacked([each.job], len(self.program.devices))
            _, rows, index = jax.device_get(self.program.step(self.program.empty(), job, self.workload))
            if (feasible := np.flatnonzero(index[0] >= 0)).size:
                row = dict(zip(self.program.columns.names, map(float, rows[0, :, feasible[0]]), strict=True))
                return First(index=each.first + int(feasible[0]), row=row)
        return None

    def shape(self, number: int) -> Shape | None:
        """The candidates of an array shape; None if nothing of it is feasible."""
        if number not in self._shapes:
            self._shapes[number] = self._make_shape(number)
            if len(self._shapes) > _TABLES:
                self._shapes.popitem(last=False)
        return self._shapes[number]

    def _make_shape(self, number: int) -> Shape | None:
        try:
            machine = self.space.shape(number)
            return self._shape_of(machine) if self._is_allowed(machine) else None
        except SpecError as error:  # not a machine, not one for its dataflow, or no PE tile fits
            self.refusal = self.refusal or str(error)
            return None

    def _shape_of(self, machine: Accelerator) -> Shape:
        machines = _glb_extremes(self.space, machine)
        lengths = self.settings.inners, self.settings.tilings
        lists = [shortlist(x, machines, *lengths, self.program.conventions) for x in self.named_layers]
        parallel = dataflow(machine.dataflow).parallel_dims()
        early = [Early.of(x, machine, parallel, s.plan_cycles) for x, s in zip(self.layers, lists, strict=True)]
        return Shape(
            machine=leaves_of(machine).astype(np.float32),
            candidates=_candidates(lists, self.settings),
            early=np.array(early, np.float32),
            mappings=sum(s.size for s in lists),
        )

    def _is_allowed(self, machine: Accelerator) -> bool:
        """Whether some design of the array shape can meet the constraints.

        All quantities grow with every numeric field, so it is enough to look at the smallest and the largest design.
        """
        small = large = machine
        for axis in self.space.rate_axes:
            if axis.field.split(".", 1)[0] in _SIZED:
                if not all(isinstance(value, int | float) for value in axis.values):
                    return True
                small, large = axis.apply(small, min(axis.values)), axis.apply(large, max(axis.values))
        for limit in self.space.constraints:
            least, most = (quantities_of(m, (limit.quantity,))[limit.quantity] for m in (small, large))
            if least > _with_slack(limit.at_most, 1) or most < _with_slack(limit.at_least, -1):
                return False
        return True

    def _jobs(self, designs: range, start: int) -> Iterator["_Job"]:
        """The calls for ``designs`` of the part that starts at ``start``, each for designs of one array shape."""
        radices, at = [len(a.values) for a in self.space.axes], designs.start
        while at < designs.stop:
            number, within = divmod(at, self.space.rates)
            count = min(self.program.designs, self.space.rates - within, designs.stop - at)
            shape = self.shape(number)
            if shape is None:
                at += min(self.space.rates - within, designs.stop - at)
                continue
            job = Job(
                machine=shape.machine,
                digits=np.array(digits_of(at, radices), np.int32),
                count=np.int32(count),
                index=np.int32(at - start),
                candidates=shape.candidates,
                early=shape.early,
            )
            yield _Job(first=at, job=job, evaluations=shape.mappings * count)
            at += count

    def _result(self, summary: Summary, part: range, evaluations: int, unmapped: int) -> Result:
        """The summaries of all devices as one."""
        several = range(summary.seen.shape[0])

        def designs(kept: Any) -> Designs:
            found = []
            for device in several:
                held = np.flatnonzero(kept.index[device] >= 0)
                index = kept.index[device][held].astype(np.int64) + part.start
                found.append(Designs(index=index, values=kept.values[device][:, held], rows=kept.rows[device][:, held]))
            return Designs.joined(found)

        log_sum = summary.log_high.astype(np.int64) * 4096 + summary.log_low.astype(np.int64)
        return Result(
            front=front_of(designs(summary.front)),
            top=top_of(designs(summary.top), MOST_TOP),
            seen=len(part),  # those that never reached a device included
            feasible=int(summary.feasible.sum()),
            unmapped=unmapped,
            evaluations=evaluations,
            count=summary.count.astype(np.int64).sum(0),
            best=summary.best.max(0),
            log_sum=log_sum.sum(0),
            binds=summary.binds.astype(np.int64).sum(0),
            shares=summary.shares.astype(np.int64).sum(0),
            excess=summary.excess.min(0),
        )

    @cached_property
    def blank(self) -> Result:
        """The result of no designs."""
        empty = jax.device_get(self.program.empty())
        return self._result(empty, range(0), 0, 0)


@dataclass(frozen=True)
class _Job:
    first: int
    job: Job
    evaluations: int


class Rows:
    """The rows of all designs of a part; they stay on the device until they are asked for."""

    def __init__(self, part: range) -> None:
        """No rows yet."""
        self._part = part
        self._calls: list[tuple[Any, Any, list[tuple[int, int]]]] = []

    def add(self, rows: jax.Array, index: jax.Array, places: list[tuple[int, int]]) -> None:
        """The rows of one call; ``places``: first design and number of designs of each device."""
        self._calls.append((rows, index, places))

    def unmapped(self) -> np.ndarray:
        """The designs, by rising index, whose last call found no mapping among the candidates of some layer."""
        designs, codes = self._each([index for _, index, _ in self._calls], np.zeros(0, np.int32))
        return designs[codes == UNMAPPED]

    def fetch(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Design indices ``[N]``, whether each is feasible ``[N]``, and rows ``[columns, N]``, by rising index."""
        designs, codes = self._each([index for _, index, _ in self._calls], np.zeros(0, np.int32))
        _, rows = self._each([rows for rows, _, _ in self._calls], np.zeros((0, 0), np.float32))
        return designs, codes >= 0, rows

    def _each(self, arrays: list[jax.Array], none: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Designs by rising index, and what the last call for each says: ``[devices, ..., D]`` as ``[..., N]``."""
        designs, found = [np.zeros(0, np.int64)], []
        for (_, _, places), array in zip(self._calls, jax.device_get(arrays), strict=True):
            for device, (first, count) in enumerate(places):
                designs.append(np.arange(first, first + count))
                found.append(array[device][..., :count])
        every = np.concatenate(designs)
        if not found:
            return every, none
        chosen, last = np.unique(every[::-1], return_index=True)
        return chosen, np.concatenate(found, axis=-1)[..., len(every) - 1 - last]

    def designs(self, program: Program) -> Designs:
        """The feasible designs with the values of the objectives."""
        index, feasible, rows = self.fetch()
        names = program.columns.names
        values = np.stack([rows[names.index(n)] * np.float32(METRICS[n]) for n in program.objectives])
        return Designs(index=index[feasible], values=values[:, feasible], rows=rows[:, feasible])


def _stretches(designs: np.ndarray) -> list[range]:
    """Rising indices as ranges without gaps."""
    ends = np.flatnonzero(np.diff(designs) > 1) + 1
    return [range(int(run[0]), int(run[-1]) + 1) for run in np.split(designs, ends) if len(run)]


_SIZED = {"glb_bits", "glb_shared_bits", "word_bits", "noc_words_per_cycle", "noc"}
"""Fields beside the array shape that the area and the GLB size depend on."""


def _with_slack(bound: float, sign: int) -> float:
    """A bound a little wider, so that the host never drops what the device's float32 would accept."""
    return bound + sign * 1e-5 * abs(bound) if math.isfinite(bound) else bound


def _workload(networks: tuple[Network, ...], layers: tuple[Layer, ...]) -> Workload:
    sparse = not all(layer.sparsity.is_dense for layer in layers)
    built = [layer.build(sparse=sparse) for layer in layers]
    return Workload(
        layers=jax.tree.map(lambda *x: np.array(x, np.float32), *built),
        times=times_of(layers, networks).astype(np.float32),
        inferences=np.array([n.inferences for n in networks], np.float32),
    )


def _candidates(lists: list[Shortlist], settings: Settings) -> Candidates:
    """The shortlists of all layers, padded to one length."""
    return Candidates(
        inner=np.stack([_padded(s.inner, settings.inners, -1) for s in lists]),
        parts=np.stack([_padded(s.parts, settings.tilings, 0) for s in lists]),
        parts_count=np.array([len(s.parts) for s in lists], np.int32),
        orders=np.stack([_padded(s.orders, MOST_ORDERS, 0) for s in lists]),
        orders_count=np.array([len(s.orders) for s in lists], np.int32),
    )


def _padded(table: np.ndarray, length: int, axis: int) -> np.ndarray:
    """``table`` with its last entry repeated up to ``length``."""
    width = [(0, 0)] * table.ndim
    width[axis] = (0, length - table.shape[axis])
    return np.pad(table, width, mode="edge")


def _stacked(jobs: list[Job], devices: int) -> Job:
    """Jobs with a leading device axis; devices without one get an empty one."""
    idle = jax.tree.map(lambda x: x, jobs[0]).replace(count=np.int32(0))
    return jax.tree.map(lambda *x: np.stack(x), *jobs, *[idle] * (devices - len(jobs)))


def _glb_extremes(space: DesignSpace, machine: Accelerator) -> tuple[Accelerator, ...]:
    """The machine with the smallest and with the largest GLB of the space, the base design's included."""
    small = large = machine
    for axis in space.rate_axes:
        if axis.field.split(".", 1)[0] in ("glb_bits", "glb_shared_bits"):
            values = (*axis.values, field_of(space.base, axis.field))
            small, large = axis.apply(small, min(values)), axis.apply(large, max(values))
    return (machine,) if small == large else (small, large)


__all__ = ["LOSSES", "Result", "Rows", "Settings", "Sweep", "merged"]
