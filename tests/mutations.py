"""Changes one operation of the package at a time and asks the tests whether they notice: ``python -m tests.mutations``.

The lines are drawn, not chosen. Each change is made in a copy of the repository, where the tests of its room are run
without the slow part; a change that no test notices survives and is printed. Not every survivor is a gap: a change may
make no difference that anybody could see, which is for a reader to say.

    python -m tests.mutations --count=60 --seed=1
    python -m tests.mutations --rooms=model,search --count=20
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

TESTS = {
    "dataflow": ("tests/dataflow", "tests/laws"),
    "functional": ("tests/functional", "tests/laws"),
    "hardware": ("tests/hardware", "tests/search/space"),
    "layers": ("tests/layers",),
    "model": ("tests/model", "tests/laws"),
    "report": ("tests/report",),
    "search": ("tests/search",),
}
"""The tests of each room of the package."""

OPERATIONS: dict[type[ast.AST], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.FloorDiv: "+", ast.Mod: "*", ast.Lt: "<=",
    ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==", ast.And: "or", ast.Or: "and",
}  # fmt: skip
"""What stands in the place of each operator."""

CALLS = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "ceil": "floor",
    "any": "all",
    "all": "any",
}
SECONDS = 900
"""After which a change counts as noticed: it made something endless."""


@dataclass(frozen=True)
class Mutation:
    """One change: in ``path``, from ``start`` to ``stop`` of a line, ``before`` becomes ``after``."""

    path: Path
    line: int
    start: int
    stop: int
    before: str
    after: str

    def applied(self, text: str) -> str:
        """The file with the change."""
        lines = text.splitlines(keepends=True)
        line = lines[self.line - 1].encode()
        lines[self.line - 1] = (line[: self.start] + self.after.encode() + line[self.stop :]).decode()
        return "".join(lines)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before} becomes {self.after}"


def mutations(path: Path) -> Iterator[Mutation]:
    """Every change of one file: its operators, its calls of a minimum or maximum, its whole numbers."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = [line.encode() for line in text.splitlines()]
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                yield from _between(path, lines, left, right, op)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                yield from _between(path, lines, left, right, op)
            case ast.BoolOp(op=op, values=[left, right, *_]):
                yield from _between(path, lines, left, right, op)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in CALLS:
                end = node.func.end_col_offset or 0
                yield Mutation(path, node.func.end_lineno or 0, end - len(name), end, name, CALLS[name])
            case ast.Constant(value=int(value)) if not isinstance(value, bool) and node.lineno == node.end_lineno:
                end = node.end_col_offset or 0
                before = lines[node.lineno - 1][node.col_offset : end].decode()
                yield Mutation(path, node.lineno, node.col_offset, end, before, str(value + 1))


def _between(path: Path, lines: list[bytes], left: ast.expr, right: ast.expr, op: ast.AST) -> Iterator[Mutation]:
    """The change of an operator that stands between its operands on one line."""
    if type(op) not in OPERATIONS or left.end_lineno != right.lineno:
        return
    begin = left.end_col_offset or 0
    gap = lines[right.lineno - 1][begin : right.col_offset].decode()
    words = gap.strip(" ()")
    if not words:
        return
    start = begin + len(gap[: gap.index(words)].encode())
    yield Mutation(path, right.lineno, start, start + len(words.encode()), words, OPERATIONS[type(op)])


def drawn(rooms: list[str], count: int, seed: int) -> list[Mutation]:
    """So many changes, every operation of the rooms as likely as any other."""
    found = [
        mutation
        for room in rooms
        for path in sorted((ROOT / "eyeriss_jax" / room).rglob("*.py"))
        for mutation in mutations(path.relative_to(ROOT))
    ]
    return random.Random(seed).sample(found, min(count, len(found)))


def noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether a test fails, or nothing ends, with the change in the copy of the repository."""
    path = copy / mutation.path
    before = path.read_text(encoding="utf-8")
    path.write_text(mutation.applied(before), encoding="utf-8")
    room = mutation.path.parts[1]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow and not browser"]
    try:
        environment = os.environ | {"PYTHONPATH": str(copy)}  # the copy's package, not the one that is installed
        done = subprocess.run(
            [*command, *TESTS[room]], cwd=copy, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
        return done.returncode != 0
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(before, encoding="utf-8")


def copied(folder: Path) -> Path:
    """A copy of what the repository tracks, with the working tree's changes."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def main() -> None:
    """Reads the flags, tries the changes, prints the survivors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="changes to try (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    parser.add_argument("--rooms", default=",".join(TESTS), help="rooms to draw from (default: all)")
    given = parser.parse_args()
    rooms = given.rooms.split(",")
    if unknown := [room for room in rooms if room not in TESTS]:
        parser.error(f"no room {unknown[0]!r}; there are {', '.join(TESTS)}")
    tried, survivors = drawn(rooms, given.count, given.seed), []
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(Path(folder))
        for number, mutation in enumerate(tried, 1):
            start = time.monotonic()
            found = noticed(mutation, copy)
            survivors += [] if found else [mutation]
            verdict = "noticed" if found else "SURVIVES"
            print(f"{number} of {len(tried)}, {time.monotonic() - start:.0f} s: {mutation}: {verdict}", flush=True)
    print(f"{len(survivors)} of {len(tried)} survive", *survivors, sep="\n")


if __name__ == "__main__":
    main()
