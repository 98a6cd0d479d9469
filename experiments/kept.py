"""Parts of a long run that are kept in files, so that an interrupted run goes on where it stopped."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eyeriss_jax.report.files import write_json


def key_of(*parts: object) -> str:
    """A checksum of all that a part depends on."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def kept_or(path: Path, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``path`` holds if it is of ``key``; else what ``make`` returns, plain data, which is then kept there."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key and isinstance(kept["part"], dict):
            return kept["part"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # absent, cut short or of another kind: it is made again
    part = make()
    write_json(path, {"key": key, "part": part})
    return part
