"""Mappings of a whole network in one YAML file: written beside every result, made to be edited and replayed.

::

  for: {network: alexnet, batch: 1, accelerator: eyeriss_v2, dataflow: rs_plus, objective: cycles}
  layers:
    CONV1: ...
"""

from collections.abc import Mapping as Dictionary
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.loop_nest import to_dict
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dataflow.mapping_fields import read_mapping
from eyeriss_jax.documents import Node, read_document
from eyeriss_jax.errors import SpecError, gathered
from eyeriss_jax.hardware.checks import known_name
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.files import write_text
from eyeriss_jax.search.objectives import OBJECTIVES

_WIDTH = 120

# Layers of which one message tells what is wrong: who changes a file by a rule makes the same mistake in all.
_MOST_TOLD = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeFor:
    """What a file of mappings is for, in the words of the command line.

    Attributes:
        network: as ``--network`` takes it.
        batch: inputs per run.
        accelerator: as ``--accelerator`` takes it.
        dataflow: by name.
        objective: what the mapper minimised.
    """

    network: str
    batch: int
    accelerator: str
    dataflow: str
    objective: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MappingFile:
    """The mappings by layer name, where the file gives each, and what they are for; None if it does not say it."""

    mappings: dict[str, Mapping]
    places: dict[str, Node]
    made_for: MadeFor | None


def write_mappings(path: Path, result: NetworkResult, config: Dictionary[str, Any] | None = None) -> None:
    """Writes the mapping of every layer.

    Args:
        path: the file.
        result: the layers with their mappings.
        config: what led to the result; its ``network``, ``accelerator`` and ``batch`` are what the file says it is for,
            by default the names in ``result``.
    """
    asked = config or {}
    made_for = MadeFor(
        network=str(asked.get("network", result.network)),
        batch=int(asked.get("batch", result.layers[0].layer.N)),
        accelerator=str(asked.get("accelerator", result.accelerator.name)),
        dataflow=result.dataflow,
        objective=result.objective,
    )
    title = "# Edit any mapping and replay the file with --mapping; layers that it does not name are searched.\n"
    data = {"for": asdict(made_for), "layers": {layer.layer.name: to_dict(layer.mapping) for layer in result.layers}}
    write_text(path, title + yaml.safe_dump(data, sort_keys=False, default_flow_style=None, width=_WIDTH))


def read_mapping_file(path: Path) -> MappingFile:
    """A file that :func:`write_mappings` wrote, or one that only has a mapping for each layer name.

    Raises:
        SpecError: the file cannot be read, is not such a file, or names a layer twice; the message says where.
    """
    root = read_document(path, "mapping file")
    if not {"for", "layers"} & root.fields().keys():
        return MappingFile(mappings=_mappings(root), places=root.value, made_for=None)
    parts = root.fields(("for", "layers"), ("for", "layers"))
    layers = parts["layers"]
    return MappingFile(mappings=_mappings(layers), places=layers.value, made_for=_made_for(parts["for"]))


def read_mappings(path: Path) -> dict[str, Mapping]:
    """The mappings in a file, by layer name, whatever they are for.

    Raises:
        SpecError: as for :func:`read_mapping_file`.
    """
    return read_mapping_file(path).mappings


def _mappings(node: Node) -> dict[str, Mapping]:
    """The mapping of every layer; what is wrong with any of them is told at once."""
    given = node.fields()
    (found,) = gathered((partial(read_mapping, name, each) for name, each in given.items()), most=_MOST_TOLD)
    return dict(zip(given, found, strict=True))


def _made_for(node: Node) -> MadeFor:
    names = [field.name for field in fields(MadeFor)]
    found = node.fields(names, names)
    words = {name: found[name].text() for name in names if name != "batch"}
    for name, known in (("dataflow", DATAFLOWS), ("objective", OBJECTIVES)):
        try:
            known_name(name, words[name], known)
        except SpecError as error:
            raise found[name].error(str(error)) from error
    return MadeFor(batch=found["batch"].integer(), **words)
