"""The batch engine finds what trying every point by itself finds, however much it takes at once."""

from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.compiling import IN_STAGES, on_a_cpu
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.model.conventions import OURS
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.search.batch import (
    BLOCKS,
    FACTS,
    SHAPE_LEAVES,
    Blocks,
    Candidates,
    best_mappings,
    blocks_for,
    check_mappings,
    check_memory,
    facts_of,
    search_program,
)
from eyeriss_jax.search.batch.candidates import choices_at
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.sweep.shortlist import shortlist

LAYERS = {
    "dense": Layer.conv2d("conv", 8, 24, 14, 3, padding=1),
    "sparse": Layer(name="sparse", M=24, C=16, E=7, F=7, R=3, S=3, sparsity=Sparsity(iact=0.5, weight=0.4)),
}
DESIGNS = 5
TABLES = {
    "some mappings, some designs": Blocks(mappings=48, designs=2, in_stages=True),
    "other blocks": Blocks(mappings=160, designs=4, in_stages=True),
    "all at once": BLOCKS["gpu"]._replace(in_stages=True),
}


def _designs():
    """Five designs of one array shape, from one so small that few mappings fit."""
    base = eyeriss_v2()
    some = [
        base.replace(clock_hz=1e8 * (i + 1), psum_chain_cycles=0.5 * i, glb_shared_bits=20_000 * i)
        for i in range(DESIGNS)
    ]
    built = [machine.build() for machine in some]
    machines = jax.tree.map(lambda *x: np.array(x, np.float32), *built)
    return machines.replace(**{n: jax.tree.map(lambda x: x[0], getattr(machines, n)) for n in SHAPE_LEAVES})


@lru_cache
def _problem(kind):
    layer = LAYERS[kind]
    found = shortlist(layer, (eyeriss_v2(),), 8, 3)
    pad = np.repeat(found.orders[:1], 36 - len(found.orders), 0)
    candidates = Candidates(
        inner=found.inner,
        parts=found.parts,
        parts_count=np.int32(len(found.parts)),
        orders=np.concatenate([found.orders, pad]),
        orders_count=np.int32(len(found.orders)),
    )
    built = jax.tree.map(np.float32, layer.build(sparse=kind == "sparse"))
    return *jax.tree.map(jnp.asarray, (_designs(), built, candidates)), found.size


@lru_cache
def _every_point(kind):
    """All costs ``[objective, D, N]``, each point by itself in one flat batch."""
    machines, layer, candidates, size = _problem(kind)
    index = np.arange(DESIGNS * size)

    def one(design, mapping):
        at = jax.tree.map(lambda x: x[design] if np.ndim(x) else x, machines)
        choice = choices_at(candidates, mapping)
        found = evaluate(at, layer, choice.mapping(layer, OURS))
        return [(*OBJECTIVES[name](found), found.code) for name in OBJECTIVES]

    costs = jax.jit(jax.vmap(one))(index // size, index % size)
    return dict(zip(OBJECTIVES, jax.tree.map(lambda x: np.asarray(x).reshape(DESIGNS, size), costs), strict=True))


@partial(jax.jit, static_argnames=("blocks", "objective"), compiler_options=on_a_cpu(IN_STAGES))
def _search(machines, layer, candidates, blocks, objective):
    return best_mappings(machines, layer, candidates, blocks, OURS, objective)


@pytest.mark.slow  # a program per objective
@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_best_is_the_best_of_all_points(objective, kind):
    machines, layer, candidates, _ = _problem(kind)
    found = _search(machines, layer, candidates, TABLES["some mappings, some designs"], objective)
    primary, secondary, code = _every_point(kind)[objective]
    primary = np.where(code == 0, primary, np.inf)
    np.testing.assert_allclose(found.primary, primary.min(1), rtol=1e-6)
    at = np.arange(DESIGNS), np.asarray(found.index)
    np.testing.assert_allclose(found.primary, primary[at], rtol=1e-6)
    np.testing.assert_allclose(found.secondary, secondary[at], rtol=1e-6)


@pytest.mark.slow  # three programs
def test_block_sizes_change_no_bit():
    machines, layer, candidates, _ = _problem("dense")
    one, *others = (_search(machines, layer, candidates, blocks, "cycles") for blocks in TABLES.values())
    for other in others:
        for x, y in zip(one, other, strict=True):
            assert np.asarray(x).tobytes() == np.asarray(y).tobytes()


@pytest.mark.slow  # two programs
def test_facts_are_those_of_the_best_mapping():
    machines, layer, candidates, _ = _problem("dense")
    best = _search(machines, layer, candidates, TABLES["some mappings, some designs"], "cycles")
    facts = jax.jit(partial(facts_of, conventions=OURS))(machines, layer, candidates, best.index)
    assert facts.keys() == FACTS.keys()
    assert (np.asarray(facts["code"]) == 0).all()
    np.testing.assert_allclose(facts["cycles"], best.primary, rtol=1e-6)
    np.testing.assert_allclose(facts["energy"], best.secondary, rtol=1e-6)


@pytest.mark.parametrize("platform", BLOCKS)
def test_a_search_to_compile_ahead_says_what_it_takes_and_gives(platform):
    program = search_program(eyeriss_v2(), platform=platform, designs=4, inners=8, tilings=2)
    assert program.evaluations == 4 * 8 * 2 * 36
    found = jax.eval_shape(program.function, *program.arguments)
    assert {leaf.shape for leaf in found} == {(4,)}


def test_a_search_on_all_mappings_at_once_has_no_loop():
    program = search_program(eyeriss_v2(), platform="tpu", designs=64)
    traced = str(jax.make_jaxpr(program.function)(*program.arguments))
    assert "while" not in traced
    assert "scan" not in traced


def test_devices_without_block_sizes_are_refused_by_name():
    class Device:
        platform = "abacus"

    with pytest.raises(SpecError, match="of the kind abacus: a search runs on cpu, gpu, tpu"):
        blocks_for((Device(),))


@pytest.mark.parametrize(
    ("settings", "lower"),
    [({"designs": 10**9}, "designs_per_call = 1,000,000,000"), ({"inners": 10**8}, "inners = 100,000,000")],
)
@pytest.mark.parametrize("blocks", BLOCKS.values())
def test_a_call_that_no_memory_holds_is_refused_with_what_to_lower(blocks, settings, lower):
    device, usual = jax.local_devices()[0], {"designs": 64, "inners": 64, "tilings": 16}
    for wanted in (usual, usual | settings):
        sizes = wanted | {"layers": 28, "tables": 33, "kept": 1000}
        if wanted is usual:
            check_memory(device, blocks, **sizes)
        else:
            with pytest.raises(SpecError, match=rf"a call takes about .* GB of memory, .*; lower {lower}"):
                check_memory(device, blocks, **sizes)


def test_tables_that_int32_cannot_number_are_refused():
    check_mappings(64, 16)
    with pytest.raises(SpecError, match="lower one of them"):
        check_mappings(1 << 13, 1 << 13)
