"""Mappings of a whole network in one YAML file: written beside every result, made to be edited and replayed."""

from pathlib import Path

import yaml

from eyeriss_jax.dataflow.loop_nest import from_dict, to_dict
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.documents import read_document
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.files import write_text

_WIDTH = 120


def write_mappings(path: Path, result: NetworkResult) -> None:
    """Writes the mapping of every layer, by layer name."""
    title = (
        f"# {result.network} on {result.accelerator.name}, best by {result.objective}.\n"
        "# Edit any mapping and replay the file; layers that it does not name are searched.\n"
    )
    data = {layer.layer.name: to_dict(layer.mapping) for layer in result.layers}
    write_text(path, title + yaml.safe_dump(data, sort_keys=False, default_flow_style=None, width=_WIDTH))


def read_mappings(path: Path) -> dict[str, Mapping]:
    """The mappings in a file that :func:`write_mappings` wrote, by layer name.

    Raises:
        SpecError: the file cannot be read, is not such a file, or names a layer twice; the message says where.
    """
    root = read_document(path, "mapping file")
    return {name: from_dict(node.plain(), f"{node.place}, layer {name!r}") for name, node in root.fields().items()}
