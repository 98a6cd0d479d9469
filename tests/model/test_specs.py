"""What the pure function takes: specs of the host, what they build, any mix of them; all else is one SpecError."""

import jax
import jax.numpy as jnp
import pytest

import eyeriss_jax as ej
from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.functional.nest import default_mapping

LAYER = ej.Layer.fully_connected("fc", in_features=64, out_features=10)
MACHINE = ej.accelerator("eyeriss_v2")
MAPPING = default_mapping(LAYER, MACHINE)


def test_specs_and_what_they_build_give_the_same():
    built = jit_unfused(ej.evaluate)(MACHINE.build(), LAYER.build(), MAPPING.build())
    specs = jit_unfused(lambda: ej.evaluate(MACHINE, LAYER, MAPPING))()
    mixed = jit_unfused(lambda mapping: ej.evaluate(MACHINE, LAYER.build(), mapping))(MAPPING.build())
    for other in (specs, mixed):
        assert jax.tree.all(jax.tree.map(lambda a, b: bool(jnp.isclose(a, b, rtol=1e-6, atol=0)), built, other))


def test_specs_keep_the_gradient_of_what_is_traced():
    machine = jax.tree.map(jnp.float32, MACHINE.build())

    def cycles(words):
        return ej.evaluate(
            machine.replace(noc_words_per_cycle=machine.noc_words_per_cycle.replace(weight=words)), LAYER, MAPPING
        ).cycles.total

    slopes = jit_unfused(jax.vmap(jax.grad(cycles)))(jnp.array([1.0, 2.0]))
    assert slopes.shape == (2,)
    assert (slopes < 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("eyeriss_v2", LAYER, MAPPING), r"accelerator is a str but must be of type Accelerator"),
        ((MACHINE, "conv1", None), r"layer is a str .*; mapping is None .*ej\.map_layer"),
        ((LAYER, MACHINE, MAPPING), r"accelerator is a Layer .*; layer is an Accelerator"),
    ],
)
def test_anything_else_is_one_error_that_names_all(arguments, message):
    with pytest.raises(ej.SpecError, match=message) as raised:
        ej.evaluate(*arguments)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ej.map_layer(LAYER.build(), MACHINE), r"layer = <LayerArrays> must be of type Layer; give"),
        (
            lambda: ej.map_layer(LAYER, MACHINE.build()),
            r"accelerator = <AcceleratorArrays> must be of type Accelerator",
        ),
        (lambda: ej.map_layer(LAYER, MACHINE, "rs_pluss"), r"did you mean 'rs_plus'"),
        (lambda: ej.map_network(LAYER, MACHINE), r"network = <Layer> must be of type Network"),
        (lambda: ej.sweep("alexnet", MACHINE, {"lanes": (1, 2)}), r"networks = 'alexnet' must be of type Network"),
        (lambda: ej.sweep([], MACHINE, {"lanes": (1, 2)}), r"networks is empty"),
        (lambda: ej.tune("alexnet", MACHINE, {"lanes": (1, 2)}), r"networks = 'alexnet' must be of type Network"),
        (lambda: ej.run_functional(LAYER, MACHINE.build(), 0, 0), r"accelerator = <AcceleratorArrays> must be"),
    ],
)
def test_the_other_doors_refuse_what_they_cannot_take(call, message):
    with pytest.raises(ej.SpecError, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)
