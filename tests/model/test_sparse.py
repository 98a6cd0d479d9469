"""The closed form against the array simulation, and its laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.functional.sparse import (
    ArrayQueues,
    ArraySplit,
    ArrayWork,
    array_work,
    column_words,
    random_masks,
    real_masks,
    run_array,
)
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.density import Densities, PeGroup, WindowStats, channel_stats, window_stats
from eyeriss_jax.model.sparse import Queues, window_cycles

PW = Layer(name="PW", M=64, C=64, E=16, F=16)
CONV = Layer.conv2d("CONV", 16, 32, 12, 3, padding=1)
PW_SPLIT = ArraySplit(M0=16, C0=8, channel_tiles=8, m_tiles=4, position_blocks=4)
CONV_SPLIT = ArraySplit(M0=16, C0=4, channel_tiles=4, m_tiles=2, position_blocks=4)


def simulated(masks, split, fifo):
    """Cycles per window, the loading of weights left out."""
    work = array_work(masks, split)
    run = run_array(work._replace(loads=np.zeros_like(work.loads)), split.M0, split.lanes, ArrayQueues(psum_fifo=fifo))
    return float(run.cycles) / work.macs.shape[0], work.macs.shape[0]


@pytest.mark.parametrize("fifo", [2, 8, 64])
@pytest.mark.parametrize(("layer", "split"), [(PW, PW_SPLIT), (CONV, CONV_SPLIT)], ids=["PW", "CONV"])
def test_uniform_model_is_within_nine_percent_of_the_array(layer, split, fifo):
    chain = split.channel_tiles * layer.R
    group = PeGroup(split.M0, split.C0, layer.S, split.lanes, chain, split.channel_tiles, split.m_tiles)
    for iact, weight in ((0.3, 0.5), (0.6, 0.2), (0.6, 0.9), (0.9, 0.5)):
        cycles, windows = simulated(random_masks(layer, iact, weight), split, fifo)
        queues = Queues(fifo, windows, split.position_blocks, windows)
        model = window_cycles(window_stats(Densities(iact, weight), group), split.M0, split.lanes, chain, queues)
        assert model.total == pytest.approx(cycles, rel=0.09), (iact, weight)


@pytest.mark.parametrize("layer", sorted(real_masks()))
def test_channel_model_is_within_six_percent_of_the_array_on_real_masks(layer):
    masks = real_masks()[layer]
    split = ArraySplit(M0=16, C0=8, channel_tiles=8, m_tiles=4, position_blocks=6)
    words = jnp.asarray(column_words(masks.weights, 16, 2)[:, :, 0, 0], dtype=float)
    stats = channel_stats(jnp.asarray(masks.iacts.mean((1, 2))), words, 8, 8, 4)
    cycles, windows = simulated(masks, split, 8)
    passes = masks.layer.M // 64 * masks.layer.C // 64
    model = window_cycles(stats, 16, 2, 8, Queues(8, windows, 6, windows / passes))
    assert model.total == pytest.approx(cycles, rel=0.06)


@pytest.mark.parametrize("chain", [2, 8, 24])
def test_noise_is_averaged_by_the_queues_as_in_the_array(chain):
    """Normal work without spread: the waiting that the queues leave, in units of the noise."""
    generator, windows, noise = np.random.default_rng(0), 2000, 10.0
    macs = np.round(generator.normal(60, noise, (windows, chain, 1, 1))).clip(0).astype(int)
    work = ArrayWork(macs, np.zeros((windows, chain, 1), int), np.zeros((windows, chain, 1), int))
    stats = WindowStats(mean=jnp.asarray(60.0), spread=jnp.asarray(0.0), noise=jnp.asarray(noise))
    for fifo in (2, 8, 16, 64):
        cycles = float(run_array(work, 16, 2, ArrayQueues(psum_fifo=fifo, iact_windows=64)).cycles) / windows
        model = window_cycles(stats, 16, 2, chain, Queues(fifo, windows))
        assert (model.total - cycles) / noise == pytest.approx(0, abs=0.3), fifo


def test_parts_add_up_and_one_pe_waits_for_nobody():
    stats = window_stats(Densities(0.5, 0.5), PeGroup(16, 8, 1, 2, 1, 1, 1))
    alone = window_cycles(stats, 16, 2, 1, Queues(8, 100))
    assert alone.imbalance < 1e-4
    assert alone.total == pytest.approx(float(alone.macs + alone.drain + alone.imbalance))
    assert alone.drain == 8


def test_cycles_grow_with_density_and_with_the_chain():
    def total(density, chain):
        stats = window_stats(Densities(density, density), PeGroup(16, 8, 1, 2, chain, chain, 4))
        return float(window_cycles(stats, 16, 2, chain, Queues(8, 256)).total)

    densities = [total(density, 8) for density in (0.05, 0.2, 0.4, 0.6, 0.8, 1.0)]
    chains = [total(0.5, chain) for chain in (1, 2, 4, 8, 24)]
    assert densities == sorted(densities)
    assert chains == sorted(chains)


def test_larger_queues_wait_less():
    stats = window_stats(Densities(0.5, 0.9), PeGroup(16, 8, 1, 2, 8, 8, 4))
    waits = [float(window_cycles(stats, 16, 2, 8, Queues(fifo, 1e9)).imbalance) for fifo in (2, 4, 8, 16, 64, 1024)]
    assert waits == sorted(waits, reverse=True)


def test_differentiable_in_density_and_vmappable_over_designs():
    @jax.jit
    def total(iact, weight, M0):
        stats = window_stats(Densities(iact, weight, 0.5, 0.04), PeGroup(M0, 8, 1, 2, 8, 8, 4))
        return window_cycles(stats, M0, 2, 8, Queues(8, 256)).total

    slopes = jax.jit(jax.vmap(jax.grad(total, (0, 1))))
    gradients = slopes(jnp.linspace(0, 1, 11), jnp.linspace(0, 1, 11), jnp.full(11, 16.0))
    assert np.isfinite(gradients).all()
    step = 1e-2
    for argument, (iact, weight) in enumerate(((step, 0), (0, step))):
        difference = total(0.5 + iact, 0.5 + weight, 16.0) - total(0.5 - iact, 0.5 - weight, 16.0)
        gradient = jax.grad(total, argument)(0.5, 0.5, 16.0)
        assert gradient == pytest.approx(float(difference) / (2 * step), rel=0.02)
