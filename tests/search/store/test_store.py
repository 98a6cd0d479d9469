"""Parts on disk: whole or not at all, and never trusted unread."""

import errno
import os

import numpy as np
import pyarrow as pa
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.search.store import CorruptPart, Store, StoreError, differences, sealed

ARRAYS = {"count": np.arange(5), "best": np.array([[1.5, -np.inf]], np.float32)}


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


def test_a_part_of_another_sweep_is_not_taken(store):
    """Without its manifest, a folder still knows whose parts it holds."""
    store.write(0, ARRAYS)
    (store.folder / "manifest.json").unlink()
    another = Store(store.folder, ANOTHER)
    assert not another.begin()
    with pytest.raises(CorruptPart, match="another sweep"):
        another.read(0)


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
