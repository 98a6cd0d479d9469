"""Every experiment's door: the bare command begins to work, help says what is accepted, mistakes are one line."""

import importlib
import re
import shlex
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest
from absl.testing import flagsaver

from experiments.__main__ import experiments
from experiments.harness import command_line, experiment
from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.hardware.presets import ACCELERATORS
from eyeriss_jax.layers import NETWORKS
from eyeriss_jax.model.conventions import CONVENTIONS, FRAMEWORKS
from eyeriss_jax.published import TOPICS
from eyeriss_jax.search.objectives import OBJECTIVES

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

ANSWERS = experiments()
README = Path(__file__).resolve().parents[2] / "README.md"

NEEDS = {"compare": "at least two summaries", "densities": "give --network=jax:package.module:factory, or --checkpoint"}
"""What a bare command says that cannot know what it is asked."""

ACCEPTED = {
    "network": NETWORKS, "networks": NETWORKS, "accelerator": ACCELERATORS, "dataflow": DATAFLOWS,
    "objective": OBJECTIVES, "conventions": (*CONVENTIONS, *FRAMEWORKS), "topics": TOPICS,
    "operands": ("random", "flax"), "format": ("text", "json", "csv", "markdown"),
}  # fmt: skip


class Began(BaseException):
    """Stops an experiment where its work begins, with the folder that it would write to."""


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Runs an experiment in this process: (exit code or the folder where work began, stdout, stderr)."""

    def began(folder, _):
        raise Began(folder)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(experiment, "prepare_output_dir", began)
    monkeypatch.setattr(experiment.jax.config, "parse_flags_with_absl", lambda: None)

    def call(name, *arguments):
        monkeypatch.delitem(sys.modules, f"experiments.{name}", raising=False)  # to define its flags last
        module = importlib.import_module(f"experiments.{name}")
        if hasattr(module, "start_devices"):
            monkeypatch.setattr(module, "start_devices", lambda: call.order.append("devices"))
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        monkeypatch.delitem(sys.modules, "config_config", raising=False)
        door = module._EXPERIMENT
        run = door.run_with_arguments if name == "compare" else door.run
        with flagsaver.flagsaver(), pytest.raises((SystemExit, Began)) as stop:
            run(module.main)
        printed = capsys.readouterr()
        ended = stop.value.args[0] if isinstance(stop.value, Began) else stop.value.code or 0
        return ended, printed.out, printed.err

    call.order = []
    return call


@pytest.mark.parametrize("name", ["sweep", "benchmark"])
def test_devices_are_made_before_a_factory_may_compute(call, name, monkeypatch):
    """JAX refuses to make them afterwards, at length."""
    read = experiment.network
    monkeypatch.setattr(
        experiment, "network", lambda *given, **more: call.order.append("network") or read(*given, **more)
    )
    call(name)
    assert call.order[:2] == ["devices", "network"]


def test_all_experiments_are_here():
    assert {"eyexam", "sweep", "tune", "compare", "zoo", "functional", "reproduce", "benchmark"} <= set(ANSWERS)
    assert all(len(answer) > 30 and answer.endswith((".", "?")) for answer in ANSWERS.values()), ANSWERS


@pytest.mark.parametrize("name", ANSWERS)
def test_the_bare_command_begins_to_work(call, name):
    ended, out, err = call(name)
    if name in NEEDS:
        assert (ended, out, err.count("\n")) == (2, "", 1)
        assert NEEDS[name] in err
    else:
        assert (Path(ended).parent, out, err) == (Path("output", name), "", "")


@pytest.mark.parametrize("name", ANSWERS)
def test_help_says_what_it_answers_and_what_every_flag_accepts(call, name):
    ended, out, err = call(name, "--help")
    assert (ended, err) == (0, "")
    assert out.startswith(ANSWERS[name])
    described = {
        flag: " ".join(text.split())
        for flag, text in re.findall(r"^  --(?:\[no\])?(\w+):(.*?)(?=^  --|^\S|\Z)", out, re.MULTILINE | re.DOTALL)
    }
    assert {"output_dir", "format"} <= set(described)
    if name == "eyexam":
        table = README.read_text(encoding="utf-8")
        assert [flag for flag in described if f"| `--{flag}" not in table and f", `--{flag}`" not in table
                and f"| `--[no]{flag}`" not in table] == []  # fmt: skip
    assert all(described.values())
    for flag, known in ACCEPTED.items():
        if flag in described and (name, flag) != ("densities", "network"):  # it runs models: jax: only
            words = re.split(r"[^\w.:<>/]+", described[flag])
            assert [each for each in known if each not in words and f"{each}." not in words] == []


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in NEEDS])
def test_help_gives_every_field_as_a_shell_takes_it(call, name):
    given = re.findall(r"^  (--config\.[\w.]+=.*)$", call(name, "--help")[1], re.MULTILINE)
    fields = [flag for line in given for flag in shlex.split(line)]
    assert len(fields) == len(given) >= 1
    ended, out, err = call(name, *fields)
    assert (ended, out, err) == (call(name)[0], "", "")  # the folder is named after what differs from the config


NOTHING = "from ml_collections import ConfigDict\ndef get_config():\n    return ConfigDict()\n"


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in NEEDS])
def test_a_field_that_a_config_leaves_out_is_set_by_its_flag(call, tmp_path, name):
    (tmp_path / "own.py").write_text(
        "from ml_collections import ConfigDict\ndef get_config():\n    return ConfigDict()\n"
    )
    given = re.findall(r"^  (--config\.\w+=.*)$", call(name, "--help")[1], re.MULTILINE)
    fields = [flag for line in given for flag in shlex.split(line)]
    ended, out, err = call(name, f"--config={tmp_path}/own.py", *fields)
    assert (ended, out, err) == (call(name)[0], "", "")
    ended, out, err = call(name, f"--config={tmp_path}/own.py", "--config.bydget=3")
    assert (ended, out, err.count("\n")) == (2, "", 1)
    assert "unknown config field 'bydget'" in err


def test_a_field_without_a_default_must_be_given_by_the_config_or_a_flag(call, tmp_path):
    (tmp_path / "own.py").write_text(
        "from ml_collections import ConfigDict\ndef get_config():\n    return ConfigDict()\n"
    )
    ended, _, err = call("sweep", f"--config={tmp_path}/own.py", "--config.front=8", "--config.networks=('alexnet',)")
    assert ended == 2
    assert "no fields 'accelerator', 'axes'; set them in get_config(), or by --config.accelerator=" in err
    ended, _, err = call("sweep", f"--config={tmp_path}/own.py", "--config.front=x")
    assert "--config.front=x must be a whole number" in err


def test_help_says_of_dictionaries_only_how_they_are_given(call):
    """``constraints`` of Eyexam is a file, that of a sweep a dictionary; what has no default shows none."""
    assert "fields that are dictionaries" not in call("eyexam", "--help")[1]
    assert all("(default: 'None')" not in call(name, "--help")[1] for name in ANSWERS)


def test_help_says_what_the_empty_layer_means_where_it_means_something(call):
    assert "--layer: Layer of the network, instead of the config's; empty for all." in call("functional", "--help")[1]
    assert "empty for all" not in call("benchmark", "--help")[1]
    assert Path(call("functional", "--layer=")[0]).parent == Path("output", "functional")
    ended, _, err = call("benchmark", "--layer=")
    assert (ended, "nothing is given" in err) == (2, True)


def test_help_says_how_dictionaries_are_given(call):
    given = call("sweep", "--help")[1]
    assert '  --config.axes.noc_words_per_cycle.iact="(3, 6, 9, 12)"\n' in given
    examples = re.findall(r": (--config.*) beside those of the config, or (--config.*)$", given, re.MULTILINE)
    assert len(examples) == 2
    for together in zip(*examples, strict=True):
        ended, out, err = call("sweep", *(shlex.split(each)[0] for each in together))
        assert (Path(ended).parent, out, err) == (Path("output", "sweep"), "", "")


@pytest.mark.parametrize("name", ["sweep", "tune"])
def test_new_axes_and_constraints_are_given_beside_those_of_the_config(call, name):
    """They are free dictionaries: each entry by its own flag, of whatever shape."""
    given = ("--config.axes.pe_rows=(1, 3)", "--config.axes.word_bits.weight", "(4, 8)", "--config.axes.lanes=1",
             "--config.axes.glb_bits.iact=(9216, 18432)", "--config.constraints.pes.at_least=96",
             "--config.constraints.area_mm2={'at_most': 'eyeriss_v2'}")  # fmt: skip
    ended, out, err = call(name, *given)
    assert (Path(ended).parent, out, err) == (Path("output", name), "", "")
    assert ended != call(name)[0]
    for each, wrong in (("axes.pe_rowz=(1, 3)", "axis: unknown name 'pe_rowz'; did you mean 'pe_rows'?"),
                        ("constraints.areamm2.at_most=3", "constraint: unknown name 'areamm2'")):  # fmt: skip
        ended, out, err = call(name, f"--config.{each}")
        assert (ended, out, err.count("\n")) == (2, "", 1), err
        assert wrong in err


NONSENSE = [
    ("sweep", "--config.axes.pe_rows={{'a.b': 3}}", "must be nested where a key has a dot: {'a': {'b': 3}}"),
    ("sweep", "--config.axes={{1: 3}}", "config field axes has the key 1; its keys are names in quotes"),
    ("sweep", "--config.axes.pe_rows=three", "axis pe_rows: accelerator 'eyeriss_v2': pe_rows = 'three' must be"),
    ("eyexam", "--batch=abc", "--batch=abc must be a whole number, such as 4"),
    ("eyexam", "--output_dir=", "nothing is given; give a value, or leave the flag out"),
    ("eyexam", "--mapping=", "nothing is given"),
    ("eyexam", "--mapping={here}/page.md", "page.md is no file ending in .yaml or .yml; give a mappings.yaml"),
    ("eyexam", "--mapping={here}", "(--mapping takes a mappings.yaml"),
    ("eyexam", "--mapping={here}/binary.yaml", "line 2: not text in UTF-8; save the file as UTF-8 (--mapping takes"),
    ("eyexam", "--mapping=nope.yaml", "No such file or directory; check the path (--mapping takes"),
    ("eyexam", "--sparsity={here}/page.md", "page.md is no file ending in .json or .yaml or .yml or .npz"),
    ("eyexam", "--accelerator={here}/page.md", "page.md' is a file that does not end in .yaml or .yml"),
    ("eyexam", "--accelerator=.", "eyeriss_v2_<PEs>, <path>.yaml."),
    ("eyexam", "--network={here}/page.md", "page.md' is a file; write onnx:"),
    ("eyexam", "--network={here}/page.md", "page.md if it is of that kind, others are exported as ONNX first"),
    ("eyexam", "--mapping={here}/own.yaml", "unknown key 'mappings'. Known keys: for, layers"),
    ("eyexam", "alexnet", "unexpected argument 'alexnet'; flags look like --name=value, such as --network=alexnet"),
    ("eyexam", "--network=zzz", "network 'zzz' is not known. Known: alexnet"),
    ("eyexam", "--config={here}/page.md", "page.md is no Python file with a function get_config()"),
    ("eyexam", "--batch=1000000000000", "batch = 1000000000000 is too large; the largest batch is 2147483647"),
    ("eyexam", "--accelerator=eyeriss_v2_4611686018427387904", "is too large; 'eyeriss_v2_1048576' is the largest"),
    ("eyexam", "--compilation_cache=x", "must be true or false; write --compilation_cache or --nocompilation_cache"),
    ("sweep", "--processes=0", "--processes=0 must be "),
    ("sweep", "--processes=1000000", "--processes=1000000 must be "),
    ("sweep", "--config.axes=abc", "must be a dictionary in quotes, as Python writes it: --config.axes=\"{'glb_bits'"),
    (
        "sweep",
        "--config.axes={{'noc_words_per_cycle.iact': (3, 9)}}",
        "must be nested where a key has a dot: {'noc_words_per_cycle': {'iact': (3, 9)}}",
    ),
    ("sweep", "--config.all_rows=x", "--config.all_rows=x must be true or false"),
    ("sweep", "--config.tie_share=x", "--config.tie_share=x must be a number, such as 0.5"),
    ("sweep", "--config.networks=(1,)", "networks = (1,) must be a list of names, such as --config.networks"),
    ("scaling", "--networks=", "networks is empty"),
    ("scaling", "--config.pes=abc", "pes = ('abc',) must be a list of whole numbers, such as --config.pes=\"(1, 2)\""),
    ("sparse_pe", "--config.compared_densities=x", "compared_densities = ('x',) must be a list of numbers"),
    ("functional", "--config.seed=-1", "seed = -1 must not be negative"),
    ("densities", "--checkpoint=nope.npz", "checkpoint nope.npz: No such file or directory"),
    ("sparse_pe", "--config.grid=1000000", "more than 20,000,000 points, which are in memory at once; lower it to 98"),
    ("scaling", "--config.pes=(256, 256)", "config field pes names 256 twice; name each once"),
    ("scaling", "--networks=alexnet,alexnet", "config field networks names alexnet twice; name each once"),
    ("explore", "--port=0", "--port=0 must be a whole number of at least 1"),
    (
        "explore",
        "--accelerator=eyeriss_v2_1048576",
        "1,048,576 PEs; up to 65,536 are explored by hand: take experiments",
    ),
    ("explore", "--seconds=nan", "--seconds=nan is no number of seconds; 0 goes on until Ctrl-C"),
    ("benchmark", "--devices=3", "--devices=3 is of --compile_for; this machine is measured with all it has"),
    ("benchmark", "--beside=cosa:python", "--beside=cosa: no such tool; choose from accelforge, zigzag"),
    ("benchmark", "--config.beside_limit_s=0", "config field beside_limit_s = 0.0 must be above 0"),
    ("benchmark", "--config.chunk=99999999999", "points are more than 2,147,483,647; lower one of them"),
    ("tune_density", "--config.rate=inf", "config field rate = inf must be positive and finite"),
    ("benchmark", "--devices=-1", "--devices=-1 must be a whole number of at least 1"),
]


@pytest.mark.parametrize(("name", "argument", "message"), NONSENSE, ids=[" ".join(each[:2]) for each in NONSENSE])
def test_nonsense_is_told_with_what_to_pass(call, tmp_path, name, argument, message):
    (tmp_path / "page.md").write_text("*emphasis* of: [nothing\n")
    (tmp_path / "own.yaml").write_text("for: {network: alexnet}\nmappings: {CONV1: {spad: {M: 0}}}\n")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    ended, out, err = call(name, argument.format(here=tmp_path))
    assert (ended, out, err.count("\n")) == (2, "", 1), err
    assert message in err


@pytest.mark.parametrize("first", [0, 1])
def test_a_dictionary_is_given_whole_or_by_its_entries(call, first):
    given = ["--config.axes={'lanes': (1, 2)}", "--config.axes.pe_rows=(1, 3)"]
    ended, out, err = call("sweep", given[first], given[1 - first])
    assert (ended, out, err.count("\n")) == (2, "", 1), err
    assert "--config.axes" in err
    assert "whole" in err or "overwrite" in err


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("argument", ["--formt=json", "--format=xml", "--config.bydget=3", "--output_dir"])
def test_a_wrong_flag_is_one_line(call, name, argument):
    ended, out, err = call(name, argument)
    assert (ended, out) == (2, ""), err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "compare"])
def test_flags_from_outside_come_after_those_of_the_command(call, monkeypatch, name):
    monkeypatch.setenv("EYERISS_JAX_FLAGS", "--output_dir='from outside' --config.nothing=1")
    ended, _, err = call(name, "--output_dir=own")
    assert (ended, err.count("\n")) == (2, 1)
    assert "unknown config field 'nothing'" in err
    monkeypatch.setenv("EYERISS_JAX_FLAGS", "--output_dir='from outside'")
    if name not in NEEDS:
        assert call(name, "--output_dir=own")[0] == "from outside"
    if name == "tune":
        monkeypatch.setenv("EYERISS_JAX_FLAGS", "--config.budget=2")
        assert call(name, "--config.layers=()", "--config.budget=9")[0].endswith("eyeriss_v1_5-budget2")
    monkeypatch.setenv("EYERISS_JAX_FLAGS", "--output_dir='")
    assert call(name)[0] == 2


@pytest.mark.parametrize(
    ("name", "arguments", "folder"),
    [
        ("eyexam", [], "mobilenet_v1_0.5_128-eyeriss_v2"),
        ("eyexam", ["--network=alexnet", "--objective=edp", "--batch=4"], "alexnet-eyeriss_v2-edp-batch4"),
        ("eyexam", ["--network=alexnet", "--batch=1000003"], "alexnet-eyeriss_v2-batch1000003"),
        ("eyexam", ["--network=alexnet", "--conventions=isca16"], "alexnet-eyeriss_v2-isca16"),
        ("zoo", ["--networks=alexnet,vit_b16", "--accelerator=eyeriss_v1_5"], "alexnet+vit_b16-eyeriss_v1_5"),
        ("field", ["--networks=alexnet"], "alexnet"),
        ("functional", ["--layer=CONV2"], "alexnet-CONV2-eyeriss_v2"),
        ("reproduce", ["--topics=jetcas"], "jetcas"),
        ("sweep", ["--config.certify=0", "--config.tie_share=0.1"], "mobilenet_v1_0.5_128-eyeriss_v2"),
        ("tune", ["--config.layers=()", "--config.budget=3"], "mobilenet_v1_0.5_128-eyeriss_v1_5-budget3"),
        ("tune", ["--config.layers=()", "--benchmark"], "mobilenet_v1_0.5_128-eyeriss_v1_5-benchmark"),
    ],
)  # fmt: skip
def test_the_folder_is_named_after_the_question(call, name, arguments, folder):
    assert call(name, *arguments)[0] == str(Path("output", name, folder))


def test_other_axes_are_another_folder(call):
    first, second = call("sweep")[0], call("sweep", "--config.axes.lanes=(1,)")[0]
    assert first == "output/sweep/mobilenet_v1_0.5_128-eyeriss_v2"
    assert re.fullmatch(f"{first}-[0-9a-f]{{6}}", second)


def test_ctrl_c_in_a_callback_is_not_lost(monkeypatch):
    """JAX has a callback of the garbage collector, and what is raised in there Python only mentions."""

    def ctrl_c(_):
        raise KeyboardInterrupt

    dropped = set()
    watched = weakref.ref(dropped, ctrl_c)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(sys, "unraisablehook", command_line._not_lost)
    del dropped
    try:
        with pytest.raises(KeyboardInterrupt):
            time.sleep(10)
    finally:
        signal.signal(signal.SIGINT, before)
    assert watched() is None


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("begun", [False, True])
def test_a_signal_in_the_background_is_one_line(tmp_path, number, begun):
    """A shell that runs a script starts a process with Ctrl-C ignored; other signals are heard all the same."""
    code = "import os, sys; from signal import *; signal(SIGINT, SIG_IGN); os.execv(sys.executable, sys.argv[1:])"
    command = [sys.executable, "-v", "-m", "experiments.zoo", "--networks=vgg16", f"--output_dir={tmp_path}/out"]
    if begun:
        command.remove("-v")  # which tells what is imported
    until = "1/1 vgg16" if begun else "import 'experiments.harness"
    with subprocess.Popen([sys.executable, "-c", code, *command], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(until in line for line in process.stderr)
        process.send_signal(number)
        rest = process.stderr.read().splitlines()
    assert process.returncode == 128 + number
    assert rest[-1] == f"stopped by {number.name}" + "; the same command goes on where it was" * begun
    assert "Traceback" not in "".join(rest)
