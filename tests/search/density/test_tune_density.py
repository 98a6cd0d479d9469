"""Tuned densities: within the budget, no worse than uniform ones by the exact mapper, near the best of a grid; and what
is wrong with a proxy, a budget or bounds is said before any search."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import eyeriss_v1_5, eyeriss_v2
from eyeriss_jax.layers import Layer, Network, Sparsity
from eyeriss_jax.search.density import DensityTuner
from eyeriss_jax.search.density.tune import tune_densities
from eyeriss_jax.search.mapping import map_layer, map_network
from eyeriss_jax.search.mapping import network as room

MACHINE = eyeriss_v2().replace(cluster_rows=2, cluster_cols=1, pe_rows=3, pe_cols=2)
TRAINED = Sparsity.trained(iact=0.5)
NET = Network(
    name="toy",
    layers=(
        Layer(name="conv", M=16, C=12, E=4, F=4, R=3, S=3, padding=((1, 1), (1, 1)), sparsity=TRAINED),
        Layer(name="wide", M=32, C=192, sparsity=TRAINED),
        Layer(name="narrow", M=10, C=32, sparsity=TRAINED),
    ),
    source="made up",
)
PRICES = np.array([0.02, 0.02, 0.2])


def proxy(densities: jax.Array) -> jax.Array:
    return (jnp.asarray(PRICES) * (1 / densities - 1)).sum()


@pytest.fixture
def unsearched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be mapped."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("searched before bad input was refused")

    monkeypatch.setattr(room, "map_layer", refuse)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "map_layer", partial(map_layer, chunk=2048))


def refusal(budget: float = 1.0, of: Callable[..., Any] = proxy, **options: Any) -> str:
    """What tuning says of bad input, on one line."""
    with pytest.raises(SpecError) as caught:
        tune_densities(options.pop("network", NET), options.pop("machine", MACHINE), of, budget, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("unsearched")
class TestBadInput:
    def test_a_proxy_that_returns_nan_names_the_densities_it_was_given(self) -> None:
        said = refusal(of=lambda d: jnp.where(d[1] < 0.9, jnp.nan, proxy(d)))
        assert said.startswith("accuracy proxy returned NaN for the densities conv = 0.1414, wide = 0.1414, narrow = ")

    def test_a_gradient_that_is_not_finite_names_layer_and_densities(self) -> None:
        said = refusal(of=lambda d: proxy(d) + jnp.sqrt(1 - d[2]))
        where = "by the density of narrow, at conv = 1, wide = 1, narrow = 1"
        assert said == f"the gradient of the accuracy proxy is not finite {where}"

    def test_a_budget_below_the_loss_of_dense_layers(self) -> None:
        said = refusal(0.25, lambda d: proxy(d) + 0.5)
        assert said == (
            "budget 0.25 is 0.25 below the accuracy proxy's 0.5 for dense layers, which pruning cannot improve; raise "
            "the budget to that at least"
        )

    def test_bounds_that_contradict_the_budget(self) -> None:
        said = refusal(0.1, bounds={"narrow": (0.02, 0.5)})
        assert said == (
            "budget 0.1 is 0.1 below the accuracy proxy's 0.2 at the largest densities that the bounds allow (narrow = "
            "0.5); raise these bounds (dense layers have 0), or the budget"
        )
        both = refusal(0.1, lambda d: proxy(d) + 0.3, bounds={"narrow": (0.02, 0.5)})
        assert both.endswith("even dense layers have 0.3, 0.2 too much; raise the budget")

    @pytest.mark.parametrize(
        ("of", "message"),
        [
            (3, "accuracy proxy 3 cannot be called"),
            (lambda d: d, "TypeError for densities of 3 layers: Gradient only defined for scalar-output"),
            (lambda d: d[0] + d[7] * float(d[1]), "ConcretizationTypeError for densities of 3 layers"),
            (lambda d: {}["loss"], "KeyError for densities of 3 layers: 'loss'"),
        ],
    )
    def test_what_is_no_proxy(self, of: Any, message: str) -> None:
        said = refusal(of=of)
        assert message in said
        assert "it must be a JAX function of one array [layers] that returns one number" in said

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"budget": float("nan")}, "budget = nan must be a finite number"),
            ({"machine": eyeriss_v1_5()}, "'eyeriss_v1_5' does not skip zero weights"),
            ({"objective": "speed"}, "unknown objective 'speed'"),
            ({"bounds": (0.5, 0.2)}, "must be two numbers, (smallest, largest), above 0 and at most 1"),
            ({"bounds": (0.0, 1.0)}, "above 0 and at most 1"),
            ({"bounds": {"wid": (0.1, 1.0)}}, "toy has no layer 'wid'; did you mean 'wide'?"),
            ({"bounds": (0.5, 0.5)}, "leave nothing of toy to tune"),
            ({"steps": 0}, "tuning densities: steps = 0"),
            ({"rounds": 1.5}, "tuning densities: rounds = 1.5"),
            ({"rate": -0.1}, "rate = -0.1 must be a number above 0, and at most 1.0"),
            ({"dataflow": "xx"}, "xx"),
        ],
    )
    def test_what_is_no_setting(self, options: dict[str, Any], message: str) -> None:
        assert message in refusal(**options)

    def test_attention_has_no_weights_to_prune(self) -> None:
        scores = replace(NET, layers=(Layer.attention("scores", 8, 8, 8),))
        assert "leave nothing of toy to tune" in refusal(network=scores, of=lambda d: d.sum())


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("objective", ["energy", "cycles", "edp"])
def test_tuned_densities_meet_the_budget_and_are_no_worse_than_uniform_ones(objective: str) -> None:
    tuner = DensityTuner(NET, MACHINE, proxy, objective=objective, steps=80, rounds=3)
    for budget in (0.05, 0.5):
        found = tuner.tune(budget)
        assert found.uniform.loss == pytest.approx(budget)
        assert len(set(found.uniform.densities.values())) == 1
        assert max(found.tuned.loss, found.uniform.loss) <= budget
        assert found.tuned.cost <= found.uniform.cost
        assert found.tuned.cost < 0.9 * found.dense.cost
        for point in (found.dense, found.uniform, found.tuned):
            assert all(each.certified for each in point.result.layers)
            again = map_network(
                NET.with_sparsity(
                    {name: replace(TRAINED, weight=density) for name, density in point.densities.items()}
                ),
                MACHINE,
                objective=objective,
            )
            exact = {"energy": again.energy, "cycles": again.cycles, "edp": again.energy * again.cycles}[objective]
            assert point.cost == exact
        for each in found.rounds:
            assert all(loss <= budget for loss in each.losses)
            assert objective == "edp" or each.exact <= each.relaxed * (1 + 1e-12)


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_no_point_of_a_grid_is_much_better() -> None:
    # Three prices and a budget leave two free densities: a grid of them, the third as low as the budget allows.
    budget, tuner = 0.2, DensityTuner(NET, MACHINE, proxy, steps=150, rounds=3)
    found, best = tuner.tune(budget), np.inf
    for first in np.geomspace(0.1, 1, 5):
        for last in (0.5, 0.6, 0.8, 1.0):
            left = budget - float(PRICES[[0, 2]] @ [1 / first - 1, 1 / last - 1])
            if left >= 0:
                middle = max(PRICES[1] / (left + PRICES[1]), 0.02)
                best = min(best, tuner.point(np.array([first, middle, last])).cost)
    assert found.tuned.cost <= best * 1.001


@pytest.mark.slow
@pytest.mark.usefixtures("small_chunks")
def test_a_proxy_that_turns_undefined_on_the_way_names_the_densities() -> None:
    # Uniform densities never reach the hole: only a wide layer that is pruned far more than the first one does.
    said = refusal(0.5, lambda d: jnp.where(d[1] < 0.2 * d[0], jnp.nan, proxy(d)), steps=60, rounds=1)
    assert "returned NaN for the densities conv = " in said or "gradient" in said
