"""Densities of a JAX program or Flax model, measured by running it on data: per layer and per input channel.

The program is traced and walked as for its shapes (:mod:`.jax_walk`), but with values: every convolution and matmul
also yields the share of nonzeros of its operands, averaged over the trips of loops. Layers are named as
:func:`.from_jax` names them, so that the densities fit its network.
"""

import math
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend import core

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.densities import Densities, LayerDensities
from eyeriss_jax.layers.importers.checkpoint import smallest_kept
from eyeriss_jax.layers.importers.collector import Collector
from eyeriss_jax.layers.importers.jax_loops import trip_count
from eyeriss_jax.layers.importers.jax_primitives import CALLS, size
from eyeriss_jax.layers.importers.jax_products import convolution, matmul_rows
from eyeriss_jax.layers.importers.jax_program import name_of, origins_of, program_of, trace
from eyeriss_jax.layers.importers.jax_walk import Place, Walk, through_loop
from eyeriss_jax.layers.importers.origins import (
    CONSTANT,
    Activation,
    Origin,
    after_product,
    joint,
    weight_operand,
)

Ran = tuple[Any, Any, list["Shares"]]


class Shares(NamedTuple):
    """Share of nonzeros of one layer per input channel."""

    iact: Any
    weight: Any


def measure_densities(
    fn: Any, *data: Any, name: str = "", bits: int | None = None, weights: Collection[int] | None = None
) -> Densities:
    """Runs ``fn(*data)`` and measures the densities of all its layers.

    Args:
        fn: what :func:`.from_jax` takes, with its parameters: a function whose arguments hold them, a linen module that
            is bound (``model.bind(variables)``), or an nnx module.
        data: arrays: a batch of real inputs (and the parameters, for a function).
        name: of the network, for messages.
        bits: count what an array rounds to zero in so many bits (one scale per array, as for an 8-bit accelerator) as
            zero; None for exact zeros.
        weights: as for :func:`.from_jax`.

    Raises:
        SpecError: a program that cannot be run or walked, e.g. shapes where it needs arrays.
    """
    smallest_kept(1.0, bits)
    name = name or name_of(fn)
    program = program_of(fn, data, values=True)
    leaves = jax.tree.leaves(program.arguments)
    if any(isinstance(leaf, jax.ShapeDtypeStruct) for leaf in leaves):
        raise SpecError(f"network {name!r}: shapes where arrays are needed; bind a linen module to its variables, and "
                        f"give arrays as inputs")  # fmt: skip
    origins, _ = origins_of(program.arguments, program.weights if weights is None else weights)
    closed = trace(f"network {name!r}", program.call, *program.arguments)
    collector = Collector(f"JAX program {name!r}")
    Walk(collector, "refuse").program(closed, origins, Place())
    network = collector.network(name, None)
    _, found = jax.jit(lambda values: _run(closed, values, origins, bits)[::2])(leaves)
    layers = {}
    for layer, shares in zip(network.layers, found, strict=True):
        iact, weight = _channels(shares.iact), _channels(shares.weight)
        if any(map(math.isnan, iact)):
            raise SpecError(f"network {name!r}: layer {layer.name!r} never ran on this data; give data that reaches it")
        if math.inf in (*iact, *weight):
            raise SpecError(f"network {name!r}: layer {layer.name!r} multiplies values that are NaN or infinite; give "
                            f"data in range and the weights of a training that went well")  # fmt: skip
        layers[layer.name] = LayerDensities(iact=iact, weight=weight)
    return Densities(layers=layers, source=f"measured on {name}" + (f" in {bits} bits" if bits else ""))


def _channels(shares: jax.Array) -> tuple[float, ...]:
    """Per-channel means as Python floats, over all trips; rounding may not leave [0, 1], infinity stays."""
    means = jnp.nanmean(shares.reshape(-1, shares.shape[-1]), axis=0)
    return tuple(map(float, jnp.where(jnp.isinf(means), means, jnp.clip(means, 0.0, 1.0))))


def _run(closed: Any, values: Sequence[Any], origins: Sequence[Origin], bits: int | None) -> Ran:
    """Outputs of a program, their origins, and the shares of its layers in the order of the walk."""
    jaxpr = getattr(closed, "jaxpr", closed)
    known: dict[Any, tuple[Any, Origin]] = {}
    known.update(
        (v, (value, CONSTANT)) for v, value in zip(jaxpr.constvars, getattr(closed, "consts", ()), strict=True)
    )
    known.update(zip(jaxpr.invars, zip(values, origins, strict=True), strict=True))

    def read(variable: Any) -> tuple[Any, Origin]:
        return (variable.val, CONSTANT) if isinstance(variable, core.Literal) else known[variable]

    found: list[Shares] = []
    for eqn in jaxpr.eqns:
        given, sources = zip(*map(read, eqn.invars), strict=True) if eqn.invars else ((), ())
        results, after, more = _equation(eqn, list(given), list(sources), bits)
        found += more
        known.update(zip(eqn.outvars, zip(results, after, strict=True), strict=True))
    outputs = [read(variable) for variable in jaxpr.outvars]
    return [value for value, _ in outputs], [origin for _, origin in outputs], found


def _equation(eqn: Any, values: list[Any], origins: list[Origin], bits: int | None) -> Ran:
    """The same for one equation."""
    name = eqn.primitive.name
    if name in CALLS:
        return _run(eqn.params[CALLS[name]], values, origins, bits)
    if name in _STRUCTURES:
        return _STRUCTURES[name](eqn, values, origins, bits)
    results = _bound(eqn, values)
    if name in ("dot_general", "conv_general_dilated"):
        return results, [after_product(origins)], _product(eqn, values, origins, bits)
    if name == "dynamic_slice":
        origins = origins[:1]
    return results, [joint(origins)] * len(eqn.outvars), []


def _bound(eqn: Any, values: list[Any]) -> list[Any]:
    """The outputs of an equation as JAX itself computes them."""
    given = eqn.primitive.get_bind_params(eqn.params)
    subfunctions, params = given if isinstance(given, tuple) else ((), given)  # up to jax 0.9 and from 0.10 on
    results = eqn.primitive.bind(*subfunctions, *values, **params)
    return list(results) if eqn.primitive.multiple_results else [results]


def _product(eqn: Any, values: list[Any], origins: list[Origin], bits: int | None) -> list[Shares]:
    """The shares of a product that the walk takes for a layer."""
    if not all(size(variable.aval) for variable in (*eqn.invars, *eqn.outvars)):
        return []
    used = [_nonzero(value, bits) for value in values]
    if eqn.primitive.name == "conv_general_dilated":
        numbers = eqn.params["dimension_numbers"]
        groups = eqn.params["feature_group_count"] * eqn.params["batch_group_count"]
        iact = _mean_but(used[0], (numbers.lhs_spec[1],))
        kernel = jnp.moveaxis(used[1], numbers.rhs_spec[:2], (0, 1))
        weight = jnp.mean(kernel.reshape(groups, -1, *kernel.shape[1:2], size(kernel[0, 0])), axis=(1, 3))
        phases = len(convolution(eqn).layers("counted"))  # a transposed one: each has the densities of the whole filter
        return [Shares(iact, weight.reshape(-1))] * phases
    contracted = eqn.params["dimension_numbers"][0]
    if not contracted[0]:
        return []
    place = weight_operand(origins, matmul_rows(eqn))
    shares = [_mean_but(mask, axes) for mask, axes in zip(used, contracted, strict=True)]
    return [Shares(shares[1 - place], shares[place])]


def _nonzero(values: Any, bits: int | None) -> jax.Array:
    """1 where a value counts as nonzero, else 0; infinity all over if one is not finite, as no density is right."""
    magnitudes = jnp.abs(values).astype(jnp.float32)
    used = (magnitudes > smallest_kept(jnp.max(magnitudes, initial=0.0), bits)).astype(jnp.float32)
    return jnp.where(jnp.isfinite(magnitudes).all(), used, jnp.inf)


def _mean_but(values: jax.Array, axes: Sequence[int]) -> jax.Array:
    """Means over all axes but some, which become one."""
    kept = jnp.moveaxis(values, axes, range(len(axes)))
    return jnp.mean(kept.reshape(-1, size(kept) // max(_extent(kept, len(axes)), 1)), axis=1)


def _extent(values: jax.Array, axes: int) -> int:
    """Elements of the first axes."""
    return size(jax.ShapeDtypeStruct(values.shape[:axes], values.dtype))


def _scan(eqn: Any, values: list[Any], origins: list[Origin], bits: int | None) -> Ran:
    """A loop: its body's shares for every trip."""
    params = eqn.params
    consts, carried, body = params["num_consts"], params["num_carry"], params["jaxpr"]
    inside = through_loop(body.jaxpr, origins, consts, carried)
    if params["length"] == 0:
        return _bound(eqn, values), [Activation.PLAIN] * len(eqn.outvars), []
    after: list[Origin] = []

    def trip(carry: list[Any], xs: list[Any]) -> Any:
        outputs, outgoing, found = _run(body, [*values[:consts], *carry, *xs], inside, bits)
        after[:] = outgoing
        return outputs[:carried], (outputs[carried:], found)

    carry, stacked = values[consts : consts + carried], values[consts + carried :]
    last, (outputs, found) = jax.lax.scan(trip, carry, stacked, params["length"], reverse=params["reverse"])
    return [*last, *outputs], after, found


def _while(eqn: Any, values: list[Any], origins: list[Origin], bits: int | None) -> Ran:
    """A loop of plain length, trip by trip; one of unknown length is run, and nothing in it is a layer."""
    params = eqn.params
    skipped, consts, body = params["cond_nconsts"], params["body_nconsts"], params["body_jaxpr"]
    carried = len(body.jaxpr.outvars)
    trips = trip_count(eqn)
    if not trips:
        return _bound(eqn, values), [Activation.PLAIN] * carried, []
    inside = through_loop(body.jaxpr, origins[skipped:], consts, carried)
    after: list[Origin] = []

    def trip(carry: list[Any], _: None) -> Any:
        outputs, outgoing, found = _run(body, [*values[skipped : skipped + consts], *carry], inside, bits)
        after[:] = outgoing
        return outputs, found

    last, found = jax.lax.scan(trip, values[skipped + consts :], None, trips)
    return last, after, found


def _cond(eqn: Any, values: list[Any], origins: list[Origin], bits: int | None) -> Ran:
    """A choice: the shares of the branch that the walk counts, unknown (NaN) where another one ran."""
    walks = []
    for branch in eqn.params["branches"]:
        walks.append(Collector(""))
        Walk(walks[-1], "list").program(branch, origins[1:], Place())
    costliest = max(range(len(walks)), key=lambda index: walks[index].macs)
    after: dict[int, list[Origin]] = {}

    def run(index: int, given: list[Any]) -> Any:
        outputs, after[index], found = _run(eqn.params["branches"][index], given, origins[1:], bits)
        return outputs, found

    branches = [partial(run, index) for index in range(len(walks))]
    _, counted = jax.eval_shape(branches[costliest], values[1:])

    def only_counted(index: int, given: list[Any]) -> Any:
        outputs, found = branches[index](given)
        unknown = jax.tree.map(lambda share: jnp.full(share.shape, jnp.nan, share.dtype), counted)
        return outputs, found if index == costliest else unknown

    chosen = [partial(only_counted, index) for index in range(len(walks))]
    outputs, found = jax.lax.switch(values[0], chosen, values[1:])
    return outputs, after[costliest], found


def _shard_map(eqn: Any, *_: Any) -> Any:
    raise SpecError("densities are measured on one device; leave shard_map out of the program that is measured")


_STRUCTURES = {"scan": _scan, "while": _while, "cond": _cond, "shard_map": _shard_map}
