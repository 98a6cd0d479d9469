"""Networks by name or by prefix: what is passed on to an importer, and what a misspelling is told."""

from typing import Any

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Layer, Network, network, sources
from eyeriss_jax.layers.networks.alexnet import alexnet


def fake_import(where: str, batch: int) -> Network:
    return Network(name=where, layers=(Layer.fully_connected("FC", 3, 4, batch),), source="a test")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SOURCES", {"fake": (__name__, "fake_import", "path")})


def test_a_name_without_a_prefix_is_one_of_the_literature():
    assert network("alexnet", 2) == alexnet(batch=2)


def test_a_prefix_passes_the_rest_and_the_batch_on(fake: None):
    imported = network("fake:C:/folder/model", 7)
    assert imported.name == "C:/folder/model"
    assert imported.layers[0].N == 7


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fakee:x", "'fakee' is no known source; did you mean 'fake'? Known: fake:path"),
        ("Fake:x", "did you mean 'fake'"),
        (":x", "'' is no known source; Known: fake:path"),
        ("fake:", "names nothing; write fake:path"),
        (3, "network 3 must be a string"),
    ],
)
def test_bad_names(fake: None, name: Any, message: str):
    with pytest.raises(SpecError) as error:
        network(name)
    assert message in str(error.value)


@pytest.mark.parametrize("batch", [0, 1.5, True])
def test_a_bad_batch_is_refused_before_anything_is_read(fake: None, batch: Any):
    with pytest.raises(SpecError, match="batch = "):
        network("fake:x", batch)
