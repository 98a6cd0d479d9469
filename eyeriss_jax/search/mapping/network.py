"""Eyexam of a whole network: the best mapping of every layer, or the ones given, and the seven bounds."""

from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from dataclasses import replace
from functools import partial

import jax
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import dataflow as dataflow_named
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dataflow.mapspace import MapSpace, check_mapspace
from eyeriss_jax.dataflow.mapspace import fastest_plan as fastest
from eyeriss_jax.dims import DIMS
from eyeriss_jax.documents import Node
from eyeriss_jax.errors import SpecError, gathered
from eyeriss_jax.hardware import checks
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.eyexam import Early, Searched, bounds, causes, limiter
from eyeriss_jax.model.eyexam_reasons import Plan, reasons
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.model.validity import broken_field, explain
from eyeriss_jax.search.mapping.glb_room import check_room
from eyeriss_jax.search.mapping.mapper import MapperResult, map_layer
from eyeriss_jax.search.objectives import objective as check_objective
from eyeriss_jax.traced import refuse_within_jit

Progress = Callable[[int, int, str], None]

# Layers of which one message tells what is wrong.
_MOST_TOLD = 3

REPLAYED = "replayed: the mapping was given, nothing was searched; steps 5 and 6 of Eyexam are its own"


def map_network(
    network: Network,
    accelerator: Accelerator,
    *,
    objective: str = "cycles",
    dataflow: Dataflow | str | None = None,
    mappings: dict[str, Mapping] | None = None,
    conventions: Conventions = OURS,
    progress: Progress | None = None,
) -> NetworkResult:
    """Maps every layer of ``network`` and examines it.

    Args:
        network: the layers, executed one after the other; repeats are evaluated once and counted.
        accelerator: the machine.
        objective: what the mapper minimises.
        dataflow: the constraints that make the mapspace, or their name; by default the accelerator's own.
        mappings: mappings to use as they are, by layer name, instead of searching.
        conventions: what counts as an access.
        progress: called as ``progress(done, total, layer name)`` before each layer.

    Raises:
        SpecError: an argument of another type (a name, say), unknown objective, dataflow or layer name, or a mapping
            that does not fit; before any search.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> map_network(fc, accelerator("eyeriss_v2")).layers[0].layer.name
        'fc'
    """
    refuse_within_jit("map_network")
    checks.kind("network", network, Network, "ej.network('alexnet')")
    checks.kind("accelerator", accelerator, Accelerator, "ej.accelerator('eyeriss_v2')")
    check_objective(objective)
    flow = dataflow if isinstance(dataflow, Dataflow) else dataflow_named(dataflow or accelerator.dataflow)
    mappings = mappings or {}
    check_mappable(network, accelerator, flow, mappings, conventions)
    found: dict[Layer, MapperResult] = {}
    examined: dict[Layer, LayerResult] = {}
    results = []
    for done, layer in enumerate(network.layers):
        if progress:
            progress(done, len(network.layers), layer.name)
        if layer.name in mappings:
            results.append(replay(layer, accelerator, flow, mappings[layer.name], conventions))
            continue
        shape = layer.anonymous()
        if shape not in found:
            found[shape] = map_layer(layer, accelerator, flow, objective=objective, conventions=conventions)
        same = replace(layer, name="layer", repeat=1)
        if same not in examined:
            examined[same] = examine(layer, accelerator, flow, found[shape], conventions)
        results.append(replace(examined[same], layer=layer))
    if progress:
        progress(len(network.layers), len(network.layers), "")
    return NetworkResult(
        network=network.name,
        accelerator=accelerator,
        dataflow=flow.name,
        objective=objective,
        layers=tuple(results),
        inferences=network.inferences,
        others=network.others,
        notes=network.notes,
    )


def examine(
    layer: Layer, accelerator: Accelerator, flow: Dataflow, result: MapperResult, conventions: Conventions = OURS
) -> LayerResult:
    """The Eyexam of a layer from the mapper's result."""
    space = result.space
    plan, array_cycles = _fastest_plan(space)
    return _layer_result(
        layer,
        accelerator,
        flow,
        result.mapping,
        plan,
        array_cycles,
        Searched(result.least_compute, result.least_bandwidth),
        evaluate_exactly(accelerator, layer, result.mapping, conventions),
        mapspace_size=space.size,
        evaluated=result.evaluated,
        certified=result.certified,
        certificate=result.certificate,
    )


def replay(
    layer: Layer, accelerator: Accelerator, flow: Dataflow, mapping: Mapping, conventions: Conventions = OURS
) -> LayerResult:
    """The Eyexam of a layer under a given mapping; steps 5 and 6, which are searched, are those of this mapping."""
    evaluation = evaluate_exactly(accelerator, layer, mapping, conventions)
    return replayed(layer, accelerator, flow, mapping, evaluation, fastest_plan(layer, accelerator, flow))


def replayed(
    layer: Layer,
    accelerator: Accelerator,
    flow: Dataflow,
    mapping: Mapping,
    evaluation: Evaluation,
    first: tuple[Plan, float] | None,
) -> LayerResult:
    """:func:`replay` where the evaluation, of Python floats, and the :func:`fastest_plan` are known."""
    if first is None:
        first = {axis: {d: getattr(mapping, axis)[d] for d in DIMS} for axis in AXES}, evaluation.cycles.compute
    plan, array_cycles = first
    searched = Searched.nothing(evaluation.cycles)
    return _layer_result(
        layer, accelerator, flow, mapping, plan, array_cycles, searched, evaluation,
        mapspace_size=1, evaluated=1, certified=False, certificate=REPLAYED,
    )  # fmt: skip


def fastest_plan(layer: Layer, accelerator: Accelerator, flow: Dataflow) -> tuple[Plan, float] | None:
    """The plan of step 4 and its cycles; None where the dataflow has no mapping, and only somebody else has."""
    try:
        check_mapspace(layer, accelerator, flow)
        return fastest(layer, accelerator, flow)
    except SpecError:
        return None


def _fastest_plan(space: MapSpace) -> tuple[Plan, float]:
    """The spatial plan of step 4 of Eyexam, and its compute cycles with unlimited storage."""
    fastest = space.plans_at(np.zeros(1, int))
    return {axis: {d: int(fastest[axis][d][0]) for d in DIMS} for axis in AXES}, float(space.plan_cycles[0])


def evaluate_exactly(
    accelerator: Accelerator, layer: Layer, mapping: Mapping, conventions: Conventions = OURS
) -> Evaluation:
    """The evaluation in float64, as Python floats: every count is an exact integer."""
    with jax.enable_x64(True):
        result = _evaluate(accelerator.build(), layer.build(), mapping.build(), conventions=conventions)
        return jax.tree.map(float, result)


_evaluate = jit_unfused(evaluate, static_argnames="conventions")


def _layer_result(
    layer: Layer,
    accelerator: Accelerator,
    flow: Dataflow,
    mapping: Mapping,
    plan: Plan,
    array_cycles: float,
    searched: Searched,
    evaluation: Evaluation,
    **provenance: object,
) -> LayerResult:
    parallel = flow.parallel_dims()
    early = Early.of(layer, accelerator, parallel, array_cycles)
    found = bounds(early, searched, evaluation.work, evaluation.cycles.total)
    return LayerResult(
        layer=layer,
        mapping=mapping,
        evaluation=evaluation,
        bounds=found,
        reasons=reasons(layer, accelerator, parallel, plan, evaluation, found),
        limiter=limiter(causes(evaluation, found, accelerator.macs_per_cycle)),
        **provenance,  # type: ignore[arg-type]
    )


def check_mappable(
    network: Network,
    accelerator: Accelerator,
    flow: Dataflow,
    mappings: dict[str, Mapping],
    conventions: Conventions,
    places: Dictionary[str, Node] | None = None,
) -> None:
    """Finds out in milliseconds a shape of layers whether :func:`map_network` can do its work.

    ``places`` says where a file gives the mappings, by layer name.

    Raises:
        SpecError: mappings of no layer or that do not fit, all at once and with their places, or a machine that the
            dataflow cannot use.
    """
    layers = {layer.name: layer for layer in network.layers}

    def check(name: str, mapping: Mapping) -> None:
        try:
            if name not in layers:
                raise SpecError(
                    f"mapping for {name!r}: {network.name} has no such layer; its layers: {', '.join(layers)}"
                )
            _check_mapping(layers[name], accelerator, mapping, conventions)
        except SpecError as error:
            if places and name in places:
                raise places[name].of_field(error.field).error(str(error)) from error
            raise

    gathered((partial(check, *each) for each in mappings.items()), most=_MOST_TOLD)
    shapes: dict[Layer, Layer] = {}
    for layer in network.layers:
        if layer.name not in mappings:
            shapes.setdefault(layer.anonymous(), layer)
    for layer in shapes.values() or network.layers[:1]:
        try:
            if shapes:
                check_room(layer, accelerator, flow)
            else:  # mappings that are given are examined under the dataflow, too
                flow.spatial_dims(layer, accelerator)
        except SpecError as error:
            raise SpecError(
                f"dataflow {flow.name!r} on {accelerator.name!r}: {error} ({accelerator.name!r} is built for "
                f"{accelerator.dataflow!r})"
                if flow.name != accelerator.dataflow
                else str(error)
            ) from error


def _check_mapping(layer: Layer, accelerator: Accelerator, mapping: Mapping, conventions: Conventions) -> None:
    """Refuses tiles larger than the layer, and a mapping that does not fit the machine; the error names the field."""
    larger = [dim for dim in DIMS if mapping.glb[dim] > layer.extent(dim)]
    if larger:
        sizes = ", ".join(f"glb.{dim} = {mapping.glb[dim]} where it has {layer.extent(dim)}" for dim in larger)
        raise SpecError(
            f"mapping for {layer.name!r}: tiles larger than the layer: {sizes}; write its own sizes",
            field=f"glb.{larger[0]}",
        )
    code = int(evaluate_exactly(accelerator, layer, mapping, conventions).code)
    if code:
        raise SpecError(
            explain(layer, accelerator, mapping, code, conventions), field=broken_field(accelerator, mapping, code)
        )
