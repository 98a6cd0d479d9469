"""Under jit: what works with numbers is refused in one line that says what to call instead."""

import dataclasses

import jax
import numpy as np
import pytest

import eyeriss_jax as ej

LAYER = ej.Layer.fully_connected("fc", in_features=64, out_features=10)
MACHINE = ej.accelerator("eyeriss_v2")
NETWORK = ej.Network(name="one", layers=(LAYER,), source="a test")

SEARCHES = {
    "map_layer": lambda x: x * ej.map_layer(LAYER, MACHINE).primary,
    "map_network": lambda x: x * ej.map_network(NETWORK, MACHINE).inferences_per_s,
    "sweep": lambda x: x * ej.sweep(NETWORK, MACHINE, {"lanes": (1, 2)}).designs,
    "tune": lambda x: x * ej.tune(NETWORK, MACHINE, {"lanes": (1, 2)}).over_base,
    "run_functional": lambda x: ej.run_functional(LAYER, MACHINE, x, x).oacts,
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_and_runs_are_refused_within_jit(name):
    with pytest.raises(ej.SpecError, match=rf"^{name}\(\) cannot be called within jax.jit.*; within jit call evaluate"):
        jax.jit(SEARCHES[name])(1.0)


def test_a_search_of_what_jit_was_given_is_refused():
    with pytest.raises(ej.SpecError, match=r"cannot be called within jax\.jit"):
        jax.jit(lambda layer: ej.map_layer(layer, MACHINE).primary)(LAYER.build())


SPECS = {
    "accelerator 'eyeriss_v2': clock_hz": lambda x: dataclasses.replace(MACHINE, clock_hz=x).clock_hz,
    "accelerator 'eyeriss_v2': spad_words.iact": lambda x: (
        dataclasses.replace(MACHINE, spad_words=dataclasses.replace(MACHINE.spad_words, iact=x)).spad_words.iact
    ),
    "layer 'a': C": lambda x: ej.Layer(name="a", M=1, C=x).C,
    "sparsity: weight": lambda x: ej.Sparsity(weight=x).weight,
}


@pytest.mark.parametrize("field", SPECS)
@pytest.mark.parametrize("transform", [jax.jit, jax.grad, jax.vmap])
def test_a_traced_field_of_a_spec_is_told_with_what_takes_it(field, transform):
    with pytest.raises(ej.SpecError, match=rf"{field} is traced by JAX, .* what its \.build\(\) returns, with"):
        transform(SPECS[field])(np.ones(2) if transform is jax.vmap else 3.0)


def test_what_the_message_advises_works():
    mapping = ej.map_layer(LAYER, MACHINE).mapping

    def cycles(words: jax.Array) -> jax.Array:
        machine = MACHINE.build()
        ports = machine.noc_words_per_cycle.replace(weight=words)
        return ej.evaluate(machine.replace(noc_words_per_cycle=ports), LAYER, mapping).cycles.total

    few, many = jax.jit(jax.vmap(cycles))(np.array([0.5, 3.0], np.float32))
    assert few > many > 0
    assert jax.grad(cycles)(0.5) < 0
