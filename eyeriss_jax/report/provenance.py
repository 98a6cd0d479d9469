"""What produced a result: the git revision of this package and the versions it ran on."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path

_LIBRARIES: tuple[str, ...] = ("jax", "flax", "numpy", "eyeriss_jax")
_PACKAGE = Path(__file__).resolve().parents[1]


def git_revision() -> str | None:
    """The commit this package runs from, with ``+changes`` if files differ; None outside its own checkout.

    A package installed inside somebody else's checkout (a virtual environment, say) is not tracked there, and
    that checkout's revision says nothing about it.
    """
    if not _git("ls-files", "--error-unmatch", "dims.py"):
        return None
    revision = _git("rev-parse", "HEAD")
    return f"{revision}+changes" if revision and _git("status", "--porcelain", "--", ".") else revision


def _git(*arguments: str) -> str | None:
    """The output of a git command in the package's folder; None if it fails or git is missing."""
    command = ["git", "-C", str(_PACKAGE), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def versions() -> dict[str, str | None]:
    """Versions of Python, this package and the libraries that numbers depend on; None where not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _LIBRARIES}


def _version(name: str) -> str | None:
    """The installed version of a distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
