"""A network under mappings that are given, on one machine after the other: all its layers in one compiled call.

What :func:`~eyeriss_jax.search.mapping.network.map_network` says of given mappings, layer by layer and exactly, comes
here from one program over all layers, compiled once, in milliseconds: for a hand on a slider.
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.dataflow import Dataflow
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dataflow.mapspace import fastest_plan
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import AXES, Accelerator
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.conventions import OURS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.model.eyexam_reasons import Plan
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.model.validity import explain
from eyeriss_jax.search.mapping.network import replayed

_ARRAY = (*AXES, "lanes", "reduce_axes", "chained_axes")
"""Fields on which the plans of a dataflow depend, beside whether PEs skip zeros."""

_MOST_PLANS = 4096
"""Plans of step 4 that are remembered: those of 60 layers on 68 arrays."""


class Unfit(SpecError):
    """A mapping that does not fit the machine; ``layers``: the names of all that do not."""

    def __init__(self, message: str, layers: tuple[str, ...]) -> None:
        super().__init__(message)
        self.layers = layers


class Rescore:
    """Scores one network on machine after machine under given mappings.

    Example:
        >>> fc = Network(name="one", layers=(Layer.fully_connected("fc", 64, 10),), source="an example")
        >>> machine = accelerator("eyeriss_v2")
        >>> mapped = map_network(fc, machine)
        >>> score = Rescore(fc, DATAFLOWS["rs_plus"])
        >>> score(machine, {"fc": mapped.layers[0].mapping}).cycles == mapped.cycles
        True
    """

    def __init__(
        self, network: Network, flow: Dataflow, objective: str = "cycles", conventions: Conventions = OURS
    ) -> None:
        """``objective``: what the mappings were found by, as results say it."""
        self.network, self.flow, self.objective, self.conventions = network, flow, objective, conventions
        # A dense layer beside one with zeros would be priced as if it might run compressed.
        groups = ([x for x in network.layers if x.sparsity.is_dense is dense] for dense in (True, False))
        self._groups = [(layers, _stacked([layer.build() for layer in layers])) for layers in groups if layers]
        self._shapes = {layer.name: layer.anonymous() for layer in network.layers}
        self._plans: dict[Any, tuple[Plan, float] | None] = {}

    def __call__(self, accelerator: Accelerator, mappings: Dictionary[str, Mapping]) -> NetworkResult:
        """The Eyexam of every layer; ``mappings`` by layer name, of all layers.

        Raises:
            Unfit: mappings that do not fit; the message says why of the first one.
        """
        evaluations = self.evaluations(accelerator, mappings)
        unfit = tuple(layer.name for layer in self.network.layers if evaluations[layer.name].code)
        if unfit:
            raise Unfit(self._why(accelerator, mappings, unfit, int(evaluations[unfit[0]].code)), unfit)
        results = (
            replayed(
                layer, accelerator, self.flow, mappings[layer.name], evaluations[layer.name],
                self._plan(layer, accelerator),
            )
            for layer in self.network.layers
        )  # fmt: skip
        return NetworkResult(
            network=self.network.name,
            accelerator=accelerator,
            dataflow=self.flow.name,
            objective=self.objective,
            layers=tuple(results),
            inferences=self.network.inferences,
            others=self.network.others,
            notes=self.network.notes,
        )

    def evaluations(self, accelerator: Accelerator, mappings: Dictionary[str, Mapping]) -> dict[str, Evaluation]:
        """The evaluation of each layer by its name, Python floats in float64."""
        found = {}
        with jax.enable_x64(True):
            for layers, built in self._groups:
                chosen = _stacked([mappings[layer.name].build() for layer in layers])
                result = _evaluate_layers(accelerator.build(), built, chosen, conventions=self.conventions)
                leaves, tree = jax.tree.flatten(result)
                rows = np.stack([np.broadcast_to(leaf, len(layers)) for leaf in leaves], axis=1).tolist()
                found |= {x.name: jax.tree.unflatten(tree, row) for x, row in zip(layers, rows, strict=True)}
        return found

    def _plan(self, layer: Layer, accelerator: Accelerator) -> tuple[Plan, float] | None:
        """The fastest plan of a layer, remembered for as long as the array is the same."""
        skips = accelerator.sparse_pe is not None
        key = (self._shapes[layer.name], skips, *(getattr(accelerator, field) for field in _ARRAY))
        if key not in self._plans:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[key] = self._fastest(layer, accelerator)
        return self._plans[key]

    def _fastest(self, layer: Layer, accelerator: Accelerator) -> tuple[Plan, float] | None:
        """Of a mapping that fits, so that nobody asks whether any PE tile does."""
        try:
            return fastest_plan(layer, accelerator, self.flow)
        except SpecError:
            return None

    def _why(
        self, accelerator: Accelerator, mappings: Dictionary[str, Mapping], unfit: tuple[str, ...], code: int
    ) -> str:
        first = next(layer for layer in self.network.layers if layer.name == unfit[0])
        why = explain(first, accelerator, mappings[first.name], code, self.conventions)
        return f"{why}{f', and {len(unfit) - 1} more layers do not fit' if len(unfit) > 1 else ''}"


def _evaluate_each(machine: Any, layers: Any, mappings: Any, conventions: Conventions) -> Evaluation:
    return jax.vmap(lambda layer, mapping: evaluate(machine, layer, mapping, conventions))(layers, mappings)


_evaluate_layers = jit_unfused(_evaluate_each, static_argnames="conventions")


def _stacked(built: Sequence[Any]) -> Any:
    """Pytrees of scalars as one with leaves [L]."""
    return jax.tree.map(lambda *leaves: np.array(leaves, np.float64), *built)
