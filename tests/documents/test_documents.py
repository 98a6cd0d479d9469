"""A stranger's YAML file becomes plain data with places, or one clear error: no code, no other file, no bomb."""

import os
import time

import pytest
import yaml

from eyeriss_jax import documents
from eyeriss_jax.documents import MAX_BYTES, parse_document, read_document
from eyeriss_jax.errors import SpecError


@pytest.fixture(params=["libyaml", "python"])
def loader(request, monkeypatch):
    """Both parsers of PyYAML: the package must not depend on which one an installation has."""
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(documents, "_LOADER", yaml.CSafeLoader if request.param == "libyaml" else yaml.SafeLoader)


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1\nb: [2.5, 200e6, .5, -3]", {"a": 1, "b": [2.5, 2e8, 0.5, -3]}),
        ("[no, N, y, on, 1:30, 0x10, 012]", ["no", "N", "y", "on", "1:30", "0x10", 12]),
        ("['1', \"true\", true, null, ~, '']", ["1", "true", True, None, None, ""]),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("# a comment\na: >\n  folded\n  text\n", {"a": "folded text\n"}),
    ],
)
def test_scalars_follow_yaml_1_2(text, value):
    assert parse_document(text, "file").plain() == value


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: !!python/object/apply:os.system ['true']", 2, 4, "tag .* is refused"),
        ("a: !include /etc/passwd", 1, 4, "tag '!include' is refused"),
        ("a: &x\n  b: *x", 2, 6, "refers to itself"),
        ("a: *nowhere", 1, 4, "to nothing"),
        ("a: 1\n\na: 2", 3, 1, "given in line 1 already"),
        ("a: 1\n[b]: 2", 2, 1, "a key must be plain text"),
        ("a: 1\n--- \nb: 2", 2, 1, "second document"),
        ("\n" + "  " * 3 + "[" * 60 + "]" * 60, 2, 48, "nested more than 40 deep"),
    ],
)
def test_refusals_say_where(text, line, column, message):
    with pytest.raises(SpecError, match=message) as error:
        parse_document(text, "file x")
    assert str(error.value).startswith(f"file x, line {line}, column {column}")


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize("text", ["a: [1,\nb: 2", "a: 'x", "a:\n\t- b", "a: b: c", "{", "a: \x07"])
def test_what_is_not_yaml_is_told_with_a_line(text):
    with pytest.raises(SpecError, match=r"^file x(, line [123], column \d+)?: not valid YAML: .*check"):
        parse_document(text, "file x")


def test_a_bomb_of_aliases_is_refused_before_it_goes_off():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60)]
    start = time.thread_time()
    with pytest.raises(SpecError, match="more than 100,000 values"):
        parse_document("\n".join(lines), "bomb")
    assert time.thread_time() - start < 30  # 9^60 values would be for ever


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_an_empty_file_is_refused(text):
    with pytest.raises(SpecError, match="empty"):
        parse_document(text, "file")


def test_files_that_are_no_text_files_are_refused_without_reading_them_whole(tmp_path):
    big = tmp_path / "big.yaml"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES * 1000)  # sparse: 2 GB on paper
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)  # opening one to read waits for a writer
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: é".encode("latin-1"))
    for path, message in [
        (big, "larger than"), (pipe, "not a regular file"), (tmp_path, "not a regular file|Is a directory"),
        (latin, "line 2: not text in UTF-8"), (tmp_path / "absent.yaml", "No such file"),
    ]:  # fmt: skip
        with pytest.raises(SpecError, match=message):
            read_document(path, "file")


def test_an_unknown_key_is_told_with_its_place_and_the_closest_known_one():
    with pytest.raises(SpecError, match=r"line 2, column 1: unknown key 'lnes'; did you mean 'lanes'\?"):
        parse_document("name: x\nlnes: 2", "file").fields(["name", "lanes"])
