"""Writing files whole or not at all."""

import errno
import json
import math
import os
import re
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any

from eyeriss_jax.report.escape import json_text
from eyeriss_jax.search.store import StoreError, explained, write_durably

_LONGEST_FILE_NAME = 120


def file_name(text: str) -> str:
    """``text`` as a file name that stays in the folder it is joined to.

    A layer of somebody's file may be called ``../../etc``. Letters, digits, ``_``, ``-`` and inner dots stay.
    """
    return re.sub(r"[^\w.-]+", "-", text).lstrip(".")[:_LONGEST_FILE_NAME] or "-"


def write_json(path: Path, data: Dictionary[str, Any]) -> None:
    """Writes ``data`` as strict JSON.

    Raises:
        ValueError: NaN or infinity, which strict JSON does not have.
    """
    write_text(path, json_text(json.dumps(data, indent=2, allow_nan=False, ensure_ascii=False)) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a UTF-8 file, whole or not at all.

    Raises:
        StoreError: the disk is full or cannot be written, or a folder, which is somebody's, is where the file belongs.
    """
    if path.is_dir():
        raise StoreError(explained(IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)), path))
    write_durably(path, text.encode())


def strict(value: Any) -> Any:
    """``value`` with only what strict JSON knows: tuples become lists, NaN and infinities null.

    Raises:
        TypeError: a value of any other type.
    """
    if isinstance(value, Dictionary):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"{type(value).__name__} has no place in JSON: {value!r}")
