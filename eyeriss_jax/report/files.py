"""Writing files whole or not at all."""

import json
import os
import tempfile
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any


def write_json(path: Path, data: Dictionary[str, Any]) -> None:
    """Writes ``data`` as strict JSON.

    Raises:
        ValueError: NaN or infinity, which strict JSON does not have.
    """
    write_text(path, json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 file through a temporary one beside it, so that readers never see half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
