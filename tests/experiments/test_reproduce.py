"""The reproduce experiment: what it writes and prints for a cheap topic, and that bad input is one clear line."""

import json
import sys
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments import reproduce
from experiments.harness.command_line import OWNER, run
from experiments.reproduce import update_docs
from eyeriss_jax.errors import SpecError
from eyeriss_jax.published import TOPICS, Claim, Topic
from eyeriss_jax.published.scoreboard import score
from eyeriss_jax.published.speedup_parts import PARTS, StudyRule
from eyeriss_jax.report.scoreboard.markdown import BEGIN, END

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "reproduce.py"


def _claims():
    fields = {"statement": "a figure", "source": "a paper", "tag": "P", "published": 10.0, "tolerance": 0.1}
    return (
        Claim(id="P.holds", ours=lambda _: 10.5, headline=True, **fields),
        Claim(id="P.misses", ours=lambda _: 20.0, **fields),
    )


@pytest.fixture
def cheap_topic(monkeypatch):
    monkeypatch.setitem(TOPICS, "cheap", Topic("A cheap topic", _claims))


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["reproduce", f"--output_dir={tmp_path}", "--nocompilation_cache", *arguments])
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(reproduce.main, default_config=CONFIG, resumes=True)
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def test_writes_the_scoreboard_and_shows_the_miss(call, cheap_topic, tmp_path):
    code, out, _ = call("--topics=cheap")
    assert code == 0
    written = {OWNER, "scoreboard.html", "scoreboard.md", "summary.json", "figures.json"}
    assert {path.name for path in tmp_path.iterdir()} == written
    assert "1 of 2 figures within their tolerance, 1 missed" in out
    assert "tags: P read in the primary text\n" in out
    assert "surprise: P.misses misses but has no explanation" in out
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [claim["verdict"] for claim in summary["claims"]] == ["holds", "misses"]
    assert summary["config"] == {"topics": "cheap"}


def test_an_interrupted_run_goes_on_with_the_figures_that_are_missing(call, monkeypatch):
    computed = []

    def interrupted(_):
        raise KeyboardInterrupt

    def figure(bench, number=1.0):
        computed.append(number)
        return number

    def claims_of(second):
        fields = {"statement": "a figure", "source": "a paper", "tag": "P", "published": 1.0, "tolerance": 0.1}
        return lambda: (Claim(id="P.first", ours=figure, **fields), Claim(id="P.second", ours=second, **fields))

    monkeypatch.setitem(TOPICS, "cheap", Topic("A cheap topic", claims_of(interrupted)))
    code, _, err = call("--topics=cheap")
    assert (code, err.splitlines()[-1]) == (130, "interrupted; the same command goes on where it was")
    assert computed == [1.0]
    monkeypatch.setitem(TOPICS, "cheap", Topic("A cheap topic", claims_of(lambda _: figure(_, 1.05))))
    code, out, err = call("--topics=cheap")
    assert (code, computed) == (0, [1.0, 1.05])
    assert err.startswith("computing 2 figures, 1 of them computed before\n")
    assert "2 of 2 figures within their tolerance" in out
    assert call("--topics=cheap", "--restart")[0] == 0
    assert computed == [1.0, 1.05, 1.0, 1.05]


def test_the_sensitivity_of_the_speed_ups_is_a_table_of_its_own(call, monkeypatch, tmp_path):
    computed = []

    def error(part, bench, network, pes):
        computed.append((part.rule, network, pes))
        return 0.125

    monkeypatch.setattr(StudyRule, "error", error)
    code, out, _ = call("--sensitivity")
    assert (code, len(computed)) == (0, 9 * len(PARTS))
    assert "+12.5 %" in out
    page = (tmp_path / "speedups.md").read_text()
    assert all(part.rule in page and part.instead in page for part in PARTS)
    assert page.count("| +12.5 %") == 9 * len(PARTS)
    assert not (tmp_path / "scoreboard.md").exists()
    assert call("--sensitivity")[0] == 0
    assert len(computed) == 9 * len(PARTS), "what is kept is not computed again"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--topics=jetcsa",), "did you mean 'jetcas'"),
        (("--topics=jetcas", "--update_docs"), "--update_docs needs all topics"),
        (("--topics=jetcas", "--sensitivity"), "--sensitivity is a table of its own"),
        (("--config.topic=jetcas",), "unknown config field 'topic'; did you mean 'topics'?"),
    ],
)
def test_bad_input_is_one_clear_line(call, arguments, message):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_docs_and_readme_are_rewritten_together(cheap_topic, tmp_path):
    (tmp_path / "docs").mkdir()
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n{BEGIN}\nformer\n{END}\nrest\n")
    entries = score({"cheap": _claims()})
    update_docs(entries, tmp_path)
    assert "former" not in readme.read_text()
    assert readme.read_text().endswith(f"{END}\nrest\n")
    assert "`P.misses`" in (tmp_path / "docs" / "scoreboard.md").read_text()
    readme.write_text("# no markers\n")
    (tmp_path / "docs" / "scoreboard.md").write_text("kept")
    with pytest.raises(SpecError, match="markers"):
        update_docs(entries, tmp_path)
    assert (tmp_path / "docs" / "scoreboard.md").read_text() == "kept"
