"""Every config file: it loads, its names exist, and its docstring says what it claims, how to run it and its cost."""

import ast
from pathlib import Path

import pytest

from experiments.harness.configuration import load_config

CONFIGS = sorted((Path(__file__).resolve().parents[2] / "configs").glob("*.py"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_loads_and_explains_itself(path):
    load_config(str(path))
    explanation = ast.get_docstring(ast.parse(path.read_text())) or ""
    for part in ("Claim:", "Command:", "Cost:"):
        assert part in explanation
    assert f"--config=configs/{path.name}" in explanation
