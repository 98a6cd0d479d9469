"""The compare main: what it writes and prints, and that bad input is one clear line."""

import json
import sys

import pytest
from absl.testing import flagsaver

from experiments import compare
from experiments.harness.command_line import OWNER, run_with_arguments
from eyeriss_jax.report.summary import summary
from tests.report.fake_results import fake_result, many_layers


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr)."""
    for name, count, network in (("short", 3, "tinynet"), ("long", 4, "tinynet"), ("other", 5, "other")):
        (tmp_path / name).mkdir()
        data = summary(fake_result(many_layers(count), network=network), {"network": network})
        (tmp_path / name / "summary.json").write_text(json.dumps(data))

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["compare", f"--output_dir={tmp_path / 'output'}", *arguments])
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run_with_arguments(compare.main)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_writes_a_page_and_prints_what_changed(call, tmp_path):
    code, out, err = call(str(tmp_path / "short"), str(tmp_path / "long" / "summary.json"))
    assert (code, err) == (0, "")
    assert {path.name for path in (tmp_path / "output").iterdir()} == {
        OWNER, "compare.html", "change.png", "change.svg",
    }  # fmt: skip
    assert "only in the other run" in out
    assert max(map(len, out.splitlines()[:-1])) <= 80


def test_other_formats_hold_every_table(call, tmp_path):
    code, out, _ = call(str(tmp_path / "short"), str(tmp_path / "long"), "--format=json")
    assert code == 0
    assert set(json.loads(out)) == {"layers_long", "totals", "shares", "differences_long"}


def test_of_different_networks_it_says_so_first_and_compares_no_speed(call, tmp_path):
    code, out, _ = call(str(tmp_path / "short"), str(tmp_path / "other"))
    assert code == 0
    assert out.startswith("tinynet and other are different networks")
    assert "times as fast as the other." in " ".join(out.split())  # neither is
    assert out.count("as fast") == 1
    assert {path.name for path in (tmp_path / "output").iterdir()} == {OWNER, "compare.html"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((), "at least two summaries, found 0"), (("a", "b"), "No such file"), (("--formt=csv",), "Did you mean: format")],
)
def test_bad_input_is_one_clear_line(call, arguments, message):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
