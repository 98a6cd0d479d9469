"""Parts on disk: whole or not at all, and never trusted unread."""

import errno
import io
import os
import shutil

import numpy as np
import pyarrow as pa
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.store import CorruptPart, Store, StoreError, differences, sealed

ARRAYS = {"count": np.arange(5), "best": np.array([[1.5, -np.inf]], np.float32)}


CORRUPTIONS = 100
MANIFEST = {"config": {"axes": {"lanes": [1, 2]}}}
ANOTHER = {"config": {"axes": {"lanes": [1, 4]}}}


@pytest.fixture
def store(tmp_path):
    found = Store(tmp_path, MANIFEST)
    found.begin()
    return found


def test_a_part_comes_back_as_it_was(store):
    store.write(3, ARRAYS)
    found = store.read(3)
    assert all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)
    assert store.read(4) is None


@pytest.mark.attack("corruptions")
def test_a_hundred_corruptions_of_a_part_are_found(store, attempts):
    """Cut, flipped, stuffed, zeroed, or with two pieces exchanged."""
    attempts(CORRUPTIONS)
    store.write(0, ARRAYS, pa.table({"design": [1, 2]}))
    files = {path: path.read_bytes() for path in (store.part(0), store.rows(0))}
    random = np.random.default_rng(0)
    for number in range(CORRUPTIONS):
        path, whole = list(files.items())[number % 2]
        one, two = sorted(map(int, random.choice(len(whole), 2, replace=False)))
        middle = (
            b"", bytes(255 - each for each in whole[one:two]), whole[one:two] * 2, bytes(two - one) + b"\1",
            whole[one:two][::-1] + b"\0",
        )  # fmt: skip
        path.write_bytes(whole[:one] + middle[number // 2 % len(middle)] + whole[two:])
        with pytest.raises(CorruptPart, match="000000"):
            store.read(0)
        path.write_bytes(whole)
    assert store.read(0) is not None


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize("damage", ["truncate", "flip", "header", "empty"])
def test_damage_is_found(store, damage):
    store.write(0, ARRAYS)
    path = store.part(0)
    data = bytearray(path.read_bytes())
    if damage == "truncate":
        data = data[:-1]
    elif damage == "flip":
        data[-10] ^= 1
    elif damage == "header":
        data[0] ^= 1
    else:
        data = bytearray()
    path.write_bytes(data)
    with pytest.raises(CorruptPart, match="part-000000"):
        store.read(0)


def arrays_of(**arrays):
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


class Planted:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


def pickled():
    return arrays_of(part_of=np.array([Planted()], object), rows_sha256=np.array(""))


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize(
    "payload", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", lambda: arrays_of(other=np.arange(3)), pickled]
)
def test_a_wrong_payload_under_a_right_seal_is_found(store, payload):
    """Whoever writes a seal can write anything: it is read as arrays, and never unpickled."""
    store.write(0, ARRAYS)
    payload = payload() if callable(payload) else payload
    store.part(0).write_bytes(sealed.sealed(payload, "eyeriss_jax sweep part 3"))
    with pytest.raises(CorruptPart, match="part-000000"):
        store.read(0)


@pytest.mark.attack("disks")
def test_a_folder_in_the_place_of_a_part_is_put_aside(store):
    store.part(0).mkdir(parents=True)
    (store.part(0) / "mine.txt").write_text("mine")
    with pytest.raises(CorruptPart, match="part-000000"):
        store.read(0)
    store.write(0, ARRAYS)
    assert store.read(0) is not None
    assert (store.part(0).with_name("part-000000.part.unread") / "mine.txt").exists()


@pytest.mark.attack("disks")
def test_parts_whose_folder_is_gone_are_written_again(store):
    store.write(0, ARRAYS)
    shutil.rmtree(store.part(0).parent)
    assert store.begin()
    assert store.read(0) is None
    store.write(0, ARRAYS, pa.table({"design": [1]}))
    assert store.read(0) is not None


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize("manifest", ["[" * 100_000, "", "[]", "null", "\0", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_manifest_that_is_none_is_refused_until_it_starts_over(store, manifest):
    path = store.folder / "manifest.json"
    path.write_bytes(manifest if isinstance(manifest, bytes) else manifest.encode())
    with pytest.raises(SpecError, match="--restart"):
        store.begin()
    store.clear()
    assert not store.begin()


@pytest.mark.attack("disks")
def test_a_folder_in_the_place_of_the_manifest_is_put_aside_by_starting_over(store):
    path = store.folder / "manifest.json"
    path.unlink()
    path.mkdir()
    with pytest.raises(SpecError, match="--restart"):
        store.begin()
    store.clear()
    assert not store.begin()
    assert (store.folder / "manifest.json.unread").is_dir()


@pytest.mark.attack("corruptions")
def test_damaged_or_missing_rows_are_found(store):
    store.write(0, ARRAYS, pa.table({"design": [1, 2]}))
    assert store.read(0) is not None
    store.rows(0).write_bytes(b"")
    with pytest.raises(CorruptPart, match="parquet"):
        store.read(0)
    store.rows(0).unlink()
    with pytest.raises(CorruptPart, match="parquet"):
        store.read(0)


def test_another_configuration_is_refused_with_the_difference(store):
    assert Store(store.folder, MANIFEST).begin()
    with pytest.raises(SpecError, match=r"config.axes.lanes: \[1, 2\] there, \[1, 4\] now"):
        Store(store.folder, ANOTHER).begin()


@pytest.mark.parametrize("content", [b"[1, 2]", b"garbage", b'{"name": "mine"}', b"3", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_manifest_is_told_as_that(store, content):
    (store.folder / "manifest.json").write_bytes(content)
    with pytest.raises(
        SpecError, match=r"manifest\.json is no manifest of a sweep \(.*\); choose another --output_dir, or"
    ):
        store.begin()
    assert (store.folder / "manifest.json").read_bytes() == content


@pytest.mark.attack("corruptions")
def test_a_part_of_another_sweep_is_not_taken(store):
    """Without its manifest, a folder still knows whose parts it holds."""
    store.write(0, ARRAYS)
    (store.folder / "manifest.json").unlink()
    another = Store(store.folder, ANOTHER)
    assert not another.begin()
    with pytest.raises(CorruptPart, match="another sweep"):
        another.read(0)


@pytest.mark.attack("corruptions")
def test_a_copy_of_another_part_is_not_taken(store):
    store.write(0, ARRAYS)
    store.part(1).write_bytes(store.part(0).read_bytes())
    with pytest.raises(CorruptPart, match=r"part-000001.*another part"):
        store.read(1)


def test_differences_name_added_and_removed_fields():
    assert differences({"a": 1, "b": 2}, {"b": 2, "c": 3}) == ["a: 1 there, null now", "c: null there, 3 now"]


def test_start_over_forgets_parts_only(store, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    store.write(0, ARRAYS)
    store.clear()
    assert not store.begin()
    assert store.read(0) is None
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.attack("disks")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_refuses_leaves_the_rest_alone(store, monkeypatch, code):
    store.write(0, ARRAYS)

    def refuse(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(sealed.os, "fsync", refuse)
    with pytest.raises(StoreError, match="part-000001"):
        store.write(1, ARRAYS)
    monkeypatch.undo()
    assert store.read(0) is not None
    assert store.read(1) is None
    assert [path.name for path in store.part(0).parent.iterdir()] == ["part-000000.part"]
