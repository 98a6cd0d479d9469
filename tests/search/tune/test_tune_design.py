"""Tuning of designs: what is relaxed, what is refused, what is snapped, and that a resumed tuning ends the same."""

import jax
import numpy as np
import pytest

import eyeriss_jax as ej
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Network
from eyeriss_jax.search.space import QUANTITIES, design_space, leaves_of
from eyeriss_jax.search.tune import DesignProblem, DesignTuner, evolution, random_search, relax
from eyeriss_jax.search.tune.descent import Costs, Descent
from eyeriss_jax.search.tune.design import mutated

BASE = ej.accelerator("eyeriss_v2")
AXES = {
    "cluster_rows": (4, 8, 2),
    "pe_cols": (2, 4),
    "spad_words": {"weight": (96, 192)},
    "noc_words_per_cycle": {"iact": (3, 9)},
}
FC = ej.Layer.fully_connected("fc", in_features=64, out_features=48)
NETWORK = Network(name="small", source="this test", layers=(FC,))


def problem(limits=None, axes=AXES):
    return DesignProblem(design_space(BASE, axes, limits or {}, ej.accelerator), (NETWORK,))


def test_the_relaxed_space_is_the_design_at_every_value():
    space = design_space(BASE, AXES)
    relaxed = relax(space)
    for index in range(space.size):
        at = {
            axis.field: relaxed.tracks[axis.field].places[relaxed.tracks[axis.field].order.index(digit)]
            for axis, digit in zip(space.axes, space.digits(index), strict=True)
        }
        leaves = jax.tree.leaves(relaxed.accelerator(at, BASE.build()))
        np.testing.assert_allclose(np.array(leaves, float), leaves_of(space.design(index)), rtol=1e-6)


@pytest.mark.parametrize(
    ("axes", "words"),
    [({"noc": ("mesh", "bus")}, "axis noc: a gradient needs finite numbers"),
     ({"dram_total_bits_per_cycle": (64.0, float("inf"))},
      "axis dram_total_bits_per_cycle: a gradient needs finite numbers")],
)  # fmt: skip
def test_an_axis_without_a_gradient_is_refused(axes, words):
    with pytest.raises(SpecError, match=words):
        relax(design_space(BASE, axes))


@pytest.mark.parametrize(
    ("limits", "words"),
    [({"area_mm2": {"at_most": 0.5}}, r"the smallest design has .* above at_most 0.5"),
     ({"pes": {"at_least": 1000}}, r"the largest design has 192, 80.8 % below at_least 1000")],
)  # fmt: skip
def test_constraints_that_no_design_meets_are_explained_first(limits, words):
    with pytest.raises(SpecError, match=words):
        problem(limits)


@pytest.mark.slow
def test_a_score_is_what_the_certified_mapper_gives():
    found = problem().score((1, 1, 1, 1))
    machine = problem().design((1, 1, 1, 1))
    certified = ej.map_layer(FC, machine, ej.DATAFLOWS["rs_plus"], objective="edp")
    assert 2.0**found.loss == pytest.approx(certified.primary, rel=1e-9)
    assert found.mappings == (certified.mapping,)


def test_a_rate_is_of_inferences_and_not_of_the_first_layers_rows():
    """In an imported language model N of a product is its tokens: twelve of them are one inference here."""
    tokens = ej.Layer.fully_connected("tokens", in_features=64, out_features=48, batch=12)
    words = Network(name="words", source="this test", layers=(tokens,), batch=1)
    assert DesignProblem(design_space(BASE, AXES), (words,)).inferences.tolist() == [1]


def test_a_descent_is_charged_for_what_a_design_does_not_achieve():
    """The loss at a point is that without targets, and the charge for each octave that the design is outside one."""
    costs = Costs(
        terms=(np.array([3e6]), np.array([2e5])), overflow=np.zeros(1),
        achieved=tuple(np.array([x]) for x in (2e5, 3e6, 4e4, 3072.0)),
    )  # fmt: skip
    free = problem(axes={"cluster_rows": (4, 8)})
    row = free.inferences * BASE.clock_hz / 2e5
    bounds = {"inferences_per_s": {"at_least": 4 * row.item()}, "small:energy_per_inference": {"at_most": 1.5e-6}}
    bounded = problem(bounds, axes={"cluster_rows": (4, 8)})
    task = DesignTuner(bounded, np.random.default_rng(0))._task
    at = {"cluster_rows": task.space.tracks["cluster_rows"].places[1]}
    losses = [
        float(
            Descent("edp", charge=(2.0, 2.0), targets=each.space.targets, networks=("small",)).loss(
                costs, at, task, 0.5
            )
        )
        for each in (free, bounded)
    ]
    octaves = 2 + np.log2(3e6 * 1e-12 / 1.5e-6)  # the rate is a fourth of its bound, the energy twice its own
    assert losses[1] - losses[0] == pytest.approx(2.0 * octaves, rel=1e-5)


def test_snapped_designs_meet_the_constraints():
    tuner = DesignTuner(problem({"area_mm2": {"at_most": "eyeriss_v2"}}), np.random.default_rng(0))
    limit = float(QUANTITIES["area_mm2"](BASE.build()))
    for _ in range(50):
        at = {
            field: float(tuner.random.uniform(track.places[0], track.places[-1] + 1))
            for field, track in tuner._task.space.tracks.items()
        }
        digits = tuner._snapped(at)
        assert digits is not None
        assert float(QUANTITIES["area_mm2"](tuner.problem.design(digits).build())) <= limit


def test_a_mutation_stays_in_the_space_and_moves():
    space, random = problem().space, np.random.default_rng(0)
    for _ in range(200):
        digits = tuple(int(random.integers(len(axis.values))) for axis in space.axes)
        child = mutated(digits, space, random)
        assert all(0 <= digit < len(axis.values) for digit, axis in zip(child, space.axes, strict=True))


@pytest.mark.parametrize("search", [random_search, evolution])
def test_rivals_end_when_every_design_is_scored(search):
    heard = []
    search(problem(axes={"cluster_rows": (4, 8)}), 9, np.random.default_rng(1), heard.append)
    assert sorted(scored.digits for scored in heard) == [(0,), (1,)]


@pytest.mark.parametrize("search", [random_search, evolution])
def test_rivals_score_as_many_different_designs_as_they_may(search):
    heard = []
    search(problem({"pes": {"at_most": 128}}), 6, np.random.default_rng(1), heard.append)
    assert len({scored.digits for scored in heard}) == len(heard) == 6
    assert all(problem({"pes": {"at_most": 128}}).allowed(scored.digits) for scored in heard)


@pytest.mark.slow
def test_a_resumed_tuning_ends_like_one_that_never_stopped():
    """Six rounds at once, and six rounds with everything but what is kept on disk forgotten after each."""
    whole = DesignTuner(problem(), np.random.default_rng(5))
    for _ in range(6):
        whole.round(24)
    state, scored = np.random.default_rng(5).bit_generator.state, {}
    for _ in range(6):
        part = DesignTuner(problem(), np.random.default_rng(0), scored=dict(scored))
        part.random.bit_generator.state = state
        part.round(24)
        state, scored = part.random.bit_generator.state, part.scored
    assert list(scored.values()) == list(whole.scored.values())
    assert len(scored) > 4
