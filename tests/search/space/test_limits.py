"""Constraints that no design meets: which one is named, and how far it has to move."""

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.hardware.presets.isca16 import isca16
from eyeriss_jax.layers import network
from eyeriss_jax.search.space import Constraint, check_reachable, closest, design_space, excess_of, loosened, why_none
from eyeriss_jax.search.sweep import Settings, Sweep

V2 = accelerator("eyeriss_v2")
FAST = Constraint(quantity="resnet50:inferences_per_s", at_least=30)
SMALL = Constraint(quantity="energy_per_inference", at_most=2e-3)


def test_constraints_on_what_a_machine_achieves_are_targets():
    given = {
        "resnet50:inferences_per_s": {"at_least": 30}, "energy_per_inference": {"at_most": 2e-3},
        "pes": {"at_least": 9},
    }  # fmt: skip
    space = design_space(V2, {"lanes": (1, 2)}, given)
    assert (space.targets, [c.quantity for c in space.constraints]) == ((FAST, SMALL), ["pes"])
    nested = design_space(V2, {"lanes": (1, 2)}, {"inferences_per_s": {"resnet50": {"at_least": 30}}})
    assert nested.targets == (FAST,)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"inference_per_s": {"at_least": 1}}, "did you mean 'inferences_per_s'"),
        ({"resnet50:utilization": {"at_least": 1}}, "unknown name 'utilization'"),
        ({"inferences_per_s": {"at_least": "eyeriss_v2"}}, "must be a number"),
    ],
)
def test_a_target_that_is_none_is_refused(given, words):
    with pytest.raises(SpecError) as error:
        design_space(V2, {"lanes": (1, 2)}, given)
    assert words in str(error.value)


def test_one_that_makes_room_alone_is_named_with_the_value_of_the_closest_design():
    """Designs (inf/s, J): the second misses only the rate, by the least."""
    excess = np.stack([excess_of(FAST, np.array([60, 27.0, 20])), excess_of(SMALL, np.array([4e-3, 1e-3, 1e-3]))])
    words = loosened((FAST, SMALL), closest(excess))
    assert "loosen resnet50:inferences_per_s: at_least 30 to 27 (10.0 % less)" in words


def test_bounds_are_rounded_so_that_the_design_is_within():
    excess = np.stack([excess_of(SMALL, np.array([3.00004e-3]))])
    assert "at_most 0.002 to 0.003001 " in loosened((SMALL,), closest(excess))


def test_one_that_nothing_meets_is_named_where_none_makes_room_alone():
    excess = np.stack([excess_of(FAST, np.array([20.0, 29])), excess_of(SMALL, np.array([3e-3, 9e-3]))])
    words = loosened((FAST, SMALL), closest(excess))
    assert words.startswith("no design comes closer than resnet50:inferences_per_s: at_least 30 to 29")
    assert "energy_per_inference: at_most 0.002 to 0.003" in words


def test_a_pair_that_excludes_each_other_is_told():
    limits = (FAST, SMALL, Constraint(quantity="pes", at_most=100))
    excess = np.array([[-1, 1, 1.0], [1, -1, 1.0], [1, 1, -1.0]])
    assert loosened(limits, closest(excess)).endswith("loosen two")


def test_a_space_names_which_of_its_constraints_to_loosen():
    limits = {"pes": {"at_least": 192}, "area_mm2": {"at_most": 15}}
    space = design_space(V2, {"cluster_rows": (2, 4, 8, 16), "clock_hz": (1e8, 2e8)}, limits)
    check_reachable(space)  # each is met by some design
    assert "loosen pes: at_least 192 to 96 (50.0 % less)" in why_none(space, "")


def test_without_constraints_it_is_what_an_array_shape_lacks():
    space = design_space(V2, {"dataflow": ("ws", "nlr")})
    sweep = Sweep(space=space, networks=(network("alexnet"),), objectives=("inferences_per_s", "area_mm2"))
    assert sweep.mappings() == 0
    assert "'eyeriss_v2' has several array axes" in why_none(space, sweep.refusal)


def test_a_layer_without_room_is_named():
    space = design_space(isca16("ws"), {"pe_rows": (16, 32)})
    settings = Settings(conventions="isca16")
    sweep = Sweep(
        space=space, networks=(network("alexnet"),), objectives=("inferences_per_s", "area_mm2"), settings=settings
    )
    assert sweep.mappings() == 0
    assert why_none(space, sweep.refusal).endswith("layer 'CONV1': ws needs 121 PEs at least")
