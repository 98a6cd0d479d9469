"""The walk through a traced program: every equation becomes a layer, other work, or a walk of its own.

Alongside the shapes goes the origin of every value (``origins.py``). It decides which operand of a product is the
weight, and names layers whose modules have no name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jax.extend import core

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.checks import LARGEST_INTEGER
from eyeriss_jax.layers.importers.collector import Collector, Path
from eyeriss_jax.layers.importers.jax_loops import trip_count
from eyeriss_jax.layers.importers.jax_primitives import CALLS, KINDS, MOVEMENT, operations, size
from eyeriss_jax.layers.importers.jax_products import convolution, matmul_layer
from eyeriss_jax.layers.importers.origins import CONSTANT, Activation, Origin, after_product, joint, parameter
from eyeriss_jax.layers.importers.unknown import Unknown

UNKNOWN_LOOP = "loop of unknown length"

# Functions of jax.nn whose equations are better known under one name.
_FUNCTIONS = {"softmax": "softmax", "log_softmax": "softmax", "logsumexp": "softmax"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: the path of modules, how often the program comes by, and what the work there is called."""

    path: Path = ()
    repeat: int = 1
    kind: str | None = None

    def inside(self, eqn: Any) -> "Place":
        """The place of an equation, with the scopes that it was traced in; einsum's scopes name no module."""
        scopes = [scope.name for scope in eqn.source_info.name_stack.stack if type(scope).__name__ == "Scope"]
        names = [name for scope in scopes if "->" not in scope for name in scope.split("/") if name]
        return replace(self, path=(*self.path, *names))

    def times(self, trips: int) -> "Place":
        """The place inside a loop.

        Raises:
            SpecError: more repeats than 32 bits hold.
        """
        repeat = self.repeat * trips
        if repeat > LARGEST_INTEGER:
            raise SpecError(
                f"loops around {'/'.join(self.path) or 'the program'} run {repeat} times in all, which does not fit in "
                f"32 bits; shorten a loop and multiply the result"
            )
        return replace(self, repeat=repeat)


class Walk:
    """Walks programs into a collector.

    Args:
        collector: takes what is found.
        unknown: whether work that cannot be counted is refused or listed.
    """

    def __init__(self, collector: Collector, unknown: Unknown) -> None:
        self.collector = collector
        self.unknown: Unknown = unknown

    def program(self, closed: Any, origins: Sequence[Origin], place: Place) -> list[Origin]:
        """Walks a (closed) jaxpr whose inputs have these origins; returns those of its outputs."""
        jaxpr = getattr(closed, "jaxpr", closed)
        known: dict[Any, Origin] = dict.fromkeys(jaxpr.constvars, CONSTANT)
        known.update(zip(jaxpr.invars, origins, strict=True))

        def origin(variable: Any) -> Origin:
            return CONSTANT if isinstance(variable, core.Literal) else known[variable]

        for eqn in jaxpr.eqns:
            found = self._equation(eqn, [origin(variable) for variable in eqn.invars], place.inside(eqn))
            known.update(zip(eqn.outvars, found, strict=True))
        return [origin(variable) for variable in jaxpr.outvars]

    def _equation(self, eqn: Any, origins: list[Origin], place: Place) -> list[Origin]:
        """Deals with one equation; returns the origins of its outputs."""
        name = eqn.primitive.name
        if name in CALLS:
            kind = _FUNCTIONS.get(str(eqn.params.get("name", "")).strip("_"), place.kind)
            return self.program(eqn.params[CALLS[name]], origins, replace(place, kind=kind))
        if name in _STRUCTURES:
            return _STRUCTURES[name](self, eqn, origins, place)
        if name in ("dot_general", "conv_general_dilated"):
            self._product(eqn, origins, place)
            return [after_product(origins)]
        if name in KINDS:
            kind = KINDS[name] if KINDS[name] != "element-wise" or place.kind is None else place.kind
            self.collector.add_other(place.path, place.repeat, kind, operations(eqn), name)
        elif name not in MOVEMENT:
            self._unknown(eqn, place)
        if name == "dynamic_slice":  # a slice of parameters is one, wherever it begins
            origins = origins[:1]
        return [joint(origins)] * len(eqn.outvars)

    def _product(self, eqn: Any, origins: list[Origin], place: Place) -> None:
        """A dot product or convolution."""
        path = parameter(origins[::-1])
        name = "/".join(max(place.path, path, key=len)) or "product"
        if not all(size(variable.aval) for variable in (*eqn.invars, *eqn.outvars)):
            shapes = [variable.aval.shape for variable in eqn.invars]
            self.collector.add_empty(place.path, place.repeat, name, shapes)
            return
        if eqn.primitive.name == "conv_general_dilated":
            found = convolution(eqn)
            layers = self.collector.layers_of(name, found, place.repeat)
            self.collector.add_convolution(place.path, path, name, found, layers, place.repeat)
            return
        layer = matmul_layer(eqn, origins, name, place.repeat)
        if layer is not None and layer.operation == "attention":
            place = replace(place, path=(*place.path, "product"))
        if layer is None:
            outputs = size(eqn.outvars[0].aval)
            self.collector.add_other(place.path, place.repeat, "element-wise", outputs, "mul")
        else:
            self.collector.add_layer(place.path, path, layer)

    def _unknown(self, eqn: Any, place: Place) -> None:
        """A primitive of which nothing is known but its shapes."""
        name = eqn.primitive.name
        if self.unknown == "refuse":
            raise SpecError(
                f"{self.collector.source}: {name!r} in {'/'.join(place.path) or 'the program'} is no operation that "
                f"can be counted; write it with jax.numpy or jax.lax, or pass unknown='list' to from_jax to leave it "
                f"out"
            )
        outputs = max((size(variable.aval) for variable in eqn.outvars), default=0)
        self.collector.add_other(place.path, place.repeat, f"unknown ({name})", outputs, name)

    def _scan(self, eqn: Any, origins: list[Origin], place: Place) -> list[Origin]:
        """A loop of known length: its body once, repeated."""
        params = eqn.params
        consts, carried = params["num_consts"], params["num_carry"]
        body = params["jaxpr"].jaxpr
        origins = through_loop(body, origins, consts, carried)
        if params["length"] == 0:
            return [Activation.PLAIN] * len(eqn.outvars)
        return self.program(body, origins, place.times(params["length"]))

    def _while(self, eqn: Any, origins: list[Origin], place: Place) -> list[Origin]:
        """A loop that ends by a condition: counted where its length is plain to see."""
        params = eqn.params
        skipped = params["cond_nconsts"]
        body = params["body_jaxpr"].jaxpr
        carried = len(body.outvars)
        inside = through_loop(body, origins[skipped:], params["body_nconsts"], carried)
        trips = trip_count(eqn)
        if trips is not None:
            return self.program(body, inside, place.times(trips)) if trips else [Activation.PLAIN] * carried
        once = Collector(self.collector.source)
        Walk(once, self.unknown).program(body, inside, replace(place, repeat=1))
        if once.layers and self.unknown == "refuse":
            raise SpecError(
                f"{self.collector.source}: a while loop in {'/'.join(place.path) or 'the program'} multiplies matrices "
                f"({once.macs:,} MACs a trip), but how often it runs is known only when it runs; use jax.lax.scan or "
                f"fori_loop with constant bounds, trace one trip, or pass unknown='list' to from_jax to leave it out"
            )
        self.collector.add_other(place.path, place.repeat, UNKNOWN_LOOP, once.macs, "while")
        return [Activation.PLAIN] * carried

    def _cond(self, eqn: Any, origins: list[Origin], place: Place) -> list[Origin]:
        """A choice: the branch with most MACs, the first of equals."""
        walks, results = [], []
        for branch in eqn.params["branches"]:
            walks.append(Collector(self.collector.source))
            results.append(Walk(walks[-1], self.unknown).program(branch, origins[1:], place))
        costliest = max(range(len(walks)), key=lambda index: walks[index].macs)
        self.collector.merge(walks[costliest])
        return results[costliest]

    def _shard_map(self, eqn: Any, origins: list[Origin], place: Place) -> list[Origin]:
        """One program on many devices: the share of one device, as often as there are devices."""
        devices = 1
        for axis in eqn.params.get("newly_manual_axes", eqn.params.get("manual_axes", ())):
            devices *= eqn.params["mesh"].shape[axis]
        return self.program(eqn.params["jaxpr"], origins, place.times(devices))


_STRUCTURES = {
    "scan": Walk._scan,
    "while": Walk._while,
    "cond": Walk._cond,
    "shard_map": Walk._shard_map,
}


def through_loop(body: Any, origins: Sequence[Origin], consts: int, carried: int) -> list[Origin]:
    """Origins at the start of any trip: what a trip changes is no parameter."""
    result = list(origins)
    for index in range(carried):
        if body.outvars[index] is not body.invars[consts + index]:
            result[consts + index] = Activation.PLAIN
    return result
