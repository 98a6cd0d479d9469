"""The compiled program of a sweep: decode designs, find their best mappings, add them to the summary.

One call takes D designs of one array shape per device. Designs are decoded from an index on the device: the digits
of the first one come from the host as exact integers, the device adds an int32 offset with carries.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import lax
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from eyeriss_jax.compiling import compiled
from eyeriss_jax.dims import PerType
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.arrays import AcceleratorArrays
from eyeriss_jax.layers.layer import LayerArrays
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluation import Cycles
from eyeriss_jax.model.eyexam import LOSSES, USEFUL, Early, Searched, cycles_by_cause, reached
from eyeriss_jax.model.records import ENERGY_PARTS
from eyeriss_jax.search.batch import SHAPE_LEAVES, Best, Candidates, best_mappings, blocks_for, facts_of
from eyeriss_jax.search.space import METRICS, QUANTITIES, Columns, DesignSpace, Totals, leaves_of, target_of
from eyeriss_jax.search.sweep.summary import Kept, Summary, add, add_excess, empty_summary

BROKEN, UNMAPPED = -1, -2
"""In the place of the index of a design that breaks a constraint, and of one without a mapping among the candidates."""

_MOST_COMPILED = 16
_compiled_before: OrderedDict[str, Callable[..., Any]] = OrderedDict()
"""What the sweeps of this process compiled last, by all that it depends on."""


class Workload(struct.PyTreeNode):
    """The layers of all networks, each distinct one once.

    ``layers``: leaves ``[L]``. ``times`` ``[L, networks]``: how often a network has the layer.
    ``inferences`` ``[networks]``: inputs per run.
    """

    layers: LayerArrays
    times: Any
    inferences: Any


class Job(struct.PyTreeNode):
    """What one device does in one call; with a leading device axis on every leaf.

    ``machine``: the leaves of the array shape's accelerator ``[leaves]``. ``digits`` ``[axes]``: those of the first
    design. ``count``: designs to evaluate, from the first on. ``index``: the first design's place in its part.
    ``candidates``: mappings to try per layer. ``early`` ``[L, 5]``: :class:`~eyeriss_jax.model.eyexam.Early` per layer.
    """

    machine: Any
    digits: Any
    count: Any
    index: Any
    candidates: Candidates
    early: Any


class Override(struct.PyTreeNode):
    """The leaves of the accelerator that one axis sets: ``table`` ``[leaves, values]``."""

    table: Any
    leaves: tuple[int, ...] = struct.field(pytree_node=False)


@dataclass(frozen=True)
class Program:
    """A sweep's compiled program.

    Attributes:
        space: the designs.
        columns: what a row holds.
        objectives: what the front is of.
        mapping_objective: what makes a mapping best.
        designs: D, designs per device and call.
        front: designs that the device's front can hold.
        top: how many of the best designs to keep.
        devices: the local devices to use.
        joules: joules per unit of energy, or 1.
        conventions: what counts as an access.
    """

    space: DesignSpace
    columns: Columns
    objectives: tuple[str, ...]
    mapping_objective: str
    designs: int
    front: int
    top: int
    devices: tuple[Any, ...]
    joules: float = 1.0
    conventions: Conventions = OURS
    _compiled: dict[str, Callable[..., Any]] = field(default_factory=dict, init=False, compare=False, repr=False)
    _compiling: Any = field(default_factory=Lock, init=False, compare=False, repr=False)

    @cached_property
    def radices(self) -> tuple[int, ...]:
        """Values per axis."""
        return tuple(len(a.values) for a in self.space.axes)

    @cached_property
    def overrides(self) -> tuple[Override, ...]:
        """What each rate axis sets."""
        return _overrides(self.space)

    @cached_property
    def mesh(self) -> Mesh:
        """The mesh of the local devices."""
        return Mesh(np.array(self.devices), ("device",), axis_types=(AxisType.Auto,))

    def empty(self) -> Summary:
        """The summaries of all devices, empty."""
        values = sum(self.radices)
        one = empty_summary(
            len(self.objectives), len(self.columns.names), values, self.front, self.top, len(self.space.targets)
        )
        several = jax.tree.map(lambda x: np.stack([x] * len(self.devices)), one)
        return jax.device_put(several, NamedSharding(self.mesh, PartitionSpec("device")))

    def step(
        self, summary: Summary, job: Job, workload: Workload, overrides: tuple[Override, ...] | None = None
    ) -> tuple[Summary, jax.Array, jax.Array]:
        """One call on all devices: the new summaries, rows ``[devices, columns, D]`` and indices ``[devices, D]``.

        Indices are those in the part, :data:`BROKEN` for designs that break a constraint and :data:`UNMAPPED` for those
        that meet them and have a layer without a mapping among the candidates. Layers are dispatched one by one, so
        that the large program, the search, is compiled for one layer. ``overrides``: other values of the axes.
        """
        overrides = self.overrides if overrides is None else overrides
        if not self._compiled:
            self.compile(job, workload)
        search, finish = self._compiled["search"], self._compiled["finish"]
        found = []
        for number in range(workload.times.shape[0]):
            candidates, layer = _one_layer(job, workload, number)
            found.append(search(job.machine, job.digits, job.count, candidates, layer, overrides))
        return finish(summary, job, tuple(found), workload, overrides)

    def compile(self, job: Job, workload: Workload) -> None:
        """Makes both programs ready, each in a thread, as XLA leaves Python to others; a second caller waits for them.

        Of the arguments only shapes matter. With JAX's compilation cache on, earlier programs come from there.
        """
        with self._compiling:
            if not self._compiled:
                self._compile(job, workload)

    def _compile(self, job: Job, workload: Workload) -> None:
        on_devices = NamedSharding(self.mesh, PartitionSpec("device"))

        def made(dtype: Any) -> jax.ShapeDtypeStruct:
            return jax.ShapeDtypeStruct((len(self.devices), self.designs), dtype, sharding=on_devices)

        best = Best(made(jnp.float32), made(jnp.float32), made(jnp.int32))
        found = (best,) * workload.times.shape[0]
        programs = {
            "search": (self._search, (job.machine, job.digits, job.count, *_one_layer(job, workload, 0))),
            "finish": (self._finish, (self.empty(), job, found, workload)),
        }

        def made_ready(name: str) -> Callable[..., Any]:
            function, arguments = programs[name]
            shapes = [(x.shape, str(x.dtype)) for x in jax.tree.leaves((arguments, self.overrides))]
            key = repr((name, self._made_from, self.devices, shapes, jax.tree.structure((arguments, self.overrides))))
            made = _compiled_before.get(key)
            if made is None:
                lowered = function.lower(*arguments, self.overrides)
                made = _compiled_before[key] = compiled(lowered)
                while len(_compiled_before) > _MOST_COMPILED:
                    _compiled_before.popitem(last=False)
            return made

        with ThreadPoolExecutor(len(programs)) as threads:
            self._compiled.update(dict(zip(programs, threads.map(made_ready, programs), strict=True)))  # both at once

    def _sharded(self, function: Any, each: int, shared: int) -> Any:
        """``function`` on every device: ``each`` arguments with a device axis, then ``shared`` ones."""

        def on_device(*arguments: Any) -> Any:
            own = jax.tree.map(lambda x: x[0], arguments[:each])
            return jax.tree.map(lambda x: x[None], function(*own, *arguments[each:]))

        on_device.__name__ = f"sweep_{function.__name__}"  # a name of its own in JAX's logs and caches
        axis, none = PartitionSpec("device"), PartitionSpec()
        specs = (*[axis] * each, *[none] * shared)
        return jax.jit(jax.shard_map(on_device, mesh=self.mesh, in_specs=specs, out_specs=axis, check_vma=False))

    @cached_property
    def _search(self) -> Any:
        """The best mappings of one layer for the designs of a job."""
        blocks = blocks_for(self.devices)

        def search(
            machine: Any, first: Any, count: Any, candidates: Candidates, layer: LayerArrays, overrides: Any
        ) -> Best:
            machines, _, allowed = self._decoded(machine, first, count, overrides)
            wanted = jnp.where(allowed.any(), count, 0)
            return best_mappings(machines, layer, candidates, blocks, self.conventions, self.mapping_objective, wanted)

        return self._sharded(search, 4, 2)

    @cached_property
    def _finish(self) -> Any:
        """From the best mappings of all layers to rows and summary."""

        def finish(summary: Summary, job: Job, found: tuple[Best, ...], workload: Workload, overrides: Any) -> Any:
            machines, digits, allowed = self._decoded(job.machine, job.digits, job.count, overrides)
            rows, mapped, excess = self._rows(job, machines, found, workload)
            tried, allowed = allowed, allowed & mapped
            rows = jnp.where(allowed[None, :], rows, jnp.nan)
            excess = jnp.where(allowed[None, :], excess, jnp.inf)
            allowed &= (excess <= 0).all(0)
            index = jnp.where(allowed, job.index + jnp.arange(self.designs, dtype=jnp.int32), BROKEN)
            index = jnp.where(tried & ~mapped, UNMAPPED, index)
            chosen = jnp.stack([rows[self.columns.names.index(name)] for name in self.objectives])
            better = jnp.array([METRICS[name] for name in self.objectives], jnp.float32)[:, None]
            values = jnp.where(allowed[None, :], chosen * better, -jnp.inf)
            shares = rows[self.columns.names.index("useful share") :][: 1 + len(LOSSES)]
            new = Kept(values=values, index=index, rows=rows)
            logs = jnp.log2(jnp.maximum(chosen, 1e-30))
            counted = add(summary, new, job.count, logs, digits, self.radices, shares)
            return add_excess(counted, excess), rows, index

        return self._sharded(finish, 3, 2)

    @property
    def _made_from(self) -> tuple[Any, ...]:
        """What the programs depend on beside their arguments, in which the values of all axes are."""
        space = len(self.space.shape_axes), self.radices, self.space.constraints, self.space.targets
        mappings = self.mapping_objective, self.conventions, blocks_for(self.devices)
        return *space, *mappings, self.designs, self.columns, self.objectives, self.joules

    def _decoded(self, machine: Any, first: Any, count: Any, overrides: Any) -> tuple[Any, jax.Array, jax.Array]:
        """The accelerators of a job, their digits ``[axes, D]``, and which meet the constraints ``[D]``."""
        offsets = jnp.arange(self.designs, dtype=jnp.int32)
        digits = _decode(first, offsets, self.radices)
        machines = self._machines(machine, digits, overrides)
        allowed = offsets < count
        for limit in self.space.constraints:
            value = jnp.broadcast_to(QUANTITIES[limit.quantity](machines), offsets.shape)
            allowed &= (value >= limit.at_least) & (value <= limit.at_most)
        return machines, digits, allowed

    def _machines(self, base: jax.Array, digits: jax.Array, overrides: tuple[Override, ...]) -> AcceleratorArrays:
        """The accelerators of a job: leaves ``[D]``, those of the array shape scalars."""
        tree = jax.tree.structure(self.space.base.build())
        leaves = [jnp.broadcast_to(base[i], (self.designs,)) for i in range(tree.num_leaves)]
        first = len(self.space.shape_axes)
        for axis, override in enumerate(overrides):
            for row, leaf in enumerate(override.leaves):
                leaves[leaf] = override.table[row][digits[first + axis]]
        machine = jax.tree.unflatten(tree, leaves)
        return machine.replace(**{name: jax.tree.map(lambda x: x[0], getattr(machine, name)) for name in SHAPE_LEAVES})

    def _rows(
        self, job: Job, machine: AcceleratorArrays, found: tuple[Best, ...], workload: Workload
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """The result rows ``[columns, D]``, and whether every layer has a mapping that fits ``[D]``.

        And how far outside each target designs are ``[targets, D]``: log2 of the ratio, negative inside.
        """
        D, networks = self.designs, workload.times.shape[1]
        kept = ("cycles", "energy", "dram_words", "work", *(f"{part}_energy" for part in ENERGY_PARTS))

        best = jax.tree.map(lambda *x: jnp.stack(x), *found)  # [L, D]

        def add_layer(carry: Any, one: Any) -> Any:
            totals, causes, mapped = carry
            best, candidates, layer, early, times = one
            facts = facts_of(
                machine, layer, candidates, best.index, self.conventions, in_stages=blocks_for(self.devices).in_stages
            )
            times = times[:, None, None]
            totals = totals + times * jnp.stack([facts[name] for name in kept])[None]
            causes = causes + times * _by_cause(Early(*early), facts)[None]
            return (totals, causes, mapped & jnp.isfinite(best.primary)), None

        zero = jnp.zeros((networks, len(kept), D)), jnp.zeros((networks, 1 + len(LOSSES), D)), jnp.ones(D, bool)
        layers = best, job.candidates, workload.layers, job.early, workload.times
        (totals, causes, mapped), _ = lax.scan(add_layer, zero, layers)
        fact = {name: jnp.where(mapped[None], totals[:, i], 1.0) for i, name in enumerate(kept)}  # [networks, D]
        run = Totals(
            cycles=fact["cycles"], energy=fact["energy"], dram_words=fact["dram_words"],
            work=fact["work"], inferences=workload.inferences[:, None],
        )  # fmt: skip
        area = jnp.broadcast_to(QUANTITIES["area_mm2"](machine), (D,))
        units, clock = QUANTITIES["macs_per_cycle"](machine), machine.clock_hz[None, :]
        metrics = run.metrics(clock, self.joules, area, units, _mean)
        by_cause = (causes / fact["cycles"][:, None, :]).mean(0)
        energy = jnp.stack([(fact[f"{p}_energy"] / fact["energy"]).mean(0) for p in ENERGY_PARTS])
        rows = [
            jnp.stack([metrics[name] for name in METRICS]),
            run.rates(clock),
            run.efficiencies(self.joules),
            by_cause,
            energy,
        ]
        joined = jnp.concatenate(rows)
        row, excess = dict(zip(self.columns.names, joined, strict=True)), []
        for target in self.space.targets:
            value = jnp.log2(target_of(row, target.quantity))
            least, most = (jnp.log2(bound) for bound in (max(target.at_least, 0.0), target.at_most))
            excess.append(jnp.maximum(least - value, value - most)[None])
        return joined, mapped, jnp.concatenate(excess or [jnp.zeros((1, D))])


def _by_cause(early: Early, facts: dict[str, jax.Array]) -> jax.Array:
    """Cycles of one layer: useful ones, then those lost to each of :data:`LOSSES`, of the mapping used."""
    delivery = PerType.build(lambda t: facts[f"{t}_port"])
    plain = {
        name: facts[name] for name in ("compute", "chain", "waiting", "returning", "exposed", "ramp", "bandwidth_bound")
    }
    cycles = Cycles(**plain, delivery=delivery, glb=facts["glb_port"], dram=facts["dram_port"], total=facts["cycles"])
    at = reached(early, Searched.nothing(cycles), facts["work"], cycles.total, jnp)
    found = cycles_by_cause(facts["work"] / early.units, at, cycles, jnp)
    return jnp.stack([found[cause] for cause in (USEFUL, *LOSSES)])


def _one_layer(job: Job, workload: Workload, number: int) -> tuple[Candidates, LayerArrays]:
    """The candidates ``[devices, ...]`` and the scalars of one layer."""
    return jax.tree.map(lambda x: x[:, number], job.candidates), jax.tree.map(lambda x: x[number], workload.layers)


def _mean(x: jax.Array) -> jax.Array:
    """Geometric mean over networks ``[networks, D]``; exact for one."""
    return x[0] if x.shape[0] == 1 else jnp.exp(jnp.log(x).mean(0))


def _decode(first: jax.Array, offsets: jax.Array, radices: tuple[int, ...]) -> jax.Array:
    """Digits ``[axes, D]`` of the designs at ``offsets`` from the one with the digits ``first`` ``[axes]``."""
    carry, found = offsets, []
    for axis in reversed(range(len(radices))):
        carry = carry + first[axis]
        found.append(carry % radices[axis])
        carry = carry // radices[axis]
    return jnp.stack(found[::-1])


def _overrides(space: DesignSpace) -> tuple[Override, ...]:
    """Per rate axis the leaves that it changes, with their values.

    Raises:
        SpecError: two axes change the same leaf.
    """
    setters: dict[int, str] = {}
    found = []
    for axis in space.rate_axes:
        rows = np.array([leaves_of(axis.apply(space.base, value)) for value in axis.values])
        same = np.all(rows == leaves_of(space.base)[None, :], axis=0)
        changed = tuple(int(i) for i in np.flatnonzero(~same))
        for leaf in changed:
            if leaf in setters:
                raise SpecError(f"axes {setters[leaf]} and {axis.field} set the same value; leave one of them out")
            setters[leaf] = axis.field
        found.append(Override(table=rows[:, changed].T.astype(np.float32), leaves=changed))
    return tuple(found)
