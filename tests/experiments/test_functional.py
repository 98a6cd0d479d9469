"""The functional main: what it shows equals what was predicted, and bad input is one clear line."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the main in its own process: experiments share flag names, which one process cannot define twice."""
    command = [sys.executable, "-m", "experiments.functional", "--nocompilation_cache", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)


def test_a_layer_moves_exactly_the_predicted_words(tmp_path: Path) -> None:
    done = _run("--network=mobilenet_v1_0.25_32", "--layer=block13-DW", f"--output_dir={tmp_path}")
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["equal"]
    assert summary["output_error"] == 0
    (layer,) = summary["layers"]
    assert layer["name"] == "block13-DW"
    assert all(row["predicted"] == row["measured"] for row in layer["words"])
    assert {row["level"] for row in layer["words"]} == {"array", "dram", "glb", "noc", "spad"}
    assert all(use["exact"] and use["law_cycles"] <= use["cycles"] for use in layer["first_pass"].values())
    assert {"iact", "weight", "psum"} == set(layer["first_pass"])
    for name in ("delivered", "noc"):
        assert (tmp_path / f"{name}_block13-DW.png").stat().st_size > 10_000
    assert "all equal" in done.stdout
    assert "summary.json, delivered_block13-DW and noc_block13-DW as .png, .svg" in done.stdout


def test_what_nobody_would_wait_for_is_one_line() -> None:
    done = _run("--network=alexnet", "--layer=FC8", "--batch=100000")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: layer 'FC8' has 410 G MACs, of which at most 68.7 G are executed: take a smaller --batch or another "
        "--layer; experiments.eyexam counts them by the laws"
    ]


def test_an_unknown_layer_is_one_line_with_the_known_ones() -> None:
    done = _run("--network=alexnet", "--layer=CONV9")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: alexnet has no layer 'CONV9'; its layers: CONV1, CONV2, CONV3, CONV4, CONV5, FC6, FC7, FC8"
    ]
