"""``--network=jax:package.module:factory``: what a factory may return, and what a bad one is told."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import network

HERE = "jax:tests.layers.importers.factories"


def test_a_factory_gets_the_batch():
    net = network(f"{HERE}:matmul", 5)
    assert (net.name, net.inferences, net.layers[0].N) == ("matmul", 5, 5)


def test_a_factory_without_a_batch_decides_itself():
    assert network(f"{HERE}:fixed").inferences == 3


def test_a_factory_may_return_a_network():
    assert network(f"{HERE}:ready").name == "ready"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("jax:nowhere:f", "importing 'nowhere' failed with ModuleNotFoundError"),
        ("jax:tests.nowhere:f", "add that to PYTHONPATH"),
        ("jax:tests", "write jax:package.module:factory"),
        ("jax::f", "write jax:package.module:factory"),
        ("jax:", "names nothing; write jax:package.module:factory"),
        ("jax:..:f", "importing '..' failed"),
        (f"{HERE}:nope", "has no function 'nope'; its functions: program, matmul, fixed"),
        (f"{HERE}:not_a_function", "has no function 'not_a_function'"),
        (f"{HERE}:returns_nothing", "returned None; a factory returns a Network, or (fn, *example_shapes)"),
        (f"{HERE}:returns_shapes", "returned a tuple that begins with a ShapeDtypeStruct"),
        (f"{HERE}:returns_three", "returned an int; a factory returns a Network"),
        (f"{HERE}:returns_empty", "returned a tuple"),
        (f"{HERE}:returns_text", "tracing it failed with TypeError"),
        (f"{HERE}:raises", "the factory raised RuntimeError: no data; a factory returns"),
        (f"{HERE}:exits", "the factory raised SystemExit: 3"),
        (f"{HERE}:needs_more", "the factory raised TypeError: needs_more() missing 1 required"),
        (f"{HERE}:never_ends", "the factory raised RecursionError"),
    ],
)
def test_bad_factories(name: str, message: str):
    with pytest.raises(SpecError) as error:
        network(name)
    assert message in " ".join(str(error.value).split())


def test_a_batch_that_the_factory_does_not_take():
    with pytest.raises(SpecError, match="batch = 2, but the factory has no parameter 'batch'"):
        network(f"{HERE}:fixed", 2)
