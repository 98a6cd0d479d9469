"""Files beside JAX's compilation cache that make the next start faster, and only where that cache is on.

Reading one may run what is in it, so a file counts only where nobody but this user can have written it, and only whole.
"""

import os
import stat
from pathlib import Path

import jax

from eyeriss_jax.search.sealed import Damaged, StoreError, opened, sealed, write_durably

_KIND = "eyeriss_jax kept 1"

_MOST_FILES = 48
"""Three per kind of sweep, some 3 MB; the least recently used go first."""


def read_kept(key: str) -> bytes | None:
    """What was kept under ``key``; None if there is nothing that can be trusted."""
    folder = kept_folder()
    if folder is None or not all(_is_own(path) for path in (folder, folder / key)):
        return None
    try:
        payload = opened((folder / key).read_bytes(), _KIND, "kept")
        os.utime(folder / key)
    except (OSError, Damaged):
        return None
    return payload


def keep(key: str, payload: bytes) -> None:
    """Keeps ``payload``; a disk that refuses costs the next start its time and nothing else."""
    folder = kept_folder()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(folder / key, sealed(payload, _KIND))
        (folder / key).chmod(0o600)
        by_age = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for path in by_age[:-_MOST_FILES]:
            path.unlink(missing_ok=True)
    except (OSError, StoreError):
        return


def kept_folder() -> Path | None:
    """Where files are kept; None if JAX's compilation cache is off or not on this machine."""
    folder = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    if not folder or "://" in folder or not jax.config.jax_enable_compilation_cache:  # type: ignore[attr-defined]
        return None
    return Path(folder) / "eyeriss_jax_kept"


def _is_own(path: Path) -> bool:
    """Whether nobody but this user can have written ``path``."""
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
