"""What experiments keep: whole, sealed, under the key of all that made it, and never trusted unread."""

import json
import os
import subprocess
import sys

import pytest

from experiments.harness import Kept, key_of
from eyeriss_jax.errors import SpecError

KEY = key_of("contents")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "kept.json"
    kept = Kept.open(path)
    kept.add(KEY, "first", 1.5)
    kept.add(KEY, "second", [1, {"a": None}])
    return path


def never():
    raise AssertionError("what is kept was made again")


def test_values_come_back_under_their_key_only(path):
    kept = Kept.open(path)
    assert kept.values(KEY) == {"first": 1.5, "second": [1, {"a": None}]}
    assert kept.values(key_of("other contents")) == {}
    assert kept.or_made("first", KEY, never, float) == 1.5
    assert kept.or_made("first", key_of("other contents"), lambda: 2.5, float) == 2.5
    assert Kept.open(path).values(KEY) == {"second": [1, {"a": None}]}
    assert Kept.open(path, restart=True).entries == {}


@pytest.mark.attack("corruptions")
def test_every_flipped_or_missing_byte_is_noticed(path, capsys, attempts):
    whole = path.read_bytes()
    attempts(2 * len(whole))
    same = json.loads(whole)
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            entries = Kept.open(path).entries
            told = capsys.readouterr().err
            assert (entries, told.count("\n")) == ({}, 1) or json.loads(damaged) == same  # white space


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize(
    "content", ["", "[]", "[" * 100_000, '{"kind": 1}', "\0", '{"kind": "eyeriss_jax kept values 1"}']
)
def test_what_is_no_such_file_is_put_aside(path, capsys, content):
    path.write_text(content)
    assert Kept.open(path).entries == {}
    assert (path.parent / "kept.json.unread").read_text() == content
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "it is kept.json.unread now, and what it kept is computed again" in told


@pytest.mark.attack("disks")
@pytest.mark.parametrize("made", [os.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_its_place_is_put_aside(tmp_path, made):
    made(tmp_path / "kept.json")
    kept = Kept.open(tmp_path / "kept.json")
    kept.add(KEY, "first", 1.5)
    assert Kept.open(tmp_path / "kept.json").values(KEY) == {"first": 1.5}


@pytest.mark.attack("corruptions")
def test_a_value_that_cannot_be_is_told_and_made_again(path, capsys):
    def positive(value):
        if value <= 0:
            raise ValueError("not positive")
        return value

    kept = Kept.open(path)
    kept.add(KEY, "first", -1.5)
    assert kept.or_made("first", KEY, lambda: 2.5, positive) == 2.5
    assert "first cannot be what was kept (not positive); it is computed again" in capsys.readouterr().err


@pytest.mark.attack("races")
def test_a_link_that_somebody_planted_is_not_written_through(path):
    """The temporary file has a name that cannot be known before; the kept file itself is replaced, not followed."""
    theirs = path.parent / "theirs.txt"
    theirs.write_text("theirs")
    path.unlink()
    path.symlink_to(theirs)
    Kept(path, {}).add(KEY, "first", 1.5)
    assert theirs.read_text() == "theirs"
    assert not path.is_symlink()


def test_growing_work_goes_on_and_another_manifest_is_refused(tmp_path):
    path = tmp_path / "kept.json"
    work = Kept.open(path).growing("work", {"config": {"budget": (1, 2)}, "contents": "abc"})
    work.data["round"] = 1
    work.write()
    assert Kept.open(path).growing("work", {"config": {"budget": (1, 2)}, "contents": "abc"}).data == {"round": 1}
    with pytest.raises(SpecError, match=r'contents: "abc" there, "abd" now'):
        Kept.open(path).growing("work", {"config": {"budget": (1, 2)}, "contents": "abd"})


@pytest.mark.attack("races")
def test_two_processes_do_not_keep_in_one_folder(path):
    """Of two that write the same file the last one would win."""
    code = "import sys, pathlib; from experiments.harness import Kept; Kept.open(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert "is in use by another run; wait for its end or give another --output_dir" in done.stderr
