"""Re-scoring all layers in one call says exactly what replaying each mapping says, on machine after machine."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from eyeriss_jax.dataflow import dataflow
from eyeriss_jax.layers import Network
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.search.mapping import Rescore, Unfit, map_network
from tests.search.explore.small import MACHINE, MAPPINGS, NET, score

CHANGES = (
    {}, {"clock_hz": 3e8}, {"pe_rows": 6, "lanes": 4}, {"cluster_cols": 3, "oacts_bypass_glb": False}, {"noc": "bus"},
)  # fmt: skip


def same(found, expected):
    """Equal, but that another program may round the last digit of a quotient otherwise."""
    for mine, theirs in zip(found.layers, expected.layers, strict=True):
        leaves = [jax.tree.leaves(each.evaluation) for each in (mine, theirs)]
        np.testing.assert_allclose(*leaves, rtol=1e-14)
        np.testing.assert_allclose(mine.bounds, theirs.bounds, rtol=1e-14)
        assert (mine.mapping, mine.limiter, mine.reasons) == (theirs.mapping, theirs.limiter, theirs.reasons)
        assert mine.certificate == theirs.certificate


@pytest.fixture(scope="module")
def rescore():
    return score()


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_it_equals_the_replay_of_each_layer(rescore, changes):
    """One object for all machines: what it remembers of one must not be told of the next."""
    machine = MACHINE.replace(**changes)
    same(rescore(machine, MAPPINGS), map_network(NET, machine, mappings=MAPPINGS))


@pytest.mark.slow  # compiles the law with zeros
def test_a_dense_layer_beside_one_with_zeros_is_scored_as_it_is_alone():
    sparse = replace(NET.layers[0], sparsity=Sparsity(iact=0.5, weight=0.5))
    mixed = Network(name="mixed", layers=(sparse, *NET.layers[1:]), source="made up")
    found = Rescore(mixed, dataflow(MACHINE.dataflow))(MACHINE, MAPPINGS)
    expected = map_network(mixed, MACHINE, mappings=MAPPINGS)
    assert [layer.layer.name for layer in found.layers] == ["conv", "dw", "fc"]
    same(found, expected)


def test_mappings_that_do_not_fit_are_named_with_the_reason(rescore):
    with pytest.raises(Unfit, match=r"'conv'.*'tiny'.*lower one of them \(.*\d+ needed, 1 there\)") as refused:
        rescore(MACHINE.replace(name="tiny", pe_rows=1, pe_cols=1), MAPPINGS)
    assert refused.value.layers[0] == "conv"
    assert set(refused.value.layers) <= set(MAPPINGS)
