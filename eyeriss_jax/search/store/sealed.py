"""Files that are never trusted unread: a first line says what they are, how long, and with which checksum."""

import errno
import hashlib
import os
import tempfile
from pathlib import Path

DISK_REFUSES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
"""What an ``OSError`` of a disk that takes nothing more has as its number."""


class StoreError(Exception):
    """The disk refused a write; what was written before is intact."""


class Damaged(Exception):
    """A file that is not what was written; the message continues a sentence that begins with its name."""


def sealed(payload: bytes, kind: str) -> bytes:
    """``payload`` behind its first line; ``kind`` says what it is, with a version."""
    return f"{kind} {hashlib.sha256(payload).hexdigest()} {len(payload)}\n".encode() + payload


def opened(data: bytes, kind: str, called: str) -> bytes:
    """The payload of a sealed file.

    Args:
        data: all of the file.
        kind: as it was sealed.
        called: what people call such a file.

    Raises:
        Damaged: it is something else, truncated, or not what was written.
    """
    header, _, payload = data.partition(b"\n")
    words = header.decode(errors="replace").rsplit(" ", 2)
    if len(words) != 3 or words[0] != kind:
        raise Damaged(f"is not a {called} file")
    if words[2] != str(len(payload)):
        raise Damaged(f"has {len(payload)} bytes where {words[2]} were written")
    if hashlib.sha256(payload).hexdigest() != words[1]:
        raise Damaged("does not match its checksum")
    return payload


def write_durably(path: Path, data: bytes) -> None:
    """Writes a file so that it is there whole after a crash at any moment, or not at all.

    Raises:
        StoreError: the disk is full or cannot be written.
    """
    temporary = None
    try:
        # A name that nobody can guess: whoever planted a link there would have it written through.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = None
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(explained(error, path)) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def explained(error: OSError, path: Path | None = None) -> str:
    """What the disk refused, in one line; ``path`` where the error names none."""
    where = path or error.filename
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no room to write {where}: {error.strerror}"
    return f"cannot write {where}: {error.strerror}"
