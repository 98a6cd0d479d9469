"""Plain values by name in one sealed file, each under the key of all that made it, written again with every new one.

Nothing that the file holds is trusted: what is damaged, made of something else or out of range is made again, and what
should have been readable is told.
"""

import dataclasses
import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.layers import Network
from eyeriss_jax.report.escape import one_line, visible
from eyeriss_jax.search.store import Damaged, differences, write_durably

_KIND = "eyeriss_jax kept values 1"
_CANNOT_BE = (SpecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading raises of a value that is not what was kept, though its checksum is right."""

Read = TypeVar("Read")

_IN_USE: dict[Path, int] = {}
"""Folders that this process keeps something in, each with the descriptor that locks it until the process ends."""


def key_of(*parts: object) -> str:
    """A checksum of all that a value depends on: contents, not names of files."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def digests_of(accelerator: Accelerator, networks: Iterable[Network]) -> dict[str, str]:
    """What a machine and networks are, not only what they are called: a file may have changed, or two have one name."""
    contents = {"accelerator": accelerator_yaml(accelerator)}
    contents |= {f"network {number}, {each.name}": repr(each) for number, each in enumerate(networks, 1)}
    return {name: key_of(text) for name, text in contents.items()}


@dataclasses.dataclass
class Kept:
    """What long work leaves as it goes, so that the same command goes on where it was.

    ``entries``: by name a dictionary of ``key`` and ``value``, both plain data.
    """

    path: Path
    entries: dict[str, dict[str, Any]]

    @staticmethod
    def open(path: Path, *, restart: bool = False, shared: bool = False) -> "Kept":
        """What an earlier run left; nothing to start over, where there is no file, and, told, where it is damaged.

        What cannot be read is put aside, not written over: it may be somebody's. ``shared``: several processes may keep
        the same values here.

        Raises:
            SpecError: another process keeps something in the same folder, and may not.
        """
        if not shared:
            _use(path.parent)
        if restart or not path.exists():
            return Kept(path, {})
        try:
            return Kept(path, _entries(path))
        except Damaged as error:
            aside = path.with_name(f"{path.name}.unread")
            path.replace(aside)
            _tell(f"{path} {error}; it is {aside.name} now, and what it kept is computed again")
            return Kept(path, {})

    def values(self, key: object) -> dict[str, Any]:
        """All values of one key."""
        return {name: entry["value"] for name, entry in self.entries.items() if entry["key"] == key}

    def add(self, key: object, name: str, value: Any) -> None:
        """Keeps one more value.

        Raises:
            StoreError: the disk refused it; what was kept before is still there.
        """
        self.entries[name] = {"key": key, "value": value}
        self.write()

    def or_made(self, name: str, key: object, make: Callable[[], Any], reads: Callable[[Any], Read]) -> Read:
        """The value kept under ``name`` if it is of ``key``, else what ``make`` returns, plain data, which is kept.

        Args:
            name: what the value is of.
            key: of all that it depends on.
            make: makes it anew.
            reads: what the plain value stands for; one of :data:`_CANNOT_BE`: it cannot be.
        """
        if (entry := self.entries.get(name)) and entry["key"] == key:
            try:
                return reads(entry["value"])
            except _CANNOT_BE as error:
                self._tell_of(name, error)
        value = make()
        self.add(key, name, value)
        return reads(value)

    def growing(
        self, name: str, manifest: Mapping[str, Any], check: Callable[[dict[str, Any]], None] = lambda data: None
    ) -> "Growing":
        """The value of ``name``, to be filled as work goes on; a new one is empty.

        Args:
            name: what the value is of.
            manifest: all that it depends on.
            check: raises one of :data:`_CANNOT_BE` where it cannot be what was kept; then it begins anew, told.

        Raises:
            SpecError: it was made under another manifest, with what differs; nothing of it is lost.
        """
        plain = json.loads(json.dumps(manifest))
        entry = self.entries.setdefault(name, {"key": plain, "value": {}})
        if entry["key"] != plain:
            changes = "; ".join(differences(entry["key"], plain))
            raise SpecError(
                f"{self.path} holds results of another configuration ({changes}); choose another --output_dir, undo "
                "the change, or start over with --restart"
            )
        try:
            if not isinstance(entry["value"], dict):
                raise TypeError("no values by name")
            check(entry["value"])
        except _CANNOT_BE as error:
            self._tell_of(name, error)
            entry["value"] = {}
        return Growing(entry["value"], self.write)

    def _tell_of(self, name: str, error: Exception) -> None:
        _tell(f"{self.path}: {one_line(name)} cannot be what was kept ({one_line(str(error))}); it is computed again")

    def write(self) -> None:
        """Writes all of it, whole or not at all.

        Raises:
            StoreError: the disk refused it; what was kept before is still there.
        """
        sealed = {"kind": _KIND, "sha256": _seal(self.entries), "kept": self.entries}
        write_durably(self.path, (json.dumps(sealed, indent=1, allow_nan=False) + "\n").encode())


@dataclasses.dataclass
class Growing:
    """A kept value that is filled step by step; ``write`` after each."""

    data: dict[str, Any]
    write: Callable[[], None]


def _use(folder: Path) -> None:
    """Locks a folder for this process: of two that write the same file the last one would win.

    Raises:
        SpecError: another process has it.
    """
    folder = folder.resolve()
    if folder in _IN_USE:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SpecError(f"{folder} is in use by another run; wait for its end or give another --output_dir") from None
    except OSError:  # a file system that knows no locks
        pass
    _IN_USE[folder] = handle


def _tell(what: str) -> None:
    print(visible(what), file=sys.stderr)


def _seal(entries: Any) -> str:
    return hashlib.sha256(json.dumps(entries, sort_keys=True, allow_nan=False).encode()).hexdigest()


def _entries(path: Path) -> dict[str, dict[str, Any]]:
    """What a file keeps.

    Raises:
        Damaged: it is something else, cut short, or not what was written.
    """
    if not path.is_file():  # a pipe would be waited for
        raise Damaged("is no file")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["kind"] != _KIND:
            raise Damaged("is of another version")
        if found["sha256"] != _seal(found["kept"]):
            raise Damaged("does not match its checksum")
        return {name: {"key": entry["key"], "value": entry["value"]} for name, entry in found["kept"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged("is no file of this experiment, or cannot be read") from error
