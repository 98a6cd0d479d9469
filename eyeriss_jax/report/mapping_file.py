"""Mappings of a whole network in one YAML file: written beside every result, made to be edited and replayed."""

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from eyeriss_jax.dataflow.loop_nest import from_dict, to_dict
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
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
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"mapping file {path}: {getattr(error, 'strerror', None) or 'not a text file'}") from error
    return {name: from_dict(data, f"mapping file {path}, layer {name!r}") for name, data in _parse(path, text).items()}


def _parse(path: Path, text: str) -> dict[str, Any]:
    """The top level of the file: layer name -> plain data."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "characters that are not text"
        raise SpecError(f"mapping file {path}: not valid YAML{line}: {problem}") from error
    if not isinstance(data, dict):
        raise SpecError(f"mapping file {path}: expected a mapping under each layer name, found {type(data).__name__}")
    counts = Counter(key.value for key, _ in root.value)
    repeated = [name for name, count in counts.items() if count > 1]
    if repeated:
        raise SpecError(f"mapping file {path}: layer {repeated[0]!r} occurs {counts[repeated[0]]} times; keep one")
    return {str(name): mapping for name, mapping in data.items()}
