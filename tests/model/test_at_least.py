"""The lower bound that the mapper prunes with: below every loop order and every tiling in whole array tiles."""

import itertools
import math
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import given, settings

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import ORDERS, LoopOrder, Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer
from eyeriss_jax.model.conventions import CONVENTIONS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.search.objectives import OBJECTIVES

from .strategies import jobs, sparse_jobs

Job = tuple[Accelerator, Layer, Mapping]

# The presets, and psum reads that fall as visits rise: there fewer visits must not make a higher bound.
VARIANTS: dict[str, Conventions] = CONVENTIONS | {"uncharged": Conventions(charge_drain=False, refill_to_pes=False)}
FAST = ("ours", "uncharged")
SLOW = tuple(name for name in VARIANTS if name not in FAST)


@partial(jit_unfused, static_argnames="names")
def _evaluate(machine: Any, layer: Any, mapping: Any, at_least: Any, names: tuple[str, ...]) -> dict[str, Evaluation]:
    """One program for several variants, and as in the mapper for both bounds and results."""
    return {name: evaluate(machine, layer, mapping, VARIANTS[name], at_least=at_least) for name in names}


def results(job: Job, names: tuple[str, ...], *, at_least: bool = False) -> dict[str, Evaluation]:
    machine, layer, mapping = job
    with jax.enable_x64(True):
        found = _evaluate(machine.build(), layer.build(), mapping.build(), np.bool_(at_least), names)
        return jax.tree.map(float, found)


def bounds(job: Job, names: tuple[str, ...]) -> dict[str, Evaluation]:
    """The bounds as the mapper takes them: from the smallest DRAM tiles, under some order."""
    machine, layer, mapping = job
    smallest = Dims.build(lambda d: min(mapping.array_tile(d), layer.extent(d)))
    some_order = replace(mapping, glb=smallest, dram_order=ORDERS[0], glb_order=ORDERS[0])
    return results((machine, layer, some_order), names, at_least=True)


def counts(result: Evaluation) -> dict[str, float]:
    """Everything the bound covers: all accesses and words, cycles and energies, and the objectives."""
    cycles = {k: getattr(result.cycles, k) for k in ("compute", "chain", "delivery", "glb", "dram", "ramp")}
    cycles |= {k: getattr(result.cycles, k) for k in ("bandwidth_bound", "total")}
    objectives = {name: objective(result) for name, objective in OBJECTIVES.items()}
    covered = {
        "spad": result.spad,
        "noc": result.noc,
        "hops": result.hops,
        "glb": result.glb,
        "dram": result.dram,
        "energy": result.energy,
        "cycles": cycles,
        "objective": objectives,
    }
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(covered)}


def assert_below(job: Job, names: tuple[str, ...]) -> None:
    lower, exact = bounds(job, names), results(job, names)
    assert all(math.isfinite(leaf) for leaf in jax.tree.leaves((lower, exact)))
    for name in names:
        found = counts(exact[name])
        above = {k: (least, found[k]) for k, least in counts(lower[name]).items() if least > found[k] * (1 + 1e-12)}
        assert not above, name


@given(job=jobs(fitting=True))
def test_no_tiling_or_order_has_less_of_anything(job: Job) -> None:
    assert_below(job, FAST)


@pytest.mark.slow
@given(job=jobs(fitting=True))
def test_no_tiling_or_order_has_less_of_anything_as_other_tools_count(job: Job) -> None:
    assert_below(job, SLOW)


@given(job=sparse_jobs())
def test_no_tiling_or_order_has_less_of_anything_in_either_form(job: Job) -> None:
    # Orders and DRAM tiles have no say in whether a layer runs raw or compressed.
    assert_below(job, ("ours",))


@given(job=jobs(fitting=True))
@settings(max_examples=15)
def test_the_bound_knows_neither_orders_nor_dram_tiles(job: Job) -> None:
    machine, layer, mapping = job
    bound = bounds(job, FAST)
    for dram_order, glb_order in itertools.islice(itertools.product(ORDERS, ORDERS), 0, 36, 7):
        other = replace(mapping, dram_order=dram_order, glb_order=glb_order)
        assert results((machine, layer, other), FAST, at_least=True) == bound


@given(job=jobs(fitting=True))
@settings(max_examples=20)
def test_no_glb_order_has_less_than_the_one_that_is_best_for_each_data_type(job: Job) -> None:
    # What the mapper bounds DRAM tilings with: ranks that are all equal, so that no group is inside another.
    machine, layer, mapping = job
    assert not VARIANTS["ours"].visits_save_reads
    free = mapping.build().replace(glb_order=LoopOrder(M=0, CRS=0, NEF=0))
    with jax.enable_x64(True):
        found = _evaluate(machine.build(), layer.build(), free, np.bool_(False), FAST)
        least = counts(jax.tree.map(float, found)["ours"])
    for order in ORDERS:
        exact = counts(results((machine, layer, replace(mapping, glb_order=order)), FAST)["ours"])
        assert {k: v for k, v in least.items() if v > exact[k] * (1 + 1e-12)} == {}


def test_the_bound_is_reached_where_nothing_is_fetched_twice() -> None:
    # One array tile is the whole layer: every order fetches every word once, so bound and result coincide.
    layer = Layer.conv2d("small", 2, 3, input_size=4, kernel=3)
    whole = Dims(M=3, C=2, E=2, F=2, R=3, S=3)
    spread = {"pe_rows": Dims(S=3), "pe_cols": Dims(F=2), "cluster_rows": Dims(E=2)}
    job = (eyeriss_v2(), layer, Mapping(glb=whole, spad=Dims(M=3, C=2, R=3), **spread))
    assert counts(bounds(job, FAST)["ours"]) == counts(results(job, FAST)["ours"])
