"""What is written runs: README, docs and the experiments' documentation, command by command, in one fresh folder.

Commands run as they stand, as in a new clone with an empty home. The budget of the long ones is given from outside:
work of more than :data:`SECONDS` is stopped by Ctrl-C, which must end in its one line; :data:`ENDS` lists the
experiments that must come to their end, :data:`BUDGETS` the flags that reach others by the environment.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.documents.written import ROOT, commands, of_page, written

WRITTEN = written()
SECONDS = float(os.environ.get("DOCUMENTS_SECONDS", "5"))
"""Of work, after which a long command is stopped."""

SILENT_SECONDS = 60.0
"""After which a command that prints nothing is taken to be at work."""

ENDS = ("eyexam", "compare", "densities")
BUDGETS = {"tune": "--config.budget=2", "sweep": "--config.certify=0", "explore": "--noopen"}
ASKS = {"python -m experiments.compare", "python -m experiments.densities"}
"""Names of experiments that need to be told of what: bare, they say so in one line."""


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A copy of the repository as a reader has it."""
    folder = tmp_path_factory.mktemp("reader") / "clone"
    folder.mkdir()
    for name in ("eyeriss_jax", "experiments", "configs", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "api"))
    for name in ("README.md", "Makefile", "pyproject.toml", "requirements-dev.lock"):
        shutil.copy(ROOT / name, folder)
    # Where the tests run in the background of a shell they ignore Ctrl-C, and what they start would do so as well.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield folder
    signal.signal(signal.SIGINT, before)


def environment(folder, command):
    """An empty home, the Python of the tests, and the budget."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JAX_", "PYTHON", "EYERISS"))}
    experiment = (re.search(r"experiments\.(\w+)", command) or ["", ""])[1]
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    return kept | {
        "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "JAX_PLATFORMS": "cpu", "MPLBACKEND": "Agg",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "EYERISS_JAX_FLAGS": BUDGETS.get(experiment, ""),
    }  # fmt: skip


def run(command, folder):
    """Runs a command: (exit code, its stderr, whether it was stopped)."""
    out, err = folder.parent / "stdout", folder.parent / "stderr"
    stopped = False
    with (
        out.open("wb") as stdout,
        err.open("wb") as stderr,
        subprocess.Popen(
            ["bash", "-c", command], cwd=folder, env=environment(folder, command), stdout=stdout, stderr=stderr,
            start_new_session=True,
        ) as process,
    ):  # fmt: skip
        try:
            if "experiments." in command and not any(f"experiments.{name}" in command for name in ENDS):
                deadline = time.monotonic() + SILENT_SECONDS
                while not (out.stat().st_size or err.stat().st_size) and time.monotonic() < deadline:
                    if process.poll() is not None:
                        break
                    time.sleep(0.1)
                try:
                    process.wait(SECONDS)
                except subprocess.TimeoutExpired:
                    stopped = True
                    os.killpg(process.pid, signal.SIGINT)
            process.wait(900)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, err.read_text(errors="replace"), stopped


@pytest.mark.slow  # in their order: `make test-slow` gives a file to one process
@pytest.mark.parametrize("each", WRITTEN, ids=[f"{w.source}: {w.text.splitlines()[0][:100]}" for w in WRITTEN])
def test_what_is_written_runs(each, clone):
    if each.kind == "file":
        name, _, content = each.text.partition("\n")
        (clone / name).write_text(content)
        return
    command = each.text if each.kind == "command" else f"python -c {shlex.quote(each.text)}"
    if command.startswith("make "):
        recipe = subprocess.run(
            ["make", "-n", *shlex.split(command)[1:]],
            cwd=clone,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()[-1]
        if "experiments." not in recipe:
            return  # tests, lint and documentation are run by the gate itself
        command = recipe.replace(".venv/bin/python", "python")
    code, err, stopped = run(command, clone)
    absent = r"error: (.*install the extra: pip install 'eyeriss_jax\[|--beside=\w+:\S+ does not start: )"
    if code == 2 and re.match(absent, err):
        pytest.skip(err)
    if command in ASKS:
        assert (code, err.count("\n")) == (2, 1), err
    elif stopped and code != 0:  # it may have ended just then
        assert code == 130, err
        assert err.splitlines()[-1].startswith("interrupted"), err
    else:
        assert code == 0, err
    assert "Traceback" not in err


def test_the_walk_covers_the_documents():
    sources = {each.source for each in WRITTEN}
    assert {
        "README.md",
        "docs/tutorial.md",
        "docs/tuning.md",
        "experiments/eyexam.py",
        "configs/eyeriss_v2_alexnet.py",
    } <= sources
    text = [each.text for each in WRITTEN]
    assert "python -m experiments.eyexam --network=onnx:model.onnx --batch=4" in text
    assert "make run" in text
    assert len(text) > 40


def test_extraction(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.documents.written.ROOT", tmp_path)
    (tmp_path / "page.md").write_text(
        "`python -m experiments.zoo` and `--flag`\n\n```\npython -m a \\\n    --b  # c\n# no\n```\n\n```\nx = y\n```\n"
        "\n```python\n# m.py\nx = 1\n```\n\n```python\ny = 2\n```\n\n```python\n>>> 1\n1\n\n```\n"
    )
    assert [tuple(each[1:]) for each in of_page(tmp_path / "page.md")] == [
        ("command", "python -m doctest page.md"),
        ("python", "y = 2\n"),
        ("command", "python -m experiments.zoo"),
        ("command", "python -m a --b"),
        ("file", "m.py\n# m.py\nx = 1\n"),
    ]
    assert commands("a\n\n  # b\n c\n") == ["a", "c"]
