"""The scoreboard as data for scripts: stable keys, no infinities."""

import math
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any

from eyeriss_jax.published import Entry
from eyeriss_jax.report.provenance import git_revision, versions


def scoreboard_summary(entries: Sequence[Entry], config: Dictionary[str, Any]) -> dict[str, Any]:
    """All entries and what produced them. An open end of a range is None; errors are shares unless ``absolute``."""
    return {
        "figures": len(entries),
        "within_tolerance": sum(entry.holds for entry in entries),
        "claims": [_entry(entry) for entry in entries],
        "config": dict(config),
        "git_revision": git_revision(),
        "versions": versions(),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    claim = entry.claim
    low, high = (value if math.isfinite(value) else None for value in claim.range)
    return {
        "id": claim.id,
        "topic": entry.topic,
        "statement": claim.statement,
        "source": claim.source,
        "tag": claim.tag,
        "soft": claim.soft,
        "published_low": low,
        "published_high": high,
        "unit": claim.unit,
        "ours": entry.ours,
        "error": entry.error,
        "tolerance": claim.tolerance,
        "absolute": claim.absolute,
        "verdict": entry.verdict,
        "holds": entry.holds,
        "fitted": claim.fitted,
        "explanation": claim.explanation,
    }
