"""Parts of a sweep on disk: written whole or not at all, checked when read, tied to one configuration.

    manifest.json             what is swept; a sweep resumes only under the same
    parts/part-000012.part    one part's summary: a line with the checksum, then an npz that says whose part it is
    rows/part-000012.parquet  its rows, if asked for, written before the part

A part file appears by one rename after its bytes are on the disk, so a killed process leaves either all of it or none.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.search.store.difference import differences
from eyeriss_jax.search.store.sealed import Damaged, StoreError, explained, opened, sealed, write_durably

if TYPE_CHECKING:
    import pyarrow as pa

_KIND = "eyeriss_jax sweep part 3"


class CorruptPart(Exception):
    """A part file that is not what was written, or of another sweep or number."""


Arrays = dict[str, np.ndarray]


class Store:
    """The parts of one sweep in ``folder``; ``manifest``: what is swept."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        """Nothing is read or written yet."""
        self.folder = folder
        self._text = json.dumps(manifest, indent=2) + "\n"
        self._sweep = hashlib.sha256(self._text.encode()).hexdigest()

    def begin(self) -> bool:
        """Starts a sweep, or continues the one that is there; returns whether there was one.

        Raises:
            SpecError: another sweep is there (the message shows what differs), or no manifest of a sweep.
            StoreError: the folder cannot be written.
        """
        path = self.folder / "manifest.json"
        wanted = json.loads(self._text)
        if path.exists():
            found = _manifest(path, wanted)
            if found != wanted:
                changes = "; ".join(differences(found, wanted))
                raise SpecError(
                    f"{self.folder} holds a sweep of another configuration ({changes}); choose another --output_dir, "
                    "undo the change, or start over with --restart"
                )
            return True
        for name in ("parts", "rows"):
            self._try(lambda name=name: (self.folder / name).mkdir(parents=True, exist_ok=True))
        write_durably(path, self._text.encode())
        return False

    def clear(self) -> None:
        """Forgets the sweep that is there, and only that: the manifest first."""
        (self.folder / "manifest.json").unlink(missing_ok=True)
        for path in [*self.folder.glob("parts/*part-*"), *self.folder.glob("rows/*part-*")]:
            path.unlink()

    def part(self, number: int) -> Path:
        """Where part ``number`` is."""
        return self.folder / "parts" / f"part-{number:06d}.part"

    def rows(self, number: int) -> Path:
        """Where the rows of part ``number`` are."""
        return self.folder / "rows" / f"part-{number:06d}.parquet"

    def write(self, number: int, arrays: Arrays, rows: "pa.Table | None" = None) -> None:
        """Writes a part, after its rows if there are any.

        Raises:
            StoreError: the disk is full or cannot be written; nothing of this part is left behind.
        """
        digest = ""
        if rows is not None:
            import pyarrow.parquet as pq  # most sweeps keep no rows

            sink = io.BytesIO()
            pq.write_table(rows, sink, compression="zstd")
            digest = hashlib.sha256(sink.getvalue()).hexdigest()
            write_durably(self.rows(number), sink.getvalue())
        buffer = io.BytesIO()
        stamps = {"part_of": np.array(self._part_of(number)), "rows_sha256": np.array(digest)}
        np.savez(buffer, **stamps, **arrays)  # type: ignore[arg-type]
        write_durably(self.part(number), sealed(buffer.getvalue(), _KIND))

    def read(self, number: int) -> Arrays | None:
        """A part, None if it is not there.

        Raises:
            CorruptPart: the file, or that of its rows, is truncated or not what was written for this part.
        """
        try:
            data = self.part(number).read_bytes()
        except FileNotFoundError:
            return None
        try:
            payload = opened(data, _KIND, "part")
        except Damaged as error:
            raise CorruptPart(f"{self.part(number)} {error}") from error
        with np.load(io.BytesIO(payload)) as file:
            arrays = dict(file)
        if str(arrays.pop("part_of")) != self._part_of(number):
            raise CorruptPart(f"{self.part(number)} is of another sweep or another part")
        digest = str(arrays.pop("rows_sha256"))
        if digest:
            path = self.rows(number)
            if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                raise CorruptPart(f"{path} is missing or does not match its checksum")
        return arrays

    def _part_of(self, number: int) -> str:
        """Whose part it is: files may have been copied, or the manifest removed."""
        return f"{self._sweep} {number}"

    @staticmethod
    def _try(action: Any) -> None:
        try:
            action()
        except OSError as error:
            raise StoreError(explained(error)) from error


def _manifest(path: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a folder's manifest says, which has the keys of the one that is ``wanted``.

    Raises:
        SpecError: it cannot be read, or is no manifest of a sweep: it may be somebody's.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = isinstance(found, dict) and found.keys() == wanted.keys()
        reason = "" if known else f"it is not made of {', '.join(wanted) or 'nothing'}"
    except (OSError, ValueError, RecursionError) as error:
        found, reason = {}, first_line(error)
    if reason:
        raise SpecError(
            f"{path} is no manifest of a sweep ({reason}); choose another --output_dir, or start over with --restart, "
            "which removes it"
        )
    return found
