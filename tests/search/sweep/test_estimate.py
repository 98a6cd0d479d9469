"""What the shortlist ranks by is the law: every term, over drawn layers, machines and mappings."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow import RS_PLUS
from eyeriss_jax.dataflow.dataflow import skips_zeros
from eyeriss_jax.dataflow.mapping import LoopOrder
from eyeriss_jax.dataflow.mapspace import Inner, Outer, mapping_of
from eyeriss_jax.dims import DIMS, TYPES, Dims, PerType, product
from eyeriss_jax.hardware import AXES, Accelerator
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.model.compressed import compressed_form
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.cycles import delivery_cycles, returning_cycles
from eyeriss_jax.model.raw import raw_form
from eyeriss_jax.model.storage import glb_need
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.model.traffic import array_traffic
from eyeriss_jax.search.sweep.estimate import estimate
from eyeriss_jax.search.sweep.shortlist import _plans, _tiles
from tests.dataflow.strategies import layers, machines

CHOICES = 32
"""Inner choices of an example: one shape, so that the law is compiled once for layers with zeros and once without."""


@jit_unfused
def _law(machine: Any, layer: Any, inner: Inner, parts: Dims) -> dict[str, jax.Array]:
    """The terms of the estimate by the law's own functions, for many inner choices."""

    def one(inner: Inner) -> dict[str, jax.Array]:
        order = LoopOrder(0, 1, 2)
        mapping = mapping_of(layer.dims, inner, Outer(parts=parts, dram_order=order, glb_order=order))
        dims = tile_all(layer.dims, mapping)

        def traffic(rf_words: PerType | None) -> Any:
            return array_traffic(layer, mapping, dims, machine.lanes, OURS, rf_words=rf_words, at_least=True)

        nothing_stays = traffic(PerType(iact=0.0, weight=0.0, psum=0.0))
        fewest = traffic(None)
        moving = fewest._replace(iact_port=nothing_stays.iact_port, iact_reads=nothing_stays.iact_reads)
        form = raw_form(layer, machine, dims, slides=True)
        if layer.sparsity is not None:
            form = compressed_form(layer, layer.sparsity, machine, dims, slides=True)
        energy = machine.energy
        moved = energy.glb.iact * moving.iact_reads + energy.noc.weight * nothing_stays.weight_reads
        delivery, glb = (
            delivery_cycles(moving, machine, form),
            glb_need(layer, dims, oacts_bypass=machine.oacts_bypass_glb),
        )
        return {
            "compute": form.compute,
            "refills": jnp.asarray(form.refills),
            "chain": machine.psum_chain_cycles * fewest.psum_drain,
            "returning": returning_cycles(fewest, machine),
            "passes": product(dims[d].arrays.count for d in DIMS),
            "moved": moved + (energy.glb.psum + energy.noc.psum) * fewest.psum_visits,
            **{f"delivery of {t}": delivery[t] for t in TYPES},
            **{f"GLB words of {t}": glb[t] for t in TYPES},
        }

    return jax.vmap(one)(inner)


def assert_equal(
    layer: Layer,
    machine: Accelerator,
    factors: dict[str, dict[str, np.ndarray]],
    sizes: dict[str, np.ndarray],
    parts: dict[str, int],
) -> None:
    """The estimate of plan i with tile i is the law's, for all of ``factors`` and ``sizes`` ``[CHOICES]``."""
    sparse = skips_zeros(layer, machine)
    with jax.enable_x64(True):
        inner = Inner(**{a: Dims(**x) for a, x in factors.items()}, spad=Dims(**sizes))
        arguments = machine.build(), layer.build(sparse=sparse), inner, Dims.build(lambda d: parts.get(d, 1))
        law = _law(*jax.tree.map(lambda x: np.asarray(x, np.float64), arguments))
    found = estimate(layer, machine, factors, sizes, parts)._asdict()
    delivery, glb = found.pop("delivery"), found.pop("glb_words")
    found |= {f"delivery of {t}": delivery[t] for t in TYPES} | {f"GLB words of {t}": glb[t] for t in TYPES}
    assert found.keys() == law.keys()
    for name, estimated in found.items():
        ours = np.diagonal(np.broadcast_to(estimated, (CHOICES, CHOICES)))
        np.testing.assert_allclose(ours, law[name], rtol=1e-12, err_msg=f"{machine.name} {layer} {name}")


@st.composite
def layers_and_zeros(draw: st.DrawFn) -> Layer:
    """Layers of any kind, half of them with zeros."""
    layer = draw(layers())
    if draw(st.booleans()):
        return layer
    densities = {kind: draw(st.sampled_from((0.1, 0.5, 0.9))) for kind in ("iact", "weight")}
    return dataclasses.replace(layer, sparsity=Sparsity(**densities))


def check_drawn(layer: Layer, machine: Accelerator, seed: int) -> None:
    """Any spatial factors and PE tiles, more than there is place for too, and any number of DRAM tiles."""
    random = np.random.default_rng(seed)

    def some(most: int) -> np.ndarray:
        return np.where(random.random(CHOICES) < 0.4, random.integers(1, most + 1, CHOICES), 1)

    factors = {axis: {d: some(4) for d in DIMS} for axis in AXES}
    sizes = {d: np.where(random.random(CHOICES) < 0.3, layer.extent(d), some(layer.extent(d))) for d in DIMS}
    parts = {d: int(random.integers(1, layer.extent(d) + 1)) for d in DIMS if random.random() < 0.5}
    assert_equal(layer, machine, factors, sizes, parts)


@given(layers(), machines(), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_every_term_is_the_law(layer: Layer, machine: Accelerator, seed: int) -> None:
    check_drawn(layer, machine, seed)


@pytest.mark.slow  # the law of layers with zeros is another program
@given(layers_and_zeros(), machines(), st.integers(0, 2**32 - 1))
@settings(max_examples=2000)
def test_every_term_is_the_law_with_zeros_too(layer: Layer, machine: Accelerator, seed: int) -> None:
    check_drawn(layer, machine, seed)


REAL = [
    *network("alexnet").layers[:2], network("alexnet").layers[-1], *network("mobilenet_v1_0.5_128").layers[1:3],
    Layer(name="batch", M=300, C=500, N=8), Layer(name="odd", M=37, C=19, E=13, F=11),
]  # fmt: skip
ZEROS = [network("alexnet_sparse").layers[2], network("mobilenet_v1_0.5_128_sparse").layers[4]]


@pytest.mark.parametrize(
    "layer", [*REAL, *(pytest.param(layer, marks=pytest.mark.slow) for layer in ZEROS)], ids=lambda layer: layer.name
)
def test_every_term_is_the_law_where_a_sweep_asks(layer: Layer) -> None:
    """The plans and PE tiles that a shortlist of large layers and of the published machines is chosen from."""
    random = np.random.default_rng(0)
    for machine in (accelerator("eyeriss_v2"), accelerator("eyeriss_v1"), accelerator("eyeriss_v1_5")):
        plans, _ = _plans(layer, machine, RS_PLUS)
        tiles = _tiles(layer, (machine,), RS_PLUS)
        plan, tile = (random.integers(len(x), size=CHOICES) for x in (plans["pe_rows"]["M"], tiles["M"]))
        factors = {axis: {d: plans[axis][d][plan] for d in DIMS} for axis in AXES}
        most = {d: max(parts) for d, parts in RS_PLUS.short_dram_choices(layer, machine).items()}
        assert_equal(layer, machine, factors, {d: tiles[d][tile] for d in DIMS}, most)
