"""Sparsity of a layer: densities checked where they enter, carried to the laws, attached to networks by name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyeriss_jax import Layer, Sparsity, SpecError, network

shares = st.floats(0, 1)
channels = st.lists(shares, min_size=1, max_size=40)


def test_a_layer_is_dense_unless_it_says_otherwise():
    layer = Layer(name="a", M=4, C=4)
    assert layer.sparsity.is_dense
    assert layer.build().sparsity is None
    assert layer.build(sparse=True).sparsity == Sparsity().build()


def test_densities_reach_the_laws():
    layer = Layer(name="a", M=4, C=4, sparsity=Sparsity(iact=0.5, weight=0.25, oact=0.125))
    arrays = layer.build().sparsity
    assert arrays is not None
    assert (arrays.iact, arrays.weight, arrays.oact) == (0.5, 0.25, 0.125)
    assert not layer.sparsity.is_dense


@pytest.mark.parametrize("field", ["iact", "weight", "oact", "iact_correlation", "weight_correlation"])
@pytest.mark.parametrize("value", [-0.01, 1.5, float("nan"), True, "half", None])
def test_a_value_outside_0_to_1_is_refused_by_name(field, value):
    with pytest.raises(SpecError, match=re.escape(f"sparsity: {field} = {value!r} must be a number from 0 to 1")):
        Sparsity(**{field: value})


def test_a_layer_refuses_what_is_no_sparsity():
    with pytest.raises(SpecError, match=r"layer 'a': sparsity = 0.5 must be a Sparsity"):
        Layer(name="a", M=1, C=1, sparsity=0.5)


@given(iact=channels, weight=channels)
def test_channels_have_the_mean_and_never_more_than_full_correlation(iact, weight):
    found = Sparsity.of_channels(iact=iact, weight=weight)
    assert found.iact == pytest.approx(sum(iact) / len(iact), abs=1e-12)
    assert 0 <= found.iact_correlation <= 1
    assert 0 <= found.weight_correlation <= 1


def test_dead_channels_correlate_fully_and_equal_ones_not_at_all():
    found = Sparsity.of_channels(iact=[0, 1, 0, 1], weight=[0.5, 0.5])
    assert (found.iact, found.iact_correlation) == (0.5, 1.0)
    assert (found.weight, found.weight_correlation) == (0.5, 0.0)


def test_channels_are_checked_one_by_one():
    with pytest.raises(SpecError, match=r"iact of channel 1 = 1\.5"):
        Sparsity.of_channels(iact=[0.5, 1.5])
    with pytest.raises(SpecError, match="weight has no channels"):
        Sparsity.of_channels(weight=[])


def test_a_network_takes_sparsity_by_layer_name():
    half = Sparsity(iact=0.5)
    dense = network("alexnet")
    found = dense.with_sparsity({"CONV3": half}, name="half", source="made up")
    assert [layer.name for layer in found.layers if not layer.sparsity.is_dense] == ["CONV3"]
    assert (found.name, found.source, found.macs) == ("half", "made up", dense.macs)
    assert dense.with_sparsity({}) == dense


def test_an_unknown_layer_is_refused_with_a_suggestion():
    with pytest.raises(SpecError, match=r"network 'alexnet' has no layer 'CONV33'; did you mean 'CONV3'\?"):
        network("alexnet").with_sparsity({"CONV33": Sparsity()})
