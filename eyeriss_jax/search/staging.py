"""Staging: one scalar law, executed in stages and eight dimensions at a time.

A sweep evaluates the same law over designs x layers x mappings, and most of the law depends on a part of these only:
how a dimension falls into tiles does not know the bandwidth of DRAM. :class:`Staged` traces the law once and deals
its operations out to stages by the inputs they depend on, so that a caller can run every stage at its own loop level.
Operations that say the same of several dimensions are executed together as one operation on a *pack*, which
divides the size of the compiled program, and so its compile time, by three. What is computed is the law, operation
by operation: staging never changes a result.

Values are arrays ``[pack, *axes]`` whose axes are the caller's; an axis that a value does not depend on has length 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend import core

from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.search import host, interpreter

# Operations that act on every element alone, so that they need no batching rule.
_ELEMENTWISE = frozenset(
    {"add", "sub", "mul", "div", "max", "min", "floor", "ceil", "round", "sign", "abs", "neg", "exp", "log", "log1p"}
    | {"expm1", "sqrt", "rsqrt", "square", "pow", "integer_pow", "erf", "erfc", "logistic", "tanh", "lgamma", "rem"}
    | {"select_n", "clamp", "gt", "ge", "lt", "le", "eq", "ne", "and", "or", "not", "is_finite"}
    | {"convert_element_type"}
)

Values = dict[str, jax.Array]
"""Packs of values by name, each ``[pack, *axes]``."""

Rows = dict[int, jax.Array]
"""What each stage leaves to later ones as one table ``[rows, *axes]``; truth values are 0 and 1."""


@dataclass(frozen=True)
class _Constant:
    """A literal of the law."""

    value: Any


@dataclass(frozen=True)
class _Member:
    """One value of a pack; before packs are made, one variable (``pack`` is its name)."""

    pack: str
    index: int = 0


@dataclass(frozen=True)
class _Selection:
    """Several values of one pack, in order."""

    pack: str
    indices: tuple[int, ...]


_Operand = _Constant | _Member | _Selection


@dataclass(frozen=True)
class _Operation:
    """One traced operation, or several alike executed as one."""

    source: Any
    operands: tuple[_Operand, ...]
    outputs: tuple[str, ...]
    level: int


class Staged:
    """``function`` cut into stages.

    Args:
        function: the law; its arguments and result are pytrees of scalars.
        levels: for every leaf of the arguments the stage at which it becomes known, 0 first. The leaves of a
            :class:`Dims` share one.
        arguments: example arguments (only shapes and types matter).

    ``count`` stages; ``shape`` is the result's structure.
    """

    def __init__(self, function: Callable[..., Any], levels: Any, arguments: tuple) -> None:
        """Traces ``function``, assigns every operation to its stage and packs those that are alike."""
        jaxpr, self.shape = jax.make_jaxpr(function, return_shape=True)(*arguments)
        self._tree = jax.tree.structure(self.shape)
        packs = jax.tree.leaves(arguments, is_leaf=lambda x: isinstance(x, Dims))
        inputs: list[_Member] = []
        self._inputs: list[tuple[str, bool]] = []
        for number, pack in enumerate(packs):
            name = f"in{number:03d}"
            self._inputs.append((name, isinstance(pack, Dims)))
            inputs += [_Member(name, i) for i in range(len(DIMS) if isinstance(pack, Dims) else 1)]
        level_of = {m.pack: level for m, level in zip(inputs, jax.tree.leaves(levels), strict=True)}
        self._level: dict[str, int] = level_of
        self.count = max(level_of.values()) + 1
        traced, results = _inlined(jaxpr, inputs, level_of)
        self._operations, place = _packed(_needed(traced, results))
        self._results = [place.get(r, r) if isinstance(r, _Member) else r for r in results]
        self._level |= {name: o.level for o in self._operations for name in o.outputs}
        self._last_use = self._find_last_uses()

    def inputs(self, level: int, arguments: Any, shaped: Callable[[Any], jax.Array]) -> Values:
        """The inputs known at ``level``, of all ``arguments``; ``shaped`` gives each leaf its axes ``[1, *axes]``."""
        leaves = jax.tree.leaves(arguments, is_leaf=lambda x: isinstance(x, Dims))
        found = {}
        for (name, is_dims), leaf in zip(self._inputs, leaves, strict=True):
            if self._level[name] == level and name in self._last_use:
                found[name] = jnp.concatenate([shaped(leaf[d]) for d in DIMS]) if is_dims else shaped(leaf)
        return found

    def run(self, level: int, known: Values) -> Values:
        """Executes stage ``level`` on all values known before it; returns those that later stages need."""
        known = self._execute(level, known)
        return {name: value for name, value in known.items() if self._last_use.get(name, -1) > level}

    def rows(self, level: int, before: Rows, given: Values, axes: tuple[int, ...]) -> Rows:
        """Stage ``level`` by interpretation: ``before`` with what later stages need of it and of its inputs ``given``.

        A stage with operations that the interpreter lacks is compiled instead.
        """
        program = self._programs[level]
        if program is None:
            known = self._execute(level, self.values(before, level) | given)
            tables = [known[name] for name in self._kept(level)]
        else:
            own = [given[name] for name in self._given(level)]
            tables = [program.run(_as_table([*(before[n] for n in range(level)), *own], axes))]
        return before | {level: _as_table(tables, axes)}

    def values(self, rows: Rows, level: int) -> Values:
        """The packs in ``rows`` that stage ``level`` or a later one needs."""
        found = {}
        for stage, table in rows.items():
            first = 0
            for name, (size, is_bool) in self._kept(stage).items():
                if self._last_use[name] >= level:
                    pack = lax.slice_in_dim(table, first, first + size)
                    found[name] = pack > 0 if is_bool else pack
                first += size
        return found

    def _kept(self, level: int) -> dict[str, tuple[int, bool]]:
        """The packs made or given at ``level`` that later stages need: length, and whether they are truth values."""
        made = {
            name: (_length(o), v.aval.dtype == bool)
            for o in self._operations
            if o.level == level
            for name, v in zip(o.outputs, o.source.outvars, strict=True)
        }
        return {name: of for name, of in (self._given(level) | made).items() if self._last_use.get(name, -1) > level}

    def _given(self, level: int) -> dict[str, tuple[int, bool]]:
        """The packs of inputs that become known at ``level`` and are used: length, and that they are numbers."""
        return {
            name: (len(DIMS) if is_dims else 1, False)
            for name, is_dims in self._inputs
            if self._level[name] == level and name in self._last_use
        }

    @staticmethod
    def _members(packs: dict[str, tuple[int, bool]]) -> list[_Member]:
        return [_Member(name, i) for name, (size, _) in packs.items() for i in range(size)]

    @cached_property
    def _programs(self) -> list[interpreter.Program | None]:
        """Every stage for the interpreter; None where it lacks an operation."""
        return [self._program(level) for level in range(self.count)]

    def _program(self, level: int) -> interpreter.Program | None:
        operations = [o for o in self._operations if o.level == level]
        if not all(_operator(o) in interpreter.OPERATORS for o in operations):
            return None
        instructions = [
            interpreter.Instruction(_operator(o), tuple(_member(x, i) for x in o.operands), _Member(o.outputs[0], i))
            for o in operations
            for i in range(_length(o))
        ]
        inputs = [x for before in range(level) for x in self._members(self._kept(before))]
        inputs += self._members(self._given(level))
        return interpreter.assemble(instructions, inputs, self._members(self._kept(level)))

    def finish(self, known: Values) -> Any:
        """Executes the last stage and returns the result of the law, leaves ``[*axes]``."""
        known = self._execute(self.count - 1, known)
        axes = next(iter(known.values())).ndim - 1
        leaves = [_read(known, r) if not isinstance(r, _Constant) else _full(r, axes) for r in self._results]
        return jax.tree.unflatten(self._tree, [leaf[0] for leaf in leaves])

    @cached_property
    def on_host(self) -> host.Law:
        """The law for NumPy, for which nothing is compiled.

        Raises:
            NotImplementedError: an operation that NumPy lacks.
        """
        packs = [{x.pack for x in o.operands if not isinstance(x, _Constant)} for o in self._operations]
        last = {name: number for number, names in enumerate(packs) for name in names}
        results = {r.pack for r in self._results if isinstance(r, _Member)}
        steps = [
            host.Step(
                host.operator_of(o.source),
                tuple(_host_source(x, v.aval.dtype) for x, v in zip(o.operands, o.source.invars, strict=True)),
                o.outputs[0],
                o.source.outvars[0].aval.dtype,
                tuple(name for name in packs[number] - results if last[name] == number),
            )
            for number, o in enumerate(self._operations)
        ]
        return host.Law(
            inputs=tuple((name, is_dims, self._level[name]) for name, is_dims in self._inputs),
            steps=tuple(steps),
            results=tuple(
                np.asarray(x.value) if isinstance(x, _Constant) else (x.pack, x.index)  # type: ignore[union-attr]
                for x in self._results
            ),
            shape=jax.tree.map(lambda _: 0, self.shape),
        )

    def examples(self, level: int, axes: tuple[int, ...]) -> Values:
        """Ones for the inputs known at ``level``, with the given lengths of the axes."""
        return {name: jnp.ones((size, *axes), jnp.float32) for name, (size, _) in self._given(level).items()}

    def operation_count(self, level: int) -> int:
        """Operations of a stage, for one point."""
        return sum(_length(o) for o in self._operations if o.level == level)

    def _execute(self, level: int, known: Values) -> Values:
        known = dict(known)
        for operation in self._operations:
            if operation.level == level:
                results = _apply(operation.source, [_read(known, x) for x in operation.operands])
                known |= zip(operation.outputs, results, strict=True)
        return known

    def _find_last_uses(self) -> dict[str, int]:
        last: dict[str, int] = {}
        for operation in self._operations:
            for operand in operation.operands:
                if not isinstance(operand, _Constant):
                    last[operand.pack] = max(last.get(operand.pack, 0), operation.level)
        return last | {r.pack: self.count - 1 for r in self._results if isinstance(r, _Member)}


def _length(operation: _Operation) -> int:
    """How many operations of the law this one is."""
    return max((len(x.indices) for x in operation.operands if isinstance(x, _Selection)), default=1)


def _operator(operation: _Operation) -> str:
    """The name under which the interpreter may know the operation; conversions leave its float rows as they are."""
    name = operation.source.primitive.name
    scalar = not any(v.aval.shape for v in (*operation.source.invars, *operation.source.outvars))
    to_float = name == "convert_element_type" and operation.source.outvars[0].aval.dtype == jnp.float32
    return ("copy" if to_float else name) if scalar else f"{name} of arrays"


def _member(operand: _Operand, index: int) -> _Member | float:
    """What an operand is for one operation of a pack."""
    if isinstance(operand, _Constant):
        return float(np.asarray(operand.value))
    return _Member(operand.pack, operand.indices[index]) if isinstance(operand, _Selection) else operand


def _as_table(packs: Sequence[jax.Array], axes: tuple[int, ...]) -> jax.Array:
    """Packs as one table of floats; those of one shape are joined before they are stretched along the axes."""
    joined = [] if packs else [jnp.zeros((0, *axes), jnp.float32)]
    for shape, alike in groupby(packs, key=lambda pack: pack.shape[1:]):
        table = jnp.concatenate([pack.astype(jnp.float32) for pack in alike])
        joined.append(table if shape == axes else jnp.broadcast_to(table, (len(table), *axes)))
    return joined[0] if len(joined) == 1 else jnp.concatenate(joined)


def _host_source(operand: _Operand, dtype: Any) -> np.ndarray | tuple[str, slice | list[int]]:
    """Where NumPy finds an operand."""
    if isinstance(operand, _Constant):
        return np.asarray(operand.value, dtype)
    indices = operand.indices if isinstance(operand, _Selection) else (operand.index,)
    stretch = slice(indices[0], indices[-1] + 1)
    return operand.pack, stretch if indices == tuple(range(stretch.start, stretch.stop)) else list(indices)


def _full(constant: _Constant, axes: int) -> jax.Array:
    return jnp.asarray(constant.value).reshape((1,) * (1 + axes))


def _read(known: Values, operand: _Operand) -> Any:
    """The value of an operand, a pack of its own."""
    if isinstance(operand, _Constant):
        return operand.value
    pack = known[operand.pack]
    indices = operand.indices if isinstance(operand, _Selection) else (operand.index,)
    if indices == tuple(range(pack.shape[0])):
        return pack
    first, last = indices[0], indices[-1]
    if indices == tuple(range(first, last + 1)):
        return lax.slice_in_dim(pack, first, last + 1)
    return lax.concatenate([lax.slice_in_dim(pack, i, i + 1) for i in indices], 0)


def _apply(equation: Any, operands: list[Any]) -> list[jax.Array]:
    """One operation on packs, with lengths of 1 stretched; anything but the elementwise is vmapped."""
    arrays = [x for x in operands if isinstance(x, jax.Array)]
    rank = len(arrays[0].shape) - len(_own_shape(equation, operands, arrays[0]))
    shape = np.broadcast_shapes(*(x.shape[:rank] for x in arrays))
    primitive = equation.primitive
    if primitive.name in _ELEMENTWISE and all(not v.aval.shape for v in equation.outvars):
        stretched = [_stretched(x, shape, v.aval.dtype) for x, v in zip(operands, equation.invars, strict=True)]
        return [primitive.bind(*stretched, **equation.params)]

    def alone(*values: Any) -> list[Any]:
        found = primitive.bind(*values, **primitive.get_bind_params(equation.params))
        return list(found) if primitive.multiple_results else [found]

    batched = [isinstance(x, jax.Array) for x in operands]
    flat = [
        jnp.broadcast_to(x, shape + x.shape[rank:]).reshape((-1, *x.shape[rank:])) if b else jnp.asarray(x)
        for x, b in zip(operands, batched, strict=True)
    ]
    results = jax.vmap(alone, in_axes=[0 if b else None for b in batched])(*flat)
    return [r.reshape(shape + r.shape[1:]) for r in results]


def _own_shape(equation: Any, operands: list[Any], array: jax.Array) -> tuple[int, ...]:
    """The shape that the law itself gives the operand ``array`` (mostly none: the law is scalar)."""
    position = next(i for i, x in enumerate(operands) if x is array)
    return equation.invars[position].aval.shape


def _stretched(x: Any, shape: tuple[int, ...], dtype: Any) -> jax.Array:
    if not isinstance(x, jax.Array):
        return lax.full(shape, x, dtype)
    return x if x.shape == shape else lax.broadcast_in_dim(x, shape, range(len(shape)))


def _inlined(
    closed: Any, inputs: Sequence[_Member], level_of: dict[str, int]
) -> tuple[list[_Operation], list[_Operand]]:
    """All operations of a program once each, with the bodies of its inner ``jit`` calls in place."""
    found: list[_Operation] = []
    done: dict[Any, tuple[str, ...]] = {}
    level = dict(level_of)

    def walk(jaxpr: Any, constants: Any, operands: Sequence[_Operand]) -> list[_Operand]:
        known: dict[Any, _Operand] = dict(zip(jaxpr.constvars, map(_Constant, constants), strict=True))
        known |= dict(zip(jaxpr.invars, operands, strict=True))

        def read(atom: Any) -> _Operand:
            return _Constant(atom.val) if isinstance(atom, core.Literal) else known[atom]

        for equation in jaxpr.eqns:
            read_operands = [read(atom) for atom in equation.invars]
            if (body := _body(equation)) is not None:
                outputs = walk(body.jaxpr, body.consts, read_operands)
            elif _copies(equation):
                outputs = read_operands
            elif all(isinstance(x, _Constant) for x in read_operands):
                outputs = _folded(equation, read_operands)
            else:
                key = equation.primitive, repr(sorted(equation.params.items())), tuple(map(_identity, read_operands))
                if key not in done:
                    done[key] = tuple(f"v{len(found):05d}_{i}" for i in range(len(equation.outvars)))
                    at = max((level[x.pack] for x in read_operands if isinstance(x, _Member)), default=0)
                    level.update(dict.fromkeys(done[key], at))
                    found.append(_Operation(equation, tuple(read_operands), done[key], at))
                outputs = [_Member(name) for name in done[key]]
            known |= dict(zip(equation.outvars, outputs, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    return found, walk(closed.jaxpr, closed.consts, inputs)


def _body(equation: Any) -> Any:
    """The program of an operation that is one in turn: a ``jit`` call, or what has a gradient of its own; else None."""
    parameter = {"jit": "jaxpr", "pjit": "jaxpr", "custom_jvp_call": "call_jaxpr"}.get(equation.primitive.name)
    return None if parameter is None else equation.params[parameter]


def _copies(equation: Any) -> bool:
    """Whether an operation changes nothing, such as a conversion to the type that its operand has."""
    if equation.primitive.name not in ("convert_element_type", "copy", "stop_gradient"):
        return False
    operand, result = equation.invars[0].aval, equation.outvars[0].aval
    return isinstance(equation.invars[0], core.Var) and (operand.shape, operand.dtype) == (result.shape, result.dtype)


def _folded(equation: Any, operands: list[_Operand]) -> list[_Operand]:
    """The results of an operation on constants; JAX would compile it, so NumPy does what it does to the bit."""
    values = [np.asarray(x.value, v.aval.dtype) for x, v in zip(operands, equation.invars, strict=True)]  # type: ignore[union-attr]
    if equation.primitive.name in host.EXACT and not any(value.shape for value in values):
        return [_Constant(np.asarray(host.operator_of(equation)(*values), equation.outvars[0].aval.dtype))]
    with jax.ensure_compile_time_eval():
        found = equation.primitive.bind(*values, **equation.params)
    return [_Constant(np.asarray(x)) for x in (found if equation.primitive.multiple_results else [found])]


def _identity(operand: _Operand) -> Any:
    """Equal for equal operands."""
    if isinstance(operand, _Constant):
        value = np.asarray(operand.value)
        return value.dtype.str, value.shape, value.tobytes()
    return operand


def _needed(operations: list[_Operation], results: Sequence[_Operand]) -> list[_Operation]:
    """The operations that the results depend on."""
    wanted = {r.pack for r in results if isinstance(r, _Member)}
    kept = []
    for operation in reversed(operations):
        if wanted.intersection(operation.outputs):
            kept.append(operation)
            wanted |= {x.pack for x in operation.operands if isinstance(x, _Member)}
    return kept[::-1]


def _packed(operations: list[_Operation]) -> tuple[list[_Operation], dict[_Member, _Member]]:
    """Operations that do the same to different members of the same packs as one; and where each variable went.

    Two operations are alike if they are the same function of inputs that differ in their dimension only.
    """
    kinds: dict[_Member, int] = {}
    numbers: dict[Any, int] = {}
    depth: dict[int, int] = {}
    groups: dict[tuple[int, int], list[_Operation]] = {}

    def kind(operand: _Operand) -> Any:
        if isinstance(operand, _Member) and operand not in kinds:
            kinds[operand] = numbers.setdefault(operand.pack, len(numbers))
        return kinds[operand] if isinstance(operand, _Member) else _identity(operand)

    for operation in operations:
        key = (operation.source.primitive, repr(sorted(operation.source.params.items())))
        key = (*key, operation.level, *(kind(x) for x in operation.operands))
        number = numbers.setdefault(key, len(numbers))
        below = [kinds[x] for x in operation.operands if isinstance(x, _Member)]
        depth[number] = 1 + max((depth.get(k, 0) for k in below), default=0)
        for i, name in enumerate(operation.outputs):
            kinds[_Member(name)] = numbers.setdefault((number, i), len(numbers))
            depth[kinds[_Member(name)]] = depth[number]
        groups.setdefault((depth[number], number), []).append(operation)

    place: dict[_Member, _Member] = {}
    found: list[_Operation] = []
    for _, alike in sorted(groups.items(), key=lambda item: item[0]):
        for members in _joined(alike, place):
            found.append(members[0])
            first = members[0]
            for position, operation in enumerate(members[1]):
                for name, pack in zip(operation.outputs, first.outputs, strict=True):
                    place[_Member(name)] = _Member(pack, position)
    return found, place


def _joined(alike: list[_Operation], place: dict[_Member, _Member]) -> list[tuple[_Operation, list[_Operation]]]:
    """``alike`` as one operation per set of packs that their operands lie in; what does not fit stays alone."""
    buckets: dict[Any, list[tuple[list[_Operand], _Operation]]] = {}
    for operation in alike:
        row = [place.get(x, x) if isinstance(x, _Member) else x for x in operation.operands]
        packs = tuple(x.pack if isinstance(x, _Member) else _identity(x) for x in row)
        buckets.setdefault(packs, []).append((row, operation))
    found = []
    for bucket in buckets.values():
        bucket.sort(key=lambda each: [x.index for x in each[0] if isinstance(x, _Member)])
        members = [operation for _, operation in bucket]
        columns = [_column(list(column)) for column in zip(*(row for row, _ in bucket), strict=True)]
        joined = [(columns, members)] if None not in columns else [(row, [operation]) for row, operation in bucket]
        for operands, of in joined:
            found.append((_Operation(of[0].source, tuple(operands), of[0].outputs, of[0].level), of))  # type: ignore[arg-type]
    return found


def _column(operands: list[_Operand]) -> _Operand | None:
    """One operand that stands for those of several operations: a common one, or members of one pack in order."""
    first = operands[0]
    if isinstance(first, _Constant):
        return first
    if all(x == first for x in operands):
        return first
    members = [x for x in operands if isinstance(x, _Member) and x.pack == first.pack]
    indices = tuple(x.index for x in members)
    if len(members) < len(operands) or any(a >= b for a, b in pairwise(indices)):
        return None
    return _Selection(first.pack, indices)
