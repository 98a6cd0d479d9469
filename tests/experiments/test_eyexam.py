"""The Eyexam main: what it writes and prints, and that bad input is one clear line with exit code 2."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import jax
import pytest
import yaml
from absl.testing import flagsaver

from experiments import eyexam
from experiments.harness import compilation_cache, experiment, progress, write_timeloop
from experiments.harness.command_line import OWNER, run
from eyeriss_jax import kept_programs
from eyeriss_jax.dataflow import Mapping
from eyeriss_jax.dataflow.timeloop_mapping import read_timeloop_mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware import Types
from eyeriss_jax.hardware.presets import accelerator, timeloop_e168
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.conventions import TIMELOOP
from eyeriss_jax.report.page import render
from eyeriss_jax.search.mapping import evaluate_exactly, map_network
from tests.layers.importers.onnx_models import quantised_product
from tests.published.peers import cases, timeloop_case
from tests.published.timeloop_files import case_files
from tests.report.fake_results import fake_result

# ml_collections loads config files in a way that importlib discourages.
pytestmark = pytest.mark.filterwarnings(r"ignore:the load_module\(\) method is deprecated:DeprecationWarning")

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"


@pytest.fixture
def calls(monkeypatch):
    """Calls of the mapper, which a fake replaces."""
    calls = []

    def map_network(network, accelerator, **options):
        options["progress"](0, len(network.layers), network.layers[0].name)
        calls.append((network, accelerator, options))
        return fake_result(network.layers[:4], network.name)  # drawing many takes time

    monkeypatch.setattr(eyexam, "map_network", map_network)
    return calls


@pytest.fixture
def call(calls, monkeypatch, capsys, tmp_path):
    """Runs the main in this process: (exit code, stdout, stderr), with no word of how long it takes."""
    for pause, seconds in (("UNANNOUNCED", 1e6), ("PAUSES", (1e6,))):
        monkeypatch.setattr(progress, pause, seconds)

    def call(*arguments, output_dir=tmp_path / "output", pictures=False):
        if not pictures:  # those of the page take half a second
            monkeypatch.setattr(render, "inline_figures", lambda _: defaultdict(str))
        monkeypatch.setattr(
            sys, "argv", ["eyexam", f"--output_dir={output_dir}", "--nocompilation_cache", "--figures=", *arguments]
        )
        monkeypatch.delitem(sys.modules, "config_config", raising=False)  # the config of the call before
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(eyexam.main, default_config=CONFIGS / "eyeriss_v2_mobilenet.py")
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


def refused(call, *arguments, **options):
    """The message of a run that must be refused in one line, with nothing mapped or printed."""
    code, out, err = call(*arguments, **options)
    assert code == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def test_writes_and_prints_the_report(call, calls, tmp_path):
    code, out, err = call("--figures=png", pictures=True)
    assert code == 0
    names = {path.name for path in (tmp_path / "output").iterdir()}
    assert {"report.html", "summary.json", "mappings.yaml", "staircase.png", "roofline.png"} <= names
    assert "inferences/s" in out
    assert "\x1b" not in out + err
    assert err == "mapping 28 layers of mobilenet_v1_0.5_128 on eyeriss_v2\n"
    summary = json.loads((tmp_path / "output" / "summary.json").read_text())
    assert summary["config"] == {
        "network": "mobilenet_v1_0.5_128",
        "accelerator": "eyeriss_v2",
        "dataflow": "",
        "objective": "cycles",
        "batch": 1,
        "conventions": "ours",
        "sparsity": "",
        "word_bits": "",
        "constraints": "",
    }
    assert calls[0][2]["dataflow"] == "rs_plus"


@pytest.mark.parametrize(("accelerator", "says"), [("eyeriss_v2_256", True), ("eyeriss_v2", False)])
def test_zeros_that_a_machine_does_not_skip_are_told(call, accelerator, says):
    _, out, _ = call("--network=mobilenet_v1_0.5_128_sparse", f"--accelerator={accelerator}")
    told = f"{accelerator} skips no zeros: mobilenet_v1_0.5_128_sparse takes as long on it as if it were dense"
    assert (told in out) == says


def test_flags_override_the_config(call, calls):
    code, _, err = call(
        f"--config={CONFIGS / 'eyeriss_v2_alexnet.py'}", "--config.batch=3", "--config.objective=energy",
        "--accelerator=eyeriss_v1", "--objective=edp", "--dataflow=rs",
    )  # fmt: skip
    assert (code, err.count("\n")) == (0, 1)
    network, accelerator, options = calls[0]
    assert (network.name, accelerator.name) == ("alexnet", "eyeriss_v1")
    assert network.layers[0].N == 3
    assert (options["objective"], options["dataflow"]) == ("edp", "rs")


@pytest.mark.parametrize(
    ("form", "reads"),
    [
        ("json", lambda text: json.loads(text)["layers"]),
        ("csv", lambda text: list(csv.DictReader(text.splitlines()))),
        ("markdown", lambda text: [line for line in text.splitlines() if line.startswith("| block")]),
    ],
)
def test_other_formats_have_stdout_for_themselves(call, form, reads):
    code, out, err = call(f"--format={form}")
    assert code == 0
    assert len(reads(out)) == (3 if form == "markdown" else 4)
    assert "wrote " not in out
    assert "wrote " in err
    assert "\x1b" not in out + err


def test_config_overrides_work_without_naming_a_config(call, calls):
    assert call("--config.network=alexnet")[0] == 0
    assert calls[0][0].name == "alexnet"


@pytest.fixture
def written(call, monkeypatch, tmp_path):
    """The mappings of a run of AlexNet on v1; the fake mapper's fit no machine, so that is not checked."""
    monkeypatch.setattr(eyexam, "check_mappable", lambda *_: None)
    assert call("--network=alexnet", "--accelerator=eyeriss_v1", "--batch=2", "--objective=edp")[0] == 0
    return (tmp_path / "output" / "mappings.yaml").rename(tmp_path / "mappings.yaml")


def test_mappings_replay_on_what_they_are_for(call, calls, written):
    assert calls[0][2]["mappings"] == {}
    code, _, err = call(f"--mapping={written}")
    assert (code, err.count("\n")) == (0, 1)
    network, machine, options = calls[1]
    assert (network.name, network.layers[0].N, machine.name) == ("alexnet", 2, "eyeriss_v1")
    file = yaml.safe_load(written.read_text())
    assert (options["objective"], options["dataflow"]) == (file["for"]["objective"], file["for"]["dataflow"])
    assert list(options["mappings"]) == list(file["layers"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--network=vgg16"], "is for network = alexnet, not vgg16; pass --network=alexnet"),
        (["--batch=3"], "is for batch = 2, not 3; pass --batch=2"),
        (["--config.batch=1"], "is for network = alexnet, not mobilenet_v1_0.5_128; pass --network=alexnet"),
    ],
)
def test_mappings_of_another_network_are_refused(call, calls, written, arguments, message):
    assert message in refused(call, f"--mapping={written}", *arguments)
    assert len(calls) == 1


def test_mappings_on_another_machine_are_replayed_with_a_note(call, calls, written):
    code, _, err = call(f"--mapping={written}", "--accelerator=eyeriss_v1_5")
    assert code == 0
    assert "was made for accelerator = eyeriss_v1; replayed on eyeriss_v1_5" in err
    assert calls[1][1].name == "eyeriss_v1_5"


def test_mappings_of_another_objective_are_replayed_with_a_note(call, calls, written):
    made_for = yaml.safe_load(written.read_text())["for"]["objective"]
    code, _, err = call(f"--mapping={written}", "--objective=dram_words")
    assert code == 0
    assert f"holds the best mappings by objective = {made_for}; they are replayed as they are" in err
    assert calls[1][2]["objective"] == "dram_words"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("objective", "unknown name 'speed'. Known names: cycles, edp"),
        ("dataflow", "unknown name 'speed'. Known names: "),
    ],
)
def test_a_file_of_mappings_for_what_does_not_exist_is_told_with_its_line(call, calls, written, field, message):
    written.write_text(re.sub(rf"{field}: \w+", f"{field}: speed", written.read_text(), count=1))
    said = refused(call, f"--mapping={written}")
    assert re.search(r"mappings\.yaml, line \d+, column \d+: ", said)
    assert f"{field}: {message}" in said
    assert len(calls) == 1


def test_mappings_that_name_no_network_are_checked_against_the_one_asked(call, calls, tmp_path):
    path = tmp_path / "mappings.yaml"
    path.write_text("CONV9: {glb: {M: 1}, spad: {}}\n")
    assert "mobilenet_v1_0.5_128 has no such layer" in refused(call, f"--mapping={path}")
    assert calls == []
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("flow", ["ws", "os_a", "nlr", "rs_isca16"])
def test_a_dataflow_that_the_machine_is_not_built_for_is_refused(call, calls, tmp_path, flow):
    message = refused(call, f"--dataflow={flow}")
    assert f"dataflow '{flow}' on 'eyeriss_v2'" in message
    assert "is built for 'rs_plus'" in message
    assert calls == []
    assert not (tmp_path / "output").exists()


def test_timeloops_problem_and_mapping_are_replayed_under_its_conventions(call, calls, tmp_path, capsys):
    case = cases("timeloop")["toy_conv1d_halo"]
    problem, mapping = case_files(case, tmp_path)
    code, _, err = call(
        f"--network=timeloop:{problem}", f"--mapping=timeloop:{mapping}", "--accelerator=timeloop_e168",
        "--conventions=timeloop",
    )  # fmt: skip
    assert code == 0
    assert err.startswith("note: PEs whose windows overlap in part (height) share words")
    network, _, options = calls[0]
    expected = timeloop_case(case)
    assert options["mappings"] == {network.layers[0].name: expected.mapping}
    assert network.layers[0].build() == expected.layer.build()
    assert options["conventions"] == TIMELOOP


def test_a_timeloop_mapping_larger_than_the_machine_is_told_with_its_file(call, calls, tmp_path):
    problem, mapping = case_files(cases("timeloop")["toy_conv1d_halo"], tmp_path)
    (tmp_path / "mine.yaml").write_text("like: timeloop_e168\nspad_words: {iact: 1, weight: 1, psum: 1}\n")
    machine = tmp_path / "mine.yaml"
    code, _, err = call(f"--network=timeloop:{problem}", f"--mapping=timeloop:{mapping}", f"--accelerator={machine}")
    assert code == 2
    assert re.search(r"mapping\.yaml, line \d+, column \d+: layer .* does not fit .* words needed, 1 there", err)
    assert calls == []


def test_an_accelerator_file_is_used(call, calls, tmp_path):
    (tmp_path / "mine.yaml").write_text("like: eyeriss_v2\ncluster_rows: 4\n")
    assert call(f"--accelerator={tmp_path / 'mine.yaml'}")[0] == 0
    machine = calls[0][1]
    assert (machine.name, machine.cluster_rows, machine.pe_rows) == ("mine", 4, 3)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--netwrk=alexnet", "Did you mean: network"),
        ("--network=alexnt", "did you mean 'alexnet'"),
        ("--accelerator=eyeris_v2", "did you mean 'eyeriss_v2'"),
        ("--objective=speed", "cycles, edp, energy, movement, dram_words"),
        ("--dataflow=rs_pluss", "did you mean 'rs_plus'"),
        ("--batch=many", "--batch=many must be a whole number, such as 4"),
        ("--batch=0", "at least 1"),
        ("--figures=png,gif", "'gif' is not known; choose from png, svg, pdf, column"),
        ("--format=xml", "--format=xml must be one of text, json, csv, markdown"),
        ("--config.netwrk=alexnet", "did you mean 'network'"),
        ("--config.network.name=alexnet", "unknown config field 'network.name'"),
        ("--config.batch=many", "--config.batch=many must be a whole number"),
        ("--config=configs/nope.py", "no config file 'configs/nope.py'"),
        ("--config=", "no config file ''"),
        ("--mapping=nope.yaml", "nope.yaml: No such file"),
        ("--mapping=timeloop:nope.yaml", "name it with --network=timeloop:"),
        ("--network=timeloop:nope.yaml", "nope.yaml: No such file"),
        ("--accelerator=nope.yaml", "nope.yaml: No such file"),
        ("--conventions=timelop", "choose one of ours, timeloop"),
        ("--nocompilation_cache=yes", "does not take an argument"),
        ("alexnet", "unexpected argument 'alexnet'"),
    ],
)
def test_bad_arguments(call, calls, argument, message):
    assert message in refused(call, argument)
    assert calls == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def get_config(:\n", "line 1: invalid syntax"),
        ("x = 1\n", "no function get_config()"),
        ("import nowhere\n", "line 1: ModuleNotFoundError: No module named 'nowhere'"),
        ("def get_config():\n    return open('/nowhere')\n", "line 2: FileNotFoundError"),
        ("def get_config():\n    raise ValueError('a\\nb')\n", "line 2: ValueError: a b"),
        ("def get_config():\n    return {}\n", "must return a ConfigDict, not dict"),
        ("{head}return ConfigDict()\n", "no fields 'network', 'accelerator'; set them in get_config()"),
        (
            "{head}return ConfigDict(dict(network='alexnet', accelerator='eyeriss_v2', bach=1))\n",
            "did you mean 'batch'",
        ),
        ("{head}return ConfigDict(dict(network=3, accelerator='eyeriss_v2'))\n", "network = 3 must be text"),
    ],
)
def test_bad_config_files(call, calls, tmp_path, text, message):
    path = tmp_path / "config.py"
    path.write_text(text.replace("{head}", "from ml_collections import ConfigDict\ndef get_config():\n    "))
    assert message in refused(call, f"--config={path}")
    assert calls == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONV1: [", "line 2, column 1: not valid YAML"),
        ("CONV1: {glb: {M: 0}, spad: {}}\n", "layer 'CONV1'"),
        ("!!python/object/apply:os.system ['true']\n", "line 1, column 1: tag"),
        ("a: 1\nb: {spads: {}}\n", "line 1, column 4: layer 'a': expected 'key: value' lines, found 1"),
        ("a: 1\nb: {spads: {}}\n", "line 2, column 5: layer 'b': unknown key 'spads'; did you mean 'spad'?"),
    ],
)
def test_bad_mapping_files(call, tmp_path, text, message):
    path = tmp_path / "mappings.yaml"
    path.write_text(text)
    told = refused(call, f"--mapping={path}")
    assert message in told
    assert "(--mapping takes a mappings.yaml, as every run of experiments.eyexam writes one)" in told


def test_densities_of_another_network_are_told_with_the_file_and_what_to_pass(call, calls, tmp_path):
    path = tmp_path / "densities.json"
    path.write_text('{"Conv_0": {"iact": 0.5}, "CONV22": {"iact": 0.5}}')
    told = refused(call, f"--sparsity={path}", "--network=alexnet")
    assert "densities.json is of another network: network 'alexnet' has no layer 'Conv_0'. No layer 'CONV22'" in told
    assert "did you mean 'CONV2'? Its layers: CONV1, CONV2" in told
    assert "(--sparsity takes densities of layers of this network, as python -m experiments.densities" in told
    assert calls == []


def test_a_folder_with_results_of_another_experiment_is_refused_before_any_work(call, calls, tmp_path):
    (tmp_path / "output").mkdir()
    owner = tmp_path / "output" / OWNER
    owner.write_text("sweep")
    told = refused(call)
    assert f"--output_dir={tmp_path / 'output'} holds results of experiments.sweep" in told
    assert "those of experiments.eyexam have files of the same names; name another folder" in told
    assert calls == []
    owner.unlink()
    owner.symlink_to(tmp_path / "not_mine")
    assert f"{owner} is no file; remove it" in refused(call)
    assert not (tmp_path / "not_mine").exists()
    owner.unlink()
    os.mkfifo(owner)
    assert f"{owner} is no file; remove it" in refused(call)


def test_an_output_dir_that_cannot_be_written_is_refused_before_any_work(call, calls, tmp_path):
    (tmp_path / "file").write_text("")
    for where in (tmp_path / "file", tmp_path / "file" / "folder"):
        assert f"--output_dir={where}: a file is there" in refused(call, output_dir=where)
    (tmp_path / "closed").mkdir(mode=0o500)
    if not os.access(tmp_path / "closed", os.W_OK):  # root writes everywhere
        assert "cannot be written: Permission denied" in refused(call, output_dir=tmp_path / "closed")
    assert calls == []


def test_interruption_is_one_line_and_130(call, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(eyexam, "map_network", interrupted)
    code, _, err = call()
    assert code == 130
    assert err.splitlines()[-1] == "interrupted"
    assert "Traceback" not in err


def test_a_bug_keeps_its_traceback(monkeypatch, calls, tmp_path):
    def bug(*_, **__):
        raise RuntimeError("a bug")

    monkeypatch.setattr(eyexam, "map_network", bug)
    monkeypatch.setattr(sys, "argv", ["eyexam", "--nocompilation_cache", f"--output_dir={tmp_path}"])
    with flagsaver.flagsaver(), pytest.raises(RuntimeError, match="a bug"):
        run(eyexam.main, default_config=CONFIGS / "eyeriss_v2_mobilenet.py")


def test_the_cache_is_on_unless_switched_off(call, monkeypatch):
    enabled = []
    monkeypatch.setattr(experiment, "start_compilation_cache", lambda *, wanted: enabled.append(wanted))
    assert call()[0] == 0
    assert enabled == [False]
    assert call("--compilation_cache")[0] == 0
    assert enabled == [False, True]


def test_a_cache_that_cannot_be_written_is_one_warning(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setitem(kept_programs._state, "decided", False)
    of_the_tests = os.environ["JAX_COMPILATION_CACHE_DIR"]
    jax.config.update("jax_compilation_cache_dir", None)
    try:
        compilation_cache.start_compilation_cache(wanted=True)
    finally:
        jax.config.update("jax_compilation_cache_dir", of_the_tests)
    err = capsys.readouterr().err
    assert err.startswith("warning: no compilation cache")
    assert err.count("\n") == 1


def test_as_a_program():
    """Once for real, up to the first mistake: imports, flags and exit code."""
    command = [sys.executable, "-m", "experiments.eyexam", "--network=alexnt"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: network 'alexnt'")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_for_real(monkeypatch, tmp_path):
    """A small network through the real mapper: its own mappings, replayed, give the same cycles."""
    summaries = []
    for name, arguments in (("searched", []), ("replayed", [f"--mapping={tmp_path / 'searched' / 'mappings.yaml'}"])):
        monkeypatch.setattr(
            sys,
            "argv",
            [
                "eyexam",
                "--network=mobilenet_v1_0.25_32",
                "--nocompilation_cache",
                f"--output_dir={tmp_path / name}",
                *arguments,
            ],
        )
        with flagsaver.flagsaver(), pytest.raises(SystemExit) as stop:
            run(eyexam.main, default_config=CONFIGS / "eyeriss_v2_mobilenet.py")
        assert not stop.value.code
        summaries.append(json.loads((tmp_path / name / "summary.json").read_text()))
    searched, replayed = summaries
    assert replayed["cycles"] == searched["cycles"]
    assert searched["utilization"] + sum(searched["lost_shares"]) == pytest.approx(1)
    assert all(layer["certified"] for layer in searched["layers"])


def test_found_mappings_are_written_for_timeloop(tmp_path, capsys):
    """Tiles that do not divide, and a layer that is called like a path; the counts read back are those found."""
    layer, machine = Layer.conv2d("odd/one", 5, 7, (9, 9), 3), timeloop_e168(pe_x=3, pe_y=3)
    mapping = Mapping(
        glb=Dims(M=6, C=5, E=7, F=4, R=3, S=3),
        pe_rows=Dims(S=3),
        pe_cols=Dims(F=2, M=1),
        spad=Dims(M=3, C=2, E=7, F=2, R=3),
        glb_order=("NEF", "M", "CRS"),
    )
    network = Network(name="odd", layers=(layer,), source="a test")
    found = map_network(network, machine, mappings={layer.name: mapping})
    assert write_timeloop(found, tmp_path, "0.4") == [tmp_path / "timeloop"]
    assert capsys.readouterr().err == ""
    files = sorted(path.name for path in (tmp_path / "timeloop").iterdir())
    assert files == ["001-odd-one.mapping.yaml", "001-odd-one.problem.yaml", "architecture.yaml"]
    assert accelerator(str(tmp_path / "timeloop/architecture.yaml")).glb_shared_bits == machine.glb_shared_bits
    made = tmp_path / "timeloop"
    placed = read_timeloop_mapping(made / files[1], made / files[0], machine)
    assert placed.layer.build().dims == layer.build().dims
    counts = [
        evaluate_exactly(machine, placed.layer, each, TIMELOOP) for each in (found.layers[0].mapping, placed.mapping)
    ]
    assert counts[0] == counts[1]


@pytest.mark.attack("disks")
def test_a_file_where_the_folder_for_timeloop_belongs_is_one_line(call, tmp_path):
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "timeloop").write_text("mine")
    code, out, err = call("--network=alexnet", "--accelerator=timeloop_e168", "--write_timeloop=0.4")
    assert (code, out) == (1, "")
    assert re.search(
        r"^error: cannot use \S+/timeloop: File exists; everything written before is kept", err, re.MULTILINE
    )
    assert (tmp_path / "output" / "timeloop").read_text() == "mine"


def test_where_timeloop_will_count_otherwise_is_said(tmp_path, capsys):
    """Positions that run at the GLB: Timeloop keeps what they share."""
    layer, machine = Layer.conv2d("rows", 1, 2, (9, 3), 3), timeloop_e168()
    mapping = Mapping(glb=Dims(M=2, E=7, R=3, S=3), spad=Dims(M=2, R=3, S=3))
    result = map_network(Network(name="n", layers=(layer,), source="a test"), machine, mappings={"rows": mapping})
    write_timeloop(result, tmp_path, "0.3")
    assert "note: Timeloop will count rows otherwise: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--write_timeloop=0.4"], "no Timeloop machine is like it"),
        (["--write_timeloop=4", "--accelerator=eyeriss_v1"], "unknown name '4'.* Known names: 0.4, 0.3"),
    ],
)
def test_what_cannot_be_written_for_timeloop_is_told_before_any_work(call, calls, arguments, message):
    code, _, err = call(*arguments)
    assert (code, calls) == (2, [])
    assert re.search(message, err)


def test_words_as_wide_as_the_network_says(call, calls, tmp_path):
    """A file of int8 iacts and int4 weights on request; without it, the run tells what the file says."""
    model = tmp_path / "quantised.onnx"
    model.write_bytes(quantised_product().SerializeToString())
    _, out, _ = call(f"--network=onnx:{model}")
    assert calls[-1][1].word_bits == Types(iact=8, weight=8, psum=20)
    assert "8-bit iacts and 4-bit weights in 1 layer; words here have 8 and 8 bits" in " ".join(out.split())
    call(f"--network=onnx:{model}", "--word_bits=network")
    assert calls[-1][1].word_bits == Types(iact=8, weight=4, psum=20)
    assert "eyeriss_v2 " not in refused(call, "--word_bits=4")
    assert "its source does not state the bit widths of layer 'CONV1'" in refused(call, "--word_bits=network")


def test_mappings_within_timeloops_constraints(call, calls, tmp_path):
    """The dataflow is the restricted one; what is not applied is told in the run."""
    example = tmp_path / "limits.yaml"
    example.write_text("constraints:\n- {target: GLB, type: temporal, factors: C=4}\n")
    call("--network=alexnet", "--accelerator=timeloop_e168", f"--constraints={example}")
    network, _, options = calls[-1]
    assert options["dataflow"].name == "rs_plus within limits.yaml"
    assert "not applied of limits.yaml: the factor of C at GLB" in network.notes[0]
    call(f"--constraints={example}")  # on a machine of clusters, where all but spatial ones apply
    assert calls[-1][-1]["dataflow"].name == "rs_plus within limits.yaml"
    example.write_text("constraints:\n- {target: PE, type: spatial, factors: C=4}\n")
    assert "spreads work twice, over 16 clusters" in refused(call, f"--constraints={example}")
    assert "--constraints takes Timeloop's mapper constraints" in refused(call, "--constraints=nope.yaml")
