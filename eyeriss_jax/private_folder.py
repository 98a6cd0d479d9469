"""A folder that nobody else can write, not even by exchanging one above it: what is read there may be run as code."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OPENED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class NotPrivate(Exception):
    """Somebody else could have written what is in a folder; the message says where."""


def private_folder(path: Path) -> Path:
    """Makes a folder, with mode 700, and returns its real path once nobody but this user and root can write it.

    Every folder from the root down is opened without following links, and looked at by its descriptor. When each
    belongs to this user or root and lets no others write (or, like /tmp, lets them write but not exchange what they do
    not own), none of them can be exchanged later either, so that the path may be used as it is.

    Raises:
        NotPrivate: somebody else can write the folder, one above it or a file in it.
        OSError: it cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    real = Path(os.path.realpath(path))
    with _opened(real) as folder:
        itself = os.fstat(folder)
        _check(real, itself)
        reached = itself.st_mode & (stat.S_IRWXG | stat.S_IRWXO)  # whether others get at the files, whatever their mode
        with os.scandir(folder) as entries:
            for entry in entries:
                _check(real / entry.name, entry.stat(follow_symlinks=False), forbidden=_OTHERS_WRITE if reached else 0)
    return real


@contextmanager
def _opened(real: Path) -> Iterator[int]:
    """The descriptor of a folder, after a look at each one above it."""
    folder = os.open(real.anchor, _OPENED)
    try:
        at = Path(real.anchor)
        for name in real.parts[1:]:
            above = os.fstat(folder)
            # In a folder like /tmp others may make entries, but not exchange those of this user.
            _check(at, above, forbidden=0 if above.st_mode & stat.S_ISVTX else _OTHERS_WRITE)
            inner = os.open(name, _OPENED, dir_fd=folder)
            os.close(folder)
            folder, at = inner, at / name
        yield folder
    finally:
        os.close(folder)


def _check(path: Path, found: os.stat_result, *, forbidden: int = _OTHERS_WRITE) -> None:
    """Refuses what is not this user's or root's, a link, and a mode with a ``forbidden`` bit."""
    if found.st_uid not in (0, os.geteuid()):
        raise NotPrivate(f"{path} belongs to another user")
    if stat.S_ISLNK(found.st_mode):
        raise NotPrivate(f"{path} is a link")
    if found.st_mode & forbidden:
        raise NotPrivate(f"others may write {path} (chmod go-w)")
