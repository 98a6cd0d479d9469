"""What the mapper minimises, and the refusal of anything else."""

import jax
import pytest

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer
from eyeriss_jax.search.mapping import evaluate_exactly
from eyeriss_jax.search.objectives import OBJECTIVES, dram_words, objective

# 24 iacts, 24 x 16 weights and 16 oacts, each moved once.
RESULT = evaluate_exactly(
    eyeriss_v2(),
    Layer.fully_connected("fc", 24, 16),
    Mapping(glb=Dims(M=16, C=24), spad=Dims(M=4, C=8), pe_rows=Dims(C=3), pe_cols=Dims(M=4)),
)


def test_dram_words_are_all_words_in_and_out() -> None:
    assert dram_words(RESULT) == 24 + 24 * 16 + 16


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cycles", (RESULT.cycles.total, RESULT.energy.total)),
        ("energy", (RESULT.energy.total, RESULT.cycles.total)),
        ("edp", (RESULT.energy.total * RESULT.cycles.total, RESULT.cycles.total)),
        ("movement", (RESULT.energy.dram + RESULT.energy.glb + RESULT.energy.noc, RESULT.cycles.total)),
        ("dram_words", (24 + 24 * 16 + 16, RESULT.cycles.total)),
    ],
)
def test_each_objective_has_its_metric_and_its_tie_break(name: str, expected: tuple[float, float]) -> None:
    assert objective(name) is OBJECTIVES[name]
    assert objective(name)(RESULT) == expected


def test_an_unknown_objective_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SpecError, match=r"unknown objective 'latency'") as error:
        objective("latency")
    assert all(name in str(error.value) for name in OBJECTIVES)
    with pytest.raises(SpecError, match=r"unknown objective 'accesses'; it is called 'dram_words' now"):
        objective("accesses")


@pytest.mark.parametrize("name", OBJECTIVES)
def test_objectives_trace(name: str) -> None:
    assert jax.eval_shape(OBJECTIVES[name], jax.tree.map(float, RESULT))[0].shape == ()
