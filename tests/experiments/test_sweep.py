"""The sweep experiment from outside: real processes that are divided, stopped, killed and damaged, one answer."""

import dataclasses
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments import sweep as sweep_experiment
from experiments.harness import Kept, sweep_progress
from experiments.harness.command_line import OWNER
from experiments.measure.first_result import MARKS
from experiments.sweep import SweepConfig, make_sweep, manifest
from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.store import Store

ROOT = Path(__file__).resolve().parents[2]
KILLS = 25
CONFIG = """
from ml_collections import ConfigDict

def get_config():
    return ConfigDict(dict(
        accelerator="eyeriss_v2", networks=("alexnet",), constraints={}, batch=1,
        axes={"cluster_cols": (1, 2), "noc_words_per_cycle": {"iact": (3, 6, 9), "weight": (1, 3)},
              "clock_hz": (1e8, 2e8)},
        objectives=("inferences_per_s", "inferences_per_energy", "area_mm2"), mapping_objective="cycles",
        inners=8, tilings=3, top=5, front=64, designs_per_part=4, designs_per_call=4, all_rows=True, certify=0,
    ))
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(CONFIG)
    return path


def command(config, folder, *arguments):
    flags = [f"--config={config}", f"--output_dir={folder}", *arguments]
    return [sys.executable, "-m", "experiments.sweep", *flags]


def environment(cache, devices=1):
    """One device by default. Cheap compilation: what is tested is that results agree, not how fast they come."""
    flags = f"--xla_force_host_platform_device_count={devices} --xla_backend_optimization_level=0"
    return os.environ | {
        "JAX_ENABLE_COMPILATION_CACHE": "true", "JAX_COMPILATION_CACHE_DIR": str(cache), "XLA_FLAGS": flags,
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def sweep(cache, config, folder, *arguments, devices=1):
    """Runs the experiment to its end."""
    return subprocess.run(
        command(config, folder, *arguments), env=environment(cache, devices), cwd=ROOT, capture_output=True, text=True,
        timeout=500, check=False,
    )  # fmt: skip


def answer(folder):
    """What a sweep found: everything but how it went."""
    summary = json.loads((folder / "summary.json").read_text())
    for name in ("measured", "config", "git_revision", "versions"):
        del summary[name]
    return summary


@pytest.fixture(scope="session")
def uninterrupted(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    path = folder / "small.py"
    path.write_text(CONFIG)
    done = sweep(cache, path, folder / "out")
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.mark.slow
def test_writes_what_it_says(uninterrupted):
    names = {path.name for path in uninterrupted.iterdir()}
    assert {"summary.json", "report.html", "front.png", "fields.svg", "manifest.json", "parts", "rows"} <= names
    assert len(list((uninterrupted / "parts").iterdir())) == len(list((uninterrupted / "rows").iterdir())) == 6
    found = answer(uninterrupted)
    assert found["designs"] == found["feasible"] == 24
    page = (uninterrupted / "report.html").read_text()
    assert "default-src 'none'" in page  # the browser may fetch nothing,
    assert "<script src" not in page  # and need not
    assert "embed_document" in page


@pytest.mark.slow
def test_rows_can_be_read_by_anybody(uninterrupted):
    import pyarrow.parquet as pq

    table = pq.read_table(uninterrupted / "rows")
    assert sorted(table["design"].to_pylist()) == list(range(24))
    best = answer(uninterrupted)["top"][0]
    units = json.loads(table.schema.metadata[b"units"])
    assert units == answer(uninterrupted)["units"]
    assert (units["inferences_per_energy"], units["edp"]) == ("1/J", "J x s")  # though the table of energies is in pJ
    row = table.to_pylist()[table["design"].to_pylist().index(best["design"])]
    assert row["inferences_per_s"] == pytest.approx(best["metrics"]["inferences_per_s"])
    assert row["clock_hz"] == best["fields"]["clock_hz"]


@pytest.mark.slow
def test_eight_devices_find_the_same(cache, config, tmp_path, uninterrupted):
    done = sweep(cache, config, tmp_path / "out", devices=8)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["measured"]["devices"] == 8
    assert answer(tmp_path / "out") == answer(uninterrupted)


@pytest.fixture(scope="session")
def long(tmp_path_factory):
    """A config of 96 parts."""
    path = tmp_path_factory.mktemp("long") / "long.py"
    path.write_text(CONFIG.replace("(1e8, 2e8)", '{"first": 1e8, "last": 1e9, "points": 32}'))
    return path


@pytest.fixture(scope="session")
def whole(cache, long):
    """What nothing disturbed."""
    assert sweep(cache, long, long.parent / "whole").returncode == 0
    return long.parent / "whole"


def two_processes(cache, config, folder):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    shared = [f"--coordinator=localhost:{port}", "--processes=2"]
    return [
        subprocess.Popen(
            command(config, folder, *shared, f"--process={i}"), env=environment(cache), cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for i in range(2)
    ]  # fmt: skip


@pytest.mark.attack("peers")
@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_when_one_process_is_killed_the_other_says_so_at_once_and_all_is_kept(cache, long, whole, tmp_path, victim):
    folder = tmp_path / "out"
    both = two_processes(cache, long, folder)
    while len(list(folder.glob("parts/part-*"))) < 8 and both[0].poll() is both[1].poll() is None:
        time.sleep(0.01)
    both[victim].kill()
    _, errors = both[1 - victim].communicate(timeout=40)  # where JAX's own peers wait for 100 s
    kept = len(list(folder.glob("parts/part-*")))
    assert both[1 - victim].returncode == 1
    assert 8 <= kept < 96
    assert errors.splitlines()[-1] == (
        f"error: process {victim} of 2 is gone, so this one ends; {kept} of 96 parts are kept in {folder}/, and the "
        "same command goes on where it was, also alone (without --coordinator, --processes and --process)"
    )
    both[victim].communicate()
    alone = sweep(cache, long, folder)
    assert alone.returncode == 0, alone.stderr
    assert f"{kept} of 96 parts are there already" in " ".join(alone.stderr.split())
    assert answer(folder) == answer(whole)


@pytest.mark.slow
def test_two_processes_find_the_same(cache, config, tmp_path, uninterrupted):
    for process in two_processes(cache, config, tmp_path / "out"):
        _, errors = process.communicate(timeout=500)
        assert process.returncode == 0, errors
    assert answer(tmp_path / "out") == answer(uninterrupted)


def killed(process, folder, moments):
    """Kills ``process`` at a random moment: of its start, or (mostly) of the time when it writes parts."""
    if moments.random() < 0.2:
        time.sleep(moments.uniform(0, 3))
    else:
        before = set((folder / "parts").glob("part-*"))
        while process.poll() is None and not set((folder / "parts").glob("part-*")) - before:
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 1.0))
    alive = process.poll() is None
    process.kill()
    process.wait()
    return alive


@pytest.mark.attack("kills")
@pytest.mark.slow
def test_killed_25_times_it_finds_the_same(cache, long, whole, tmp_path, attempts):
    """Before each run up to half of the parts that are there are taken away."""
    attempts(KILLS)
    moments, kills, folder = random.Random(6), 0, tmp_path / "out"
    for _ in range(60):
        there = sorted((folder / "parts").glob("part-*"))
        for path in moments.sample(there, len(there) // 2):
            path.unlink()
        process = subprocess.Popen(
            command(long, folder), env=environment(cache), cwd=ROOT, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        kills += killed(process, folder, moments)
        if kills == KILLS:
            break
    assert kills == KILLS
    assert 0 < len(list((folder / "parts").glob("part-*"))) < 96
    done = sweep(cache, long, folder)
    assert done.returncode == 0, done.stderr
    assert "parts are there already" in done.stderr
    assert answer(folder) == answer(whole)


@pytest.mark.attack("corruptions")
@pytest.mark.slow
def test_resumed_changed_and_damaged(cache, config, tmp_path, uninterrupted):
    folder = tmp_path / "out"
    assert sweep(cache, config, folder).returncode == 0
    changed = sweep(cache, config, folder, "--config.inners=9")
    assert changed.returncode == 2
    assert "config.inners: 8 there, 9 now" in changed.stderr
    part = folder / "parts" / "part-000002.part"
    part.write_bytes(part.read_bytes()[:-100])
    again = sweep(cache, config, folder)
    assert again.returncode == 0, again.stderr
    assert "part-000002.part has" in again.stderr
    assert "5 of 6 parts are there already" in " ".join(again.stderr.split())
    assert answer(folder) == answer(uninterrupted)


@pytest.mark.slow
def test_a_finished_sweep_is_shown_again_without_compiling_or_mapping(cache, config, tmp_path):
    """What it once found out, base and certificate included, is kept; other certificates are made, the rest is not."""
    folder, shown = tmp_path / "out", []
    for certify in (1, 1, 2):
        made = set(cache.glob("*"))
        done = sweep(cache, config, folder, f"--config.certify={certify}", "--format=csv")
        assert done.returncode == 0, done.stderr
        shown.append((answer(folder), done.stdout, set(cache.glob("*")) - made, "exhaustively on" in done.stderr))
    assert shown[0][:2] == shown[1][:2]
    assert [bool(programs) for *_, programs, _ in shown[:2]] == [True, False]
    assert [searched for *_, searched in shown] == [True, False, True]
    assert len(json.loads((folder / "summary.json").read_text())["measured"]["certified"]) == 2


@pytest.mark.slow
def test_cached_programs_find_the_same(config, tmp_path, uninterrupted):
    """Compiled, then taken from the cache: one answer, and the first design early."""
    cache, firsts = tmp_path / "cache", []
    for _ in range(2):
        done = sweep(cache, config, tmp_path / "out", "--restart")
        assert done.returncode == 0, done.stderr
        assert answer(tmp_path / "out") == answer(uninterrupted)
        lines = done.stderr.splitlines()
        at = [next(i for i, line in enumerate(lines) if line.startswith(mark)) for mark in MARKS.values()]
        assert at == sorted(at)
        firsts.append(lines[at[0]])
    assert firsts[0].startswith("first result: design 0: ")
    assert firsts[0] == firsts[1]


@pytest.mark.attack("disks")
@pytest.mark.slow
def test_a_full_disk_is_a_clean_stop(cache, config, tmp_path, uninterrupted):
    folder = tmp_path / "out"
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000));"
        "sys.argv = sys.argv[1:]; runpy.run_module('experiments.sweep', run_name='__main__')"
    )
    arguments = ["experiments.sweep", *command(config, folder)[3:], "--nocompilation_cache"]
    done = subprocess.run(
        [sys.executable, "-c", limited, *arguments], env=environment(cache), cwd=ROOT, capture_output=True, text=True,
        timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no room to write" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.glob("parts/*"))
    assert sweep(cache, config, folder).returncode == 0
    assert answer(folder) == answer(uninterrupted)


@pytest.mark.attack("disks")
@pytest.mark.slow
def test_parts_that_are_removed_after_or_during_a_run_are_computed_again(
    cache, config, long, whole, tmp_path, uninterrupted
):
    after = tmp_path / "after"
    shutil.copytree(uninterrupted, after)
    shutil.rmtree(after / "parts")
    done = sweep(cache, config, after)
    assert done.returncode == 0, done.stderr
    assert answer(after) == answer(uninterrupted)
    for removed in ("parts", "."):
        folder = tmp_path / f"during {removed}"
        process = subprocess.Popen(
            command(long, folder), env=environment(cache), cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        while len(list(folder.glob("parts/part-*"))) < 20 and process.poll() is None:
            time.sleep(0.01)
        shutil.rmtree(folder / removed, ignore_errors=True)  # it may be written to meanwhile
        _, errors = process.communicate(timeout=500)
        assert process.returncode == 0, errors
        assert "went missing or were damaged while the sweep ran: computing them again" in errors
        assert answer(folder) == answer(whole)


@pytest.mark.attack("disks")
@pytest.mark.slow
def test_a_folder_where_the_report_belongs_is_told_in_a_line(cache, config, tmp_path, uninterrupted):
    folder = tmp_path / "out"
    shutil.copytree(uninterrupted, folder)
    (folder / "summary.json").unlink()
    (folder / "summary.json" / "mine").mkdir(parents=True)
    done = sweep(cache, config, folder)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert re.match(r"error: cannot use .*: Is a directory; everything written before is kept: put that right", last)
    assert "Traceback" not in done.stderr
    (folder / "summary.json").rename(folder / "elsewhere")
    assert sweep(cache, config, folder).returncode == 0
    assert answer(folder) == answer(uninterrupted)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of half a megabyte: parts have room, the report has none."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    done = subprocess.run(mounting, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if done is None or done.returncode:
        pytest.skip(f"a small disk takes root: {done.stderr.strip() if done else 'this is another user'}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.attack("disks")
@pytest.mark.slow
def test_a_disk_that_is_full_when_the_report_is_written_keeps_every_part(
    cache, config, tmp_path, uninterrupted, small_disk
):
    folder = small_disk / "out"
    done = sweep(cache, config, folder)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert re.match(
        r"error: no room to write .*: No space left on device; everything written before is kept: free", last
    )
    assert "Traceback" not in done.stderr
    assert len(list(folder.glob("parts/part-*"))) == 6
    assert [path.name for path in folder.glob(".*")] == [OWNER]  # nothing half written
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    again = sweep(cache, config, folder)
    assert again.returncode == 0, again.stderr
    assert "6 of 6 parts are there already" in " ".join(again.stderr.split())
    assert answer(folder) == answer(uninterrupted)


@pytest.mark.attack("disks")
def test_room_is_asked_for_parts_that_are_missing_only(monkeypatch, tmp_path):
    """A sweep that is complete needs none; another one what every part takes at least."""
    config = SweepConfig(accelerator="eyeriss_v2", networks=("alexnet",), axes={"lanes": (1, 2)}, designs_per_part=1)
    found, store = make_sweep(config), Store(tmp_path, {})
    for number in range(found.parts):
        free = sweep_experiment._least_bytes(found) * (found.parts - number)
        monkeypatch.setattr(sweep_experiment.shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        sweep_experiment._check_room(store, found, config)
        monkeypatch.setattr(sweep_experiment.shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free - 1))
        with pytest.raises(SpecError, match=rf"where {found.parts - number} missing parts take .* at least"):
            sweep_experiment._check_room(store, found, config)
        store.write(number, found.blank.arrays())
    monkeypatch.setattr(sweep_experiment.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    sweep_experiment._check_room(store, found, config)
    assert store.part(0).stat().st_size > sweep_experiment._least_bytes(found)


def make(**changes):
    given = {"accelerator": "eyeriss_v2", "networks": ("alexnet",), "axes": {"lanes": (1, 2)}}
    return make_sweep(SweepConfig(**(given | changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"axes": {}}, "nothing to sweep"),
        ({"axes": {"lane": (1,)}}, "did you mean 'lanes'"),
        ({"networks": ()}, "networks"),
        ({"networks": "alexnet"}, "must be a list of names"),
        ({"networks": ("alexnets",)}, "did you mean 'alexnet'"),
        ({"accelerator": "eyeris_v2"}, "did you mean"),
        ({"objectives": ("speed",)}, "unknown name 'speed'"),
        ({"mapping_objective": "speed"}, "unknown objective 'speed'"),
        ({"inners": 0}, "inners = 0"),
        ({"designs_per_part": 1 << 20}, "designs_per_part"),
        ({"certify": -1}, "certify"),
        ({"tie_share": 1.0}, "tie_share"),
        ({"top": 300}, "top = 300 must be at most 256, which is what a sweep keeps; with all_rows = True"),
        ({"constraints": {"pes": {"at_least": 9, "at_most": 8}}}, "exceeds"),
    ],
)
def test_bad_input_is_refused_at_once(changes, words):
    with pytest.raises(SpecError) as error:
        make(**changes)
    assert words in str(error.value)


def inputs(sweep):
    """What a sweep says of what it was given, under one config."""
    config = SweepConfig(accelerator="eyeriss_v2", networks=("alexnet",), axes={"lanes": (1, 2)})
    return manifest(config, sweep)["inputs"]


def test_a_file_that_changed_is_another_sweep(tmp_path):
    """A resumed sweep compares what a file holds, as its name alone would mix parts of two machines."""
    path = tmp_path / "mine.yaml"
    digests = []
    for rows in (4, 4, 2):
        path.write_text(f"like: eyeriss_v2\ncluster_rows: {rows}\n")
        digests.append(inputs(make(accelerator=str(path))))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("changes", [{"top": 3}, {"front": 8}, {"certify": 0}, {"tie_share": 0.1}])
def test_what_comes_after_the_work_resumes_the_same_sweep(changes):
    config = SweepConfig(accelerator="eyeriss_v2", networks=("alexnet",), axes={"lanes": (1, 2)})
    changed, sweep = dataclasses.replace(config, **changes), make()
    assert manifest(changed, sweep) == manifest(config, sweep)
    assert manifest(dataclasses.replace(config, inners=9), sweep) != manifest(config, sweep)


def test_networks_of_one_name_are_told_apart():
    """Two ONNX files may have the same name: each is part of what a sweep resumes under."""
    sweep = make()
    first, other = sweep.networks[0], dataclasses.replace(sweep.networks[0], layers=sweep.networks[0].layers[:1])
    one, another = (dataclasses.replace(sweep, networks=pair) for pair in ((first, first), (other, first)))
    assert inputs(one) != inputs(another)


def test_without_a_terminal_there_are_lines_ever_rarer_up_to_one_a_minute(capfd):
    now = [0.0]
    with sweep_progress(1000, 0, clock=lambda: now[0]) as progress:
        for _ in range(20):
            now[0] += 15
            progress(50, 1_000_000)
    lines = capfd.readouterr().err.splitlines()
    shown = [int(line.split()[0].replace(",", "")) // 50 * 15 for line in lines]
    assert shown == [15, 30, 60, 105, 165, 225, 285]
    assert lines[0].startswith("50 of 1,000 designs (5.0 %)")
    assert "left" in lines[0]


def test_a_share_of_a_sweep_says_whose_it_is_and_what_is_left_when_all_designs_are_done(capfd):
    now = [0.0]
    with sweep_progress(100, 50, "process 1 of 2: ", clock=lambda: now[0]) as progress:
        for new in (50, 0):
            now[0] += 15
            progress(new, 1_000_000)
    lines = capfd.readouterr().err.splitlines()
    assert all(line.startswith("process 1 of 2: 100 of 100 designs (100.0 %)") for line in lines) and len(lines) == 2
    assert all(line.endswith("longer shortlists of mappings left") for line in lines)


def test_an_interrupted_certificate_keeps_the_report(monkeypatch, capsys, tmp_path):
    """The report is written before; Ctrl-C ends the certificate and nothing else, and the line before says so."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep_experiment, "map_network", interrupted)
    found = SimpleNamespace(top=(SimpleNamespace(index=0, row={"inferences_per_s": 1.0}),))
    config = SweepConfig(accelerator="eyeriss_v2", networks=("alexnet",), axes={"lanes": (1, 2)})
    nothing_kept = Kept(tmp_path / "answers.json", {})
    kept_or_made = partial(nothing_kept.or_made, key="k")
    results, words = sweep_experiment._certified(make(), found, config, 1.0, kept_or_made)
    assert (results, words) == ([], ["interrupted: 0 of 1 certificates; the report is complete"])
    assert "Ctrl-C leaves this out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("gained", "words"),
    [
        (0.0178, "1.78 % more than the sweep's shortlist"),
        (2e-5, "as much as the sweep's shortlist"),
        (-2e-5, "as much as the sweep's shortlist"),
        (-0.34, "34.00 % less than the sweep, which found a mapping for another design"),
    ],
)
def test_a_certificate_says_which_of_both_found_more(gained, words):
    (line,) = sweep_experiment._certificates([{"design": 2, "inferences_per_s": 991.4, "gap": gained}])
    assert line.startswith(f"design 2: exhaustive mapping gives 991.4 inf/s, {words}")
