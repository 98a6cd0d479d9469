"""The name of a run's folder: what was asked and where it runs, so that another question writes to another folder."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

NAMING = ("checkpoint", "networks", "network", "topics", "layers", "layer", "accelerator")
"""Fields of a config that always name the folder, in this order: what, then where."""

LONGEST = 60
"""Characters of one part of a name."""


def folder_name(config: Mapping[str, Any], usual: Mapping[str, Any], more: Sequence[str] = ()) -> str:
    """A name such as ``alexnet-eyeriss_v2-edp-batch4``.

    The fields of :data:`NAMING` come first, then every other field whose value is not the usual one, then ``more``.
    Fields that are no plain value (axes, constraints) are one checksum together.

    Args:
        config: the fields of what is asked.
        usual: the same of the default config.
        more: further words.
    """
    parts = [_list(config[field], field) for field in NAMING if config.get(field)]
    structured = {}
    for field, value in config.items():
        if field in NAMING or value == usual.get(field):
            continue
        if isinstance(value, str):
            parts.append(_slug(value or f"no_{field}"))
        elif isinstance(value, int | float):
            parts.append(f"{field}{value}" if not isinstance(value, bool) else f"{'' if value else 'no_'}{field}")
        else:
            structured[field] = value
    if structured:
        parts.append(_checksum(repr(sorted(structured.items()))))
    return "-".join([*parts, *map(_slug, more)]) or "all"


def _list(value: Any, field: str) -> str:
    """A name, or several."""
    if isinstance(value, str):
        return _slug(value)
    joined = "+".join(map(_slug, value))
    return joined if len(joined) <= LONGEST else f"{len(value)}_{field}_{_checksum(joined)}"


def _slug(name: str) -> str:
    """A name of a network, file or layer as part of a file name."""
    plain = re.sub(r"[^A-Za-z0-9._+]+", "_", name.removesuffix(".yaml").removesuffix(".yml")).strip("_")
    return plain if len(plain) <= LONGEST else f"{plain[-LONGEST + 7 :]}_{_checksum(name)}"


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
