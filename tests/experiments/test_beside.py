"""Other mappers beside ours: what is asked, who is refused, and that a process answers as it should, or is told.

The tools themselves are not needed: a script of the test's own stands for the Python of an environment.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import eyeriss_jax as ej
from experiments.measure.beside import ours, tools
from experiments.measure.beside.jobs import jobs
from experiments.measure.beside.side_by_side import Contestant, contestants, side_by_side
from experiments.measure.beside.table import beside_table

ROOT = Path(__file__).resolve().parents[2]
MEASURE = ROOT / "experiments" / "measure"

LAYERS = {"matmul": {"N": 6, "C": 4, "M": 5}, "conv": {"E": 4, "F": 4, "R": 3, "S": 3, "stride": (2, 1)}}

SPOKEN = """#!{python}
import json, os, sys, time
if sys.argv[1] == "-c":
    exec(sys.argv[2], {{"__name__": "asked"}})
    sys.exit()
seconds = [0.5, 2.0, 5.0, 6.0]
for at, line in enumerate(sys.stdin):
    job = json.loads(line)
    with open({log!r}, "a") as log:
        log.write({name!r} + " ")
    {act}
    print(json.dumps({{"energy_delay": 7.0 * job["layer"]["M"], "cpu_s": seconds[at]}}), flush=True)
"""


@pytest.fixture
def python(tmp_path):
    """Makes the Python of an environment, which answers and notes that it was asked."""

    def made(name: str, act: str = "pass") -> str:
        path = tmp_path / name
        path.write_text(SPOKEN.format(python=sys.executable, log=str(tmp_path / "log"), name=name, act=act))
        path.chmod(0o755)
        return str(path)

    return made


def asked(everyone, repeats=3, limit_s=30.0):
    return side_by_side(jobs(LAYERS)["matmul"], everyone, repeats, limit_s, lambda name: None)


def test_a_first_answer_is_the_whole_process_and_later_ones_what_they_add(python):
    found = asked([Contestant("a", python("a"), "its.worker")])["a"]
    assert (found["energy_delay"], found["first_cpu_s"]) == (35.0, 0.5)
    assert found["again_cpu_s"] == 1.5  # the median of 1.5, 3 and 1
    assert 0 < found["again_s"] < found["first_s"]


def test_mappers_take_turns(python, tmp_path):
    asked([Contestant(name, python(name), "its.worker") for name in ("a", "b")], repeats=2)
    assert (tmp_path / "log").read_text().split() == ["a", "b"] * 3


def test_who_takes_too_long_is_stopped_and_has_no_figures(python, tmp_path):
    slow = python("slow", f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    found = asked([Contestant("slow", slow, "its.worker"), Contestant("b", python("b"), "its.worker")], limit_s=3.0)
    assert set(found["slow"].values()) == {None}
    assert found["b"]["again_cpu_s"] == 1.5
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    shown = beside_table({"matmul": found})
    assert [column.cells[0] for column in shown.columns if column.key.endswith("_s")] == ["-"] * 4


def test_who_ends_without_an_answer_is_told_with_its_last_words(python):
    broken = Contestant("a", python("a", "sys.exit('no module named numpy')"), "its.worker")
    with pytest.raises(ej.SpecError, match=r"^a gave no answer for matmul: no module named numpy$"):
        asked([broken])


def test_what_a_library_prints_is_no_answer():
    program = (
        "from experiments.measure.beside.worker import serve\n"
        "def best(layer, machine):\n    print('progress')\n    return layer['M'] * 2.0\n"
        "serve(best)"
    )
    job = '{"layer": {"M": 3}, "machine": {}}\n'
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, input=job * 2, capture_output=True, text=True, check=True
    )
    answers = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert [answer["energy_delay"] for answer in answers] == [6.0, 6.0]
    assert 0 < answers[0]["cpu_s"] <= answers[1]["cpu_s"]
    assert done.stderr.count("progress") == 2


def test_ours_is_asked_twice_with_nothing_and_with_programs_kept():
    found = contestants([tools.Installed("zigzag", "python", "1")])
    assert [each.name for each in found] == ["eyeriss_jax", "eyeriss_jax, programs kept", "zigzag"]
    assert found[0][1:] == found[1][1:] == (sys.executable, "experiments.measure.beside.ours")
    assert found[2].worker == "experiments.measure.beside.zigzag_worker"


@pytest.mark.parametrize("name", LAYERS)
def test_our_worker_maps_the_layer_of_the_job(name):
    job = jobs(LAYERS)[name]
    layer = {field: list(value) if isinstance(value, tuple) else value for field, value in job["layer"].items()}
    ones = {"M": 1, "C": 1}
    best = ej.map_layer(ej.Layer(name=name, **ones | LAYERS[name]), ej.accelerator("timeloop_e168"), objective="edp")
    assert ours.best(layer, job["machine"]) == best.primary


def test_the_machine_is_that_of_the_reference_cases():
    """``tests/data/timeloop``: 14 x 12 PEs, SPads of 12, 224 and 24 words, 64 Ki words of GLB, 200 : 6 : 1 : 1."""
    machine = jobs(LAYERS)["matmul"]["machine"]
    assert (machine["pe_cols"], machine["pe_rows"], machine["glb_words"]) == (14, 12, 65536)
    assert machine["spad_words"] == {"iact": 12, "weight": 224, "psum": 24}
    assert machine["energy"] == {"mac": 1.0, "spad": 1.0, "glb": 6.0, "dram": 200.0}
    assert machine["words_per_cycle"] == {"glb": 16, "dram": 4}


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({}, "beside_layers is empty"),
        ({"x": {"G": 2}}, "beside_layers.x.G: a layer here has N, M, C"),
        ({"x": {"M": 0}}, "M = 0"),
    ],
)
def test_layers_that_cannot_be_asked_are_refused(layers, words):
    with pytest.raises(ej.SpecError, match=words):
        jobs(layers)


def test_the_version_is_that_of_the_other_environment(python, monkeypatch):
    monkeypatch.setitem(tools.TOOLS, "zigzag", tools.TOOLS["zigzag"]._replace(distribution="numpy"))
    monkeypatch.chdir(Path(python("env")).parent)
    (found,) = tools.installed(["zigzag:./env"])
    assert found.version
    assert os.path.isabs(found.python)  # workers run in folders of their own


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["cosa:python"], "--beside=cosa: no such tool; choose from accelforge, zigzag"),
        (["zigzag:a", "zigzag:b"], "--beside names zigzag twice; name each once"),
        (["accelforge"], "needs the Python of an environment that has accelforge: python3.12 -m venv accelforge"),
        (["zigzag:/no/python"], "does not start: "),
        ([f"zigzag:{sys.executable}"], "is a Python without zigzag-dse: python3.11 -m venv zigzag && "),
    ],
)
def test_a_tool_that_is_not_there_is_one_line_with_what_to_install(given, words):
    with pytest.raises(ej.SpecError) as error:
        tools.installed(given)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "path",
    [
        ROOT / "experiments" / "__init__.py", MEASURE / "__init__.py", MEASURE / "beside" / "__init__.py",
        *sorted((MEASURE / "beside").glob("*worker.py")),
    ],
    ids=lambda path: path.stem,
)  # fmt: skip
def test_what_runs_in_other_environments_needs_nothing_of_this_one(path):
    """The standard library, the tool that the file is named for, and the protocol."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    tool = path.stem.removesuffix("_worker")
    others = {n for n in names if n.partition(".")[0] not in {*sys.stdlib_module_names, tool}}
    assert others <= {"experiments.measure.beside.worker"}


def test_every_tool_has_a_worker():
    for name, tool in tools.TOOLS.items():
        assert tool.worker == f"experiments.measure.beside.{name}_worker"
        assert (MEASURE / "beside" / f"{name}_worker.py").exists()
