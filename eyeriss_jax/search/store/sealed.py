"""Files that are never trusted unread: a first line says what they are, how long, and with which checksum."""

import errno
import hashlib
import os
import tempfile
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_REFUSES = _FULL | {
    *(errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP),
    *(errno.EEXIST, errno.ENAMETOOLONG, errno.ESTALE, errno.ENOTEMPTY, errno.EMFILE, errno.ENFILE),
}
"""What an ``OSError`` has as its number where it is the disk's, or somebody's who works in the same folder."""


class StoreError(Exception):
    """The disk refused a write, or what was kept is gone; the message says how to go on."""


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
        put_aside(path)
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


def put_aside(path: Path) -> None:
    """Renames a folder that is where a file belongs: it is somebody's, and not removed.

    Raises:
        OSError: it cannot be renamed.
    """
    if path.is_dir() and not path.is_symlink():
        path.rename(path.with_name(f"{path.name}.unread"))


def explained(error: OSError, path: Path | None = None) -> str:
    """What the disk refused and how to go on, in one line; ``path`` where the error names none."""
    where = path or error.filename or "a file"
    if error.errno in _FULL:
        what, mend = f"no room to write {where}", "free some room"
    else:
        what, mend = f"cannot use {where}", "put that right"
    return f"{what}: {error.strerror}; everything written before is kept: {mend} and run it again"
