"""Parts of a long run that are kept in files, so that an interrupted run goes on where it stopped."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eyeriss_jax.report.files import write_json


def key_of(*parts: object) -> str:
    """A checksum of all that a part depends on."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def kept_or(path: Path, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``path`` holds if it is of ``key``; else what ``make`` returns, plain data, which is then kept there."""
    part = _part(path, key)
    if part is None:
        part = make()
        write_json(path, {"key": key, "part": part})
    return part


@dataclass
class KeptValues:
    """Plain values by name in one file, all of one key; the file is written again with every new value."""

    path: Path
    key: str
    values: dict[str, Any]

    @staticmethod
    def open(path: Path, key: str, *, restart: bool = False) -> "KeptValues":
        """The values that ``path`` holds if it is of ``key``; none if not, or to start over."""
        return KeptValues(path, key, {} if restart else _part(path, key) or {})

    def add(self, name: str, value: Any) -> None:
        """Keeps one more value."""
        self.values[name] = value
        write_json(self.path, {"key": self.key, "part": self.values})


def _part(path: Path, key: str) -> dict[str, Any] | None:
    """What ``path`` keeps of ``key``; None if it is absent, cut short, of another key or of another kind."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return kept["part"] if kept["key"] == key and isinstance(kept["part"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
