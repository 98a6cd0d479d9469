"""Every search takes every objective: a table over (search x objective), each answer checked by the exact law."""

from collections.abc import Callable
from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eyeriss_jax as ej
from eyeriss_jax.layers import Layer, Network, Sparsity
from eyeriss_jax.model.conventions import CONVENTIONS
from eyeriss_jax.search.density import DensityTuner
from eyeriss_jax.search.density.cost import exact_cost
from eyeriss_jax.search.mapping import evaluate_exactly, map_layer, map_network
from eyeriss_jax.search.mapping import network as room
from eyeriss_jax.search.objectives import OBJECTIVES
from eyeriss_jax.search.space import design_space
from eyeriss_jax.search.tune import DesignProblem, DesignTuner, evolution, random_search, tune_mapping
from eyeriss_jax.search.tune import design as tune_design
from eyeriss_jax.search.tune.descent import Descent, network_loss
from tests.model.drawn_mappings import POINTS, evaluated, jobs
from tests.search.sweep.sweep_cases import run, small_sweep

MACHINE = ej.accelerator("eyeriss_v2")
FLOW = ej.DATAFLOWS["rs_plus"]
LAYER = Layer(name="fc", M=48, C=64, sparsity=Sparsity.trained(iact=0.5))
NETWORK = Network(name="one", layers=(LAYER,), source="made up")
CHUNK = 2048

every_objective = pytest.mark.parametrize("objective", OBJECTIVES)


def value(objective: str, machine: ej.Accelerator, mapping: ej.Mapping) -> float:
    """By the law, in float64."""
    return float(OBJECTIVES[objective](evaluate_exactly(machine, LAYER, mapping))[0])


@lru_cache
def certified(objective: str) -> float:
    return map_layer(LAYER, MACHINE, FLOW, objective=objective, chunk=CHUNK).primary


def map_one_layer(objective: str) -> None:
    found = map_layer(LAYER, MACHINE, FLOW, objective=objective, chunk=CHUNK)
    assert found.primary == value(objective, MACHINE, found.mapping)


def map_a_network(objective: str) -> None:
    twice = Network(name="twice", layers=(LAYER, Layer(name="again", M=48, C=64, sparsity=LAYER.sparsity)), source="")
    found = exact_cost(map_network(twice, MACHINE, objective=objective), objective)
    assert found == pytest.approx(certified(objective) * (4 if objective == "edp" else 2), rel=1e-12)


def tune_one_mapping(objective: str) -> None:
    found = tune_mapping(LAYER, MACHINE, FLOW, objective=objective, budget=1000, steps=5)
    assert found.gradients > 0
    assert found.objective == pytest.approx(value(objective, MACHINE, found.mapping), rel=1e-12)
    assert found.objective >= certified(objective) * (1 - 1e-12)


def problem(objective: str) -> DesignProblem:
    return DesignProblem(design_space(MACHINE, {"cluster_rows": (2, 4, 8), "pe_cols": (2, 4)}), (NETWORK,), objective)


def tune_a_design(objective: str) -> None:
    tuner = DesignTuner(problem(objective), np.random.default_rng(0))
    tuner.run(6)
    assert tuner.descended
    for found in tuner.scored.values():
        machine = tuner.problem.design(found.digits)
        assert 2.0**found.loss == pytest.approx(value(objective, machine, found.mappings[0]), rel=1e-9)


def search_designs_blindly(objective: str) -> None:
    for search in (random_search, evolution):
        heard: list = []
        search(problem(objective), 2, np.random.default_rng(0), heard.append)
        for found in heard:
            machine = problem(objective).design(found.digits)
            assert 2.0**found.loss == pytest.approx(value(objective, machine, found.mappings[0]), rel=1e-9)


def tune_densities(objective: str) -> None:
    tuner = DensityTuner(NETWORK, MACHINE, lambda d: (1 / d - 1).sum(), objective=objective, steps=5, rounds=1)
    found = tuner.tune(0.5)
    for point in (found.dense, found.tuned):
        assert point.cost == exact_cost(point.result, objective)
    assert found.tuned.cost <= found.dense.cost


SEARCHES: dict[str, Callable[[str], None]] = {
    search.__name__: search
    for search in (
        map_one_layer, map_a_network, tune_one_mapping, tune_a_design, search_designs_blindly, tune_densities,
    )
}  # fmt: skip


@pytest.mark.slow  # an objective is a program of each search
@every_objective
@pytest.mark.parametrize("search", SEARCHES)
def test_every_search_takes_every_objective(search: str, objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "map_layer", partial(map_layer, chunk=CHUNK))
    monkeypatch.setattr(tune_design, "_CHUNK", CHUNK)
    SEARCHES[search](objective)


@pytest.mark.slow  # an objective is a program of the sweep
def test_a_sweep_finds_the_best_mappings_by_every_objective() -> None:
    """Of the mappings that are best by the five objectives, each is the best one by its own."""
    costs = {}
    for name in OBJECTIVES:
        sweep = small_sweep(axes={"clock_hz": (1e8, 2e8)}, mapping_objective=name)
        result = run(sweep)
        row = dict(zip(sweep.program.columns.names, map(float, result.top.rows[:, 0]), strict=True))
        clock = sweep.space.design(int(result.top.index[0])).clock_hz
        cycles, energy = clock / row["inferences_per_s"], 1 / row["inferences_per_energy"]
        moved = sum(row[f"{part} energy share"] for part in ("dram", "glb", "noc")) * energy
        costs[name] = {"cycles": cycles, "energy": energy, "movement": moved, "dram_words": row["dram_words"]}
    for name in ("cycles", "energy", "movement", "dram_words"):
        assert costs[name][name] <= min(cost[name] for cost in costs.values()) * (1 + 1e-5)


@every_objective
def test_a_descent_has_a_slope_by_every_objective(objective: str) -> None:
    terms = tuple(jnp.array([3.0, 5.0]) for _ in OBJECTIVES[objective].terms)
    slope = jax.grad(lambda each: network_loss(objective, jnp.ones((2, 1)), each))(terms)
    assert all((x > 0).all() for x in slope)
    assert Descent(objective).objective == objective


@every_objective
@settings(max_examples=20, deadline=None)
@given(cycles=st.integers(1, 10**6), more=st.integers(1, 10**6))
def test_a_floor_rises_with_compute_cycles(objective: str, cycles: int, more: int) -> None:
    floor = OBJECTIVES[objective].floor(LAYER, MACHINE)
    both = np.array(floor(np.array([cycles, cycles + more])))
    np.testing.assert_allclose(both, np.transpose([floor(cycles), floor(cycles + more)]))
    assert (both[:, 0] > 0).all()
    assert (both[:, 0] <= both[:, 1]).all()


@every_objective
@pytest.mark.parametrize("convention", [name if name == "ours" else pytest.param(name, marks=pytest.mark.slow)
                                        for name in CONVENTIONS])  # fmt: skip
def test_no_mapping_of_any_network_is_below_the_floor(objective: str, convention: str) -> None:
    result = evaluated(convention)
    found = np.reshape(OBJECTIVES[objective](result), (2, -1, POINTS))
    fits, cycles = (np.reshape(x, (-1, POINTS)) for x in (result.code == 0, result.cycles.compute))
    for number, job in enumerate(jobs()):
        floor = OBJECTIVES[objective].floor(job.layer, job.machine)(cycles[number])
        assert (floor <= found[:, number] * (1 + 1e-12)).all(where=fits[number]), (job.layer.name, job.machine.name)


def test_the_product_of_a_network_is_one_of_totals() -> None:
    # Two layers of 2 and 3 cycles, and of energy 10 and 20: 5 cycles times 30, and not 2 x 10 + 3 x 20.
    assert OBJECTIVES["edp"].total([[2.0, 3.0], [10.0, 20.0]]) == 150.0
    assert OBJECTIVES["energy"].total([[10.0, 20.0]]) == 30.0
