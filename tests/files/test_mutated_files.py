"""Hundreds of broken files, none of which may end in a traceback, a hang, or a file touched outside its folder.

Every file format of the package starts from a valid file; seeded mutations then damage it as editors, networks and
attackers do. What is still accepted must also be usable: it is evaluated. (Each test first reads the valid file, so
that what Python imports on first use is not taken for the file's doing.)
"""

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.constrained import constrained
from eyeriss_jax.dataflow.mapspace import check_mapspace
from eyeriss_jax.dataflow.timeloop_constraints import read_constraints
from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.accelerator_file import accelerator_yaml
from eyeriss_jax.hardware.presets import accelerator, preset
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.densities import read_densities
from eyeriss_jax.report import read_mappings
from tests.hardware.test_accelergy import SUMMARY_04
from tests.layers.importers.test_timeloop_template import BASE, LAYER
from tests.published.peers import Case, cases, outcome, timeloop_case
from tests.published.timeloop_files import case_files

MUTANTS, CUTS = 60, 40
SECONDS = 5
ARCHITECTURES = Path(__file__).resolve().parents[1] / "data" / "timeloop"
CONSTRAINTS = Path(__file__).resolve().parents[2] / "docs" / "examples" / "constraints.yaml"
CASE = cases("timeloop")["alexnet_conv1_rs"]
REFERENCE = timeloop_case(CASE)

NASTY = (
    "!Component", "!Container {spatial: {meshX: 9999999}}",
    "!!python/object/apply:os.system ['touch /tmp/pwned']", "!include /etc/passwd", "&a [*a]", "*nowhere", "{", "[",
    "}", "]", ":", "- ", "? ", "|", ">", "'", '"', "%YAML 9.9", "---", "...", "\t", "\x00", "\x85", "\ufeff", "é", "😀",
    "9" * 5000, "-1", "0", "1e999", ".nan", "-.inf", ".inf", "1e308", "2147483648", "99999999999999999999", "0.5",
    "true", "null", "~", "", "../../etc/passwd", "/dev/zero", "a" * 10_000, "[" * 3000, "{a: " * 3000, "x: " * 50, "N",
    "unlimited", "&x [1, 1]\ny: [*x, *x, *x, *x, *x]", "<<: {name: x}", "{{ include }}",
)  # fmt: skip


def bomb() -> str:
    """A few lines that stand for 9**30 values."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    return "\n".join([*lines, *(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 30))])


def mutated(text: str, draw: random.Random) -> str:
    """``text`` with one to three wounds."""
    for _ in range(draw.randint(1, 3)):
        lines = text.split("\n")
        at, where = draw.randrange(len(lines)), draw.randrange(max(len(text), 1))
        kind = draw.randrange(10)
        if kind == 0:
            text = text[:where]
        elif kind == 1:
            text = (
                text[:where]
                + chr(draw.choice([0, 9, 10, 32, 33, 38, 42, 58, 91, 123, 127, 160, 8232]))
                + text[where + 1 :]
            )
        elif kind == 2:
            del lines[at : at + draw.randint(1, 3)]
            text = "\n".join(lines)
        elif kind == 3:
            text = "\n".join([*lines, *lines[at:]])
        elif kind == 4:
            lines[at] = " " * draw.randint(0, 5) + lines[at].lstrip()
            text = "\n".join(lines)
        elif kind == 5:
            key, colon, _ = lines[at].partition(": ")
            lines[at] = f"{key}{colon}{draw.choice(NASTY)}"
            text = "\n".join(lines)
        elif kind == 6:
            text = text[:where] + draw.choice(NASTY) + text[where:]
        elif kind == 7:
            numbers = [i for i, letter in enumerate(text) if letter.isdigit()]
            spot = draw.choice(numbers) if numbers else 0
            text = text[:spot] + draw.choice(NASTY) + text[spot + 1 :]
        elif kind == 8:
            words = sorted(set(text.replace("\n", " ").split(" ")))
            text = text.replace(draw.choice(words) or "a", draw.choice(words))
        else:
            text = f"{bomb()}\n{text}" if draw.random() < 0.5 else f"{text}\n{bomb()}"
        text = text[:200_000]
    return text


_touched: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook (which Python cannot take back): what is opened or started while a file is read."""
    if _touched is None or event not in ("open", "os.system", "subprocess.Popen", "socket.connect", "exec"):
        return
    if event != "open":
        _touched.append(f"/{event} {arguments[0]}")
    elif not isinstance(arguments[0], int):  # a descriptor was opened by its path before
        _touched.append(str(arguments[0]))


sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[list[str]]:
    """What is touched inside the block."""
    global _touched  # noqa: PLW0603
    _touched = touched = []
    try:
        yield touched
    finally:
        _touched = None


def attempt(read: Callable[[], Any], folder: Path, about: str) -> Any:
    """What a file holds, None if it is refused; fails on anything else."""
    start, message = time.thread_time(), ""
    with watched() as touched:
        try:
            result = read()
        except SpecError as error:
            result, message = None, str(error)
    assert len(message) < 5000, (about, message[:2000])
    assert time.thread_time() - start < SECONDS, about
    assert all(Path(path).resolve().is_relative_to(folder) for path in touched), (about, touched)
    return result


def usable(case: Case) -> None:
    """Evaluates a case; whatever it costs, it must be evaluated."""
    outcome(case, "timeloop")


def mutants(text: str, name: str) -> Iterator[tuple[str, str]]:
    """Seeded mutants with a name for messages."""
    for seed in range(MUTANTS):
        yield mutated(text, random.Random(f"{name} {seed}")), f"{name}, seed {seed}"


@pytest.mark.attack("files")
@pytest.mark.parametrize("name", ["full", "like", "energy", "reference tables", "architecture v3", "architecture v4"])
def test_accelerators(name, tmp_path, attempts):
    attempts(MUTANTS)
    like = "like: eyeriss_v2 # mine\nname: x\ncluster_rows: 4\nspad_words: {iact: 16, weight: 192, psum: 32}\n"
    architectures = {f"architecture v{v}": (ARCHITECTURES / f"e168_v{v}.yaml").read_text() for v in (3, 4)}
    texts = {
        "full": accelerator_yaml(preset("eyeriss_v2")),
        "like": like,
        "reference tables": SUMMARY_04,
        "energy": f"{like}energy:\n  accelergy: ERT.yaml\n  words_per_action: {{glb: 4}}\n",
        **architectures,
    }
    path, tables = tmp_path / "mine.yaml", tmp_path / "ERT.yaml"
    path.write_text(texts["energy"])
    tables.write_text(SUMMARY_04)
    assert accelerator(str(path))
    for text, about in mutants(texts[name], name):
        (tables if name == "reference tables" else path).write_text(text, encoding="utf-8", errors="ignore")
        machine = attempt(lambda: accelerator(str(path)), tmp_path, about)
        if machine is not None:
            usable(Case(REFERENCE.layer, machine, REFERENCE.mapping))


@pytest.mark.attack("files")
def test_timeloop_templates(tmp_path, attempts):
    attempts(MUTANTS)
    (tmp_path / "layers").mkdir()
    base, layer = tmp_path / "base.yaml", tmp_path / "layers" / "layer.yaml"
    base.write_text(BASE)
    layer.write_text(LAYER)

    def read() -> Any:
        return network(f"timeloop:{layer}")

    assert read().layers
    for text, about in mutants(LAYER, "template"):
        layer.write_text(text, encoding="utf-8", errors="ignore")
        found = attempt(read, tmp_path, about)
        assert found is None or found.macs > 0


@pytest.mark.parametrize("name", ["problem", "mapping"])
def test_timeloop(name, tmp_path, attempts):
    attempts(MUTANTS)
    problem, mapping = case_files(CASE, tmp_path)
    victim = {"problem": problem, "mapping": mapping}[name]

    def read() -> Any:
        network(f"timeloop:{problem}")
        return read_timeloop_mapping(problem, mapping, REFERENCE.accelerator)

    assert read()
    for text, about in mutants(victim.read_text(), name):
        victim.write_text(text, encoding="utf-8", errors="ignore")
        placed = attempt(read, tmp_path, about)
        if placed is not None:
            usable(Case(placed.layer, REFERENCE.accelerator, placed.mapping))


@pytest.mark.attack("files")
def test_constraints(tmp_path, attempts):
    """What is accepted makes a mapspace, or says for which layer it has no mapping."""
    attempts(MUTANTS)
    path, layer = tmp_path / "constraints.yaml", Layer(name="small", M=4, C=3, E=3, F=5, R=2, S=2)
    text = CONSTRAINTS.read_text()
    path.write_text(text)
    assert read_constraints(path, REFERENCE.accelerator).pe
    for mutant, about in mutants(text, "constraints"):
        path.write_text(mutant, encoding="utf-8", errors="ignore")
        limits = attempt(lambda: read_constraints(path, REFERENCE.accelerator), tmp_path, about)
        if limits is not None:
            flow = constrained(DATAFLOWS["rs_plus"], limits)
            attempt(partial(check_mapspace, layer, REFERENCE.accelerator, flow), tmp_path, about)


@pytest.mark.attack("files")
def test_mappings_and_densities(tmp_path, attempts):
    attempts(2 * MUTANTS)
    path = tmp_path / "file.yaml"
    mapping = (
        "CONV1:\n  dram_order: [M, CRS, NEF]\n  glb: {G: 1, N: 1, M: 16, C: 3, E: 55, F: 11, R: 11, S: 11}\n"
        "  glb_order: [M, CRS, NEF]\n  pe_rows: {S: 11}\n  pe_cols: {F: 11}\n  spad: {M: 16, R: 11, E: 55}\n"
    )
    densities = '{\n "CONV1": {"iact": [0.5, 0.25], "weight": [0.1], "oact": 0.5},\n "CONV2": {"iact": 0.5}\n}\n'
    for name, text, read in (("mapping", mapping, read_mappings), ("densities", densities, read_densities)):
        path.write_text(text)
        assert read(path)
        for mutant, about in mutants(text, name):
            path.write_text(mutant, encoding="utf-8", errors="ignore")
            found = attempt(lambda read=read: read(path), tmp_path, about)
            if name == "mapping" and found and "CONV1" in found:
                usable(Case(REFERENCE.layer, REFERENCE.accelerator, found["CONV1"]))


@pytest.mark.attack("files")
def test_bytes_that_are_no_text_and_files_that_are_cut(tmp_path, attempts):
    attempts(CUTS)
    whole = accelerator_yaml(preset("eyeriss_v1")).encode()
    path = tmp_path / "mine.yaml"
    path.write_bytes(whole)
    assert accelerator(str(path))
    draw = random.Random(5)
    for seed in range(CUTS):
        data = bytearray(whole[: draw.randrange(len(whole))])
        for _ in range(draw.randint(0, 5)):
            data.insert(draw.randrange(len(data) + 1), draw.randrange(256))
        path.write_bytes(bytes(data))
        attempt(lambda: accelerator(str(path)), tmp_path, f"cut {seed}")
