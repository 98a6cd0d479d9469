"""What differs between two configurations, in words."""

import json
from typing import Any


def differences(found: Any, wanted: Any, where: str = "") -> list[str]:
    """What differs between two configurations, one phrase a field."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = [*found, *(k for k in wanted if k not in found)]
        return [d for k in keys for d in differences(found.get(k), wanted.get(k), f"{where}.{k}".lstrip("."))]
    return [] if found == wanted else [f"{where}: {_short(found)} there, {_short(wanted)} now"]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
