"""Parts of a sweep on disk: written whole or not at all, checked when read, tied to one configuration.

    manifest.json             what is swept; a sweep resumes only under the same
    parts/part-000012.part    one part's summary: a line with the checksum, then an npz that says whose part it is
    rows/part-000012.parquet  its rows, if asked for, written before the part

A part file appears by one rename after its bytes are on the disk, so a killed process leaves either all of it or none.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eyeriss_jax.errors import SpecError, first_line
from eyeriss_jax.search.store.difference import differences
from eyeriss_jax.search.store.sealed import Damaged, StoreError, explained, opened, put_aside, sealed, write_durably

if TYPE_CHECKING:
    import pyarrow as pa

_KIND = "eyeriss_jax sweep part 3"


_NO_ARRAYS = (OSError, ValueError, LookupError, TypeError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error)
"""What reading raises of a file that is a folder, or whose payload is not what a part holds."""


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
        write_durably(path, self._text.encode())
        return False

    def clear(self) -> None:
        """Forgets the sweep that is there, and only that: the manifest first."""
        manifest = self.folder / "manifest.json"
        for path in [manifest, *self.folder.glob("parts/*part-*"), *self.folder.glob("rows/*part-*")]:
            put_aside(path)
            path.unlink(missing_ok=True)

    def kept(self) -> int:
        """How many parts are on the disk, unread."""
        return sum(1 for _ in self.folder.glob("parts/part-*.part"))

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
            self._write(self.rows(number), sink.getvalue())
        buffer = io.BytesIO()
        stamps = {"part_of": np.array(self._part_of(number)), "rows_sha256": np.array(digest)}
        np.savez(buffer, **stamps, **arrays)  # type: ignore[arg-type]
        self._write(self.part(number), sealed(buffer.getvalue(), _KIND))

    def read(self, number: int) -> Arrays | None:
        """A part, None if it is not there.

        Raises:
            CorruptPart: the file, or that of its rows, is truncated or not what was written for this part.
        """
        path = self.part(number)
        try:
            payload = opened(path.read_bytes(), _KIND, "part")
            with np.load(io.BytesIO(payload), allow_pickle=False) as file:
                arrays = dict(file)
            part_of, digest = str(arrays.pop("part_of")), str(arrays.pop("rows_sha256"))
        except FileNotFoundError:
            return None
        except Damaged as error:
            raise CorruptPart(f"{path} {error}") from error
        except _NO_ARRAYS as error:
            raise CorruptPart(f"{path} cannot be read ({first_line(error)})") from error
        if part_of != self._part_of(number):
            raise CorruptPart(f"{path} is of another sweep or another part")
        if digest and not _has_digest(self.rows(number), digest):
            raise CorruptPart(f"{self.rows(number)} is missing or does not match its checksum")
        return arrays

    def _part_of(self, number: int) -> str:
        """Whose part it is: files may have been copied, or the manifest removed."""
        return f"{self._sweep} {number}"

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        """Writes a file in its folder, which somebody may have removed while the sweep ran."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(explained(error, path)) from error
        write_durably(path, data)


def _has_digest(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


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
