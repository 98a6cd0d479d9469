"""The table of attacks in docs/trust.md: what was tried, how often, and how often it did no harm.

A test marked ``attack("kind")`` is one attempt, or as many as it counts by the fixture ``attempts``; they survived if
it passed. ``make test-attack`` runs these tests alone and renews the table.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

KINDS = {
    "kills": "a sweep is killed (`kill -9`) at a random moment, parts are taken away, and it finds the same",
    "peers": "one of two or three processes is killed, whichever; strangers talk to the port",
    "disks": "a disk is full, or a folder is gone or where a file belongs: before, during and after a run",
    "corruptions": "a kept file is cut, flipped, exchanged, or forged under a right checksum",
    "files": "mutated and malicious ONNX, YAML, NPZ and msgpack files",
    "names": "evil names of layers, networks and accelerators through every output",
    "races": "planted links, folders that others can write, folders that are exchanged during the look",
    "numbers": "float32 against float64 on drawn points; what float32 cannot count",
    "limits": "sizes beyond what can be made, and files that make ONNX's C++ hang, crash or take memory",
}
"""Kinds of attack, in words; the order of the table."""

BEGIN, END = "<!-- attacks: renewed by make test-attack -->\n", "<!-- end of attacks -->\n"


@dataclass
class Row:
    """What was tried of one kind."""

    attempts: int = 0
    survived: int = 0
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0


class AttackTable:
    """Counts the attempts of a run; ``file``: where the table is renewed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.rows: dict[str, Row] = defaultdict(Row)
        self.ended: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts a test that has ended, in whatever process."""
        if report.when == "teardown":
            self.ended.add(report.nodeid)
        properties = dict(report.user_properties)
        if (kind := properties.get("attack")) is None:
            return
        row = self.rows[str(kind)]
        row.seconds += report.duration
        if report.skipped:
            row.skipped.append(str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr))
        elif report.when == "call" or report.failed:
            attempts = int(str(properties.get("attempts", 1)))
            row.attempts += attempts
            row.survived += attempts if report.passed else 0

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the table; the one of before stays where a run was stopped before its end.

        That is told by the tests that have ended: an interrupt leaves several processes with a status of success.
        """
        if len(self.ended) < session.testscollected:
            return
        before, _, rest = self.file.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        self.file.write_text(f"{before}{BEGIN}{self._table()}{END}{after}", encoding="utf-8")

    def _table(self) -> str:
        lines = ["| what is tried | attempts | survived |", "|---|---:|---:|"]
        for kind, words in KINDS.items():
            row = self.rows[kind]
            reasons = [f"; skipped: {why.removeprefix('Skipped: ')}" for why in dict.fromkeys(row.skipped)]
            lines.append(f"| {words}{''.join(reasons)} | {row.attempts:,} | {row.survived:,} |")
        total = [sum(getattr(row, name) for row in self.rows.values()) for name in ("attempts", "survived")]
        return "\n".join([*lines, f"| all | {total[0]:,} | {total[1]:,} |"]) + "\n"
