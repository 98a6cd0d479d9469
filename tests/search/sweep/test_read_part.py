"""A part that a seal vouches for is still checked: it must be what that part of that sweep can have found."""

import numpy as np
import pytest

from eyeriss_jax.search.store import CorruptPart, Store
from eyeriss_jax.search.sweep.read_part import read_part
from tests.search.sweep.sweep_cases import reference, same


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path, {"config": 1})


def changed(name, change):
    """The arrays of the part, one of them changed."""
    arrays = reference()[1].arrays()
    arrays[name] = change(np.array(arrays[name]))
    return arrays


def test_a_part_is_read_as_it_was_written(store):
    sweep, found = reference()
    assert read_part(sweep, store, 0) is None
    store.write(0, found.arrays())
    read = read_part(sweep, store, 0)
    assert read is not None
    assert same(read, found)


WRONG = {
    "another number of designs": ("seen", lambda x: x + 1),
    "more feasible designs than there are": ("feasible", lambda x: x + 1000),
    "a negative number": ("unmapped", lambda x: x - 1000),
    "a number that is a list": ("feasible", lambda x: np.array([1, 2])),
    "a number that is text": ("evaluations", lambda x: np.array("many")),
    "a table of another shape": ("count", lambda x: x[1:]),
    "a table of another type": ("best", lambda x: x.astype(np.float64)),
    "negative counts": ("count", lambda x: x - 10_000),
    "a best value of NaN": ("best", lambda x: x * np.nan),
    "losses of more designs than there are": ("binds", lambda x: x + 10_000),
    "rows of infinity": ("top_rows", lambda x: x + np.inf),
    "a design of another part": ("front_index", lambda x: x + 10_000),
    "a design twice": ("top_index", lambda x: x * 0),
    "designs without their rows": ("front_rows", lambda x: x[:, :-1]),
}


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_damage(store, name):
    store.write(0, changed(*WRONG[name]))
    with pytest.raises(CorruptPart, match="part-000000"):
        read_part(reference()[0], store, 0)


@pytest.mark.attack("corruptions")
@pytest.mark.parametrize("name", ["seen", "best", "front_values", "top_rows"])
def test_an_array_that_is_not_there_is_damage(store, name):
    arrays = reference()[1].arrays()
    del arrays[name]
    store.write(0, arrays)
    with pytest.raises(CorruptPart, match="lacks an array"):
        read_part(reference()[0], store, 0)
