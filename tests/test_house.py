"""The house: imports point downwards only, the two models never meet, and a wing is entered by its door."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "eyeriss_jax"
EXPERIMENTS = PACKAGE.parent / "experiments"

FLOORS = (
    {
        "errors",
        "names",
        "dims",
        "numerics",
        "compiling",
        "blocks",
        "deferred",
        "documents",
        "source",
        "traced",
        "private_folder",
        "kept_programs",
    },
    {"layers", "hardware"},
    {"dataflow"},
    {"model", "functional"},
    {"search"},
    {"published"},
    {"report"},
    {"doors"},
    {"facade"},
    {"experiments"},
)
"""Rooms and single files, from the ground up: each may import from floors below it, and files of the ground floor from
each other."""

WINGED = ("search", "functional")


def _imports(file: Path) -> Iterator[str]:
    """The modules of the house that ``file`` names, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "eyeriss_jax":
            yield from (f"eyeriss_jax.{alias.name}" for alias in node.names if (PACKAGE / alias.name).exists())
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _arrows() -> Iterator[tuple[Path, tuple[str, ...], tuple[str, ...]]]:
    """Every file with its own place and each place that it imports from, as parts of the module's name."""
    for file in sorted([*PACKAGE.rglob("*.py"), *EXPERIMENTS.rglob("*.py")]):
        own = file.relative_to(PACKAGE.parent).with_suffix("").parts
        for module in _imports(file):
            parts = tuple(module.split("."))
            if parts[0] in ("eyeriss_jax", "experiments"):
                yield file, own, parts


def _room(parts: tuple[str, ...]) -> str:
    if parts[0] == "experiments":
        return "experiments"
    return "facade" if len(parts) == 1 or parts[1] == "__init__" else parts[1]


def test_every_room_has_a_floor():
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {"facade" if room == "__init__" else room for room in rooms} | {"experiments"} == set().union(*FLOORS)


def test_imports_point_downwards():
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    upwards = [
        f"{file.relative_to(PACKAGE.parent)} imports {'.'.join(to)}"
        for file, own, to in _arrows()
        if _room(own) != _room(to) and floor[_room(own)] <= floor[_room(to)] and floor[_room(to)] > 0
    ]
    assert upwards == []


@pytest.mark.parametrize("room", WINGED)
def test_a_wing_is_entered_by_its_door(room):
    """What another wing needs of ``search/batch`` is a name of ``search.batch``, never of one of its files."""
    inside = [
        f"{file.relative_to(PACKAGE.parent)} opens {'.'.join(to)}"
        for file, own, to in _arrows()
        if to[:2] == ("eyeriss_jax", room) and len(to) > 3 and (PACKAGE / room / to[2]).is_dir() and own[:3] != to[:3]
    ]
    assert inside == []


def test_importing_starts_no_device():
    """A command says how many devices it wants after its imports; JAX refuses that once it has started them."""
    modules = [".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in PACKAGE.rglob("*.py")]
    modules += [f"experiments.{file.stem}" for file in EXPERIMENTS.glob("*.py") if not file.stem.startswith("__")]
    program = f"""
import importlib
from jax._src import xla_bridge
for name in {sorted(modules)!r}:
    importlib.import_module(name)
    assert not xla_bridge.backends_are_initialized(), name
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=PACKAGE.parent, check=False
    )
    assert done.returncode == 0, done.stderr
