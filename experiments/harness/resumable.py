"""What long work keeps as it goes, so that the same command goes on where it was."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eyeriss_jax.errors import SpecError
from eyeriss_jax.report.files import write_json
from eyeriss_jax.search.store import differences
from eyeriss_jax.source import source_digest


@dataclasses.dataclass
class Kept:
    """What long work leaves in its folder after every step, under the configuration and source that it belongs to."""

    path: Path
    manifest: dict[str, Any]
    data: dict[str, Any]

    @staticmethod
    def open(path: Path, config: Mapping[str, Any], *, restart: bool) -> "Kept":
        """What an earlier run left, or nothing.

        Raises:
            SpecError: the file is of another configuration, with the difference, or no such file.
        """
        manifest = json.loads(json.dumps({"config": config, "package": source_digest()}))
        if restart or not path.exists():
            return Kept(path, manifest, {})
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            data = dict(found.pop("data"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SpecError(f"{path} cannot be read ({error}); start over with --restart") from error
        if found != manifest:
            changes = "; ".join(differences(found, manifest))
            raise SpecError(
                f"{path} holds results of another configuration ({changes}); choose another --output_dir, undo the "
                "change, or start over with --restart"
            )
        return Kept(path, manifest, data)

    def write(self) -> None:
        """Writes all of it, whole or not at all."""
        write_json(self.path, self.manifest | {"data": self.data})
