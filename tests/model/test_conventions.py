"""The named accounting conventions, switch by switch as measured on the tools themselves."""

import dataclasses

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.model.conventions import ACCELFORGE, CONVENTIONS, OURS, TIMELOOP, ZIGZAG, Conventions, conventions


@pytest.mark.parametrize("name", CONVENTIONS)
def test_every_preset_is_found_by_name(name: str) -> None:
    assert conventions(name) is CONVENTIONS[name]


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SpecError, match=r"unknown conventions 'timelop'") as error:
        conventions("timelop")
    assert all(name in str(error.value) for name in CONVENTIONS)


def test_timeloop_drains_for_free_and_refills_every_pe() -> None:
    assert dataclasses.replace(OURS, charge_drain=False, refill_to_pes=True) == TIMELOOP


def test_only_timeloop_does_not_charge_drains() -> None:
    assert [name for name, preset in CONVENTIONS.items() if not preset.charge_drain] == ["timeloop"]


def test_accelforge_knows_neither_sliding_windows_nor_the_diagonal() -> None:
    assert (ACCELFORGE.sliding_window, ACCELFORGE.halo_multicast) == (False, False)


def test_zigzag_holds_a_register_that_is_read_again_for_free() -> None:
    assert [name for name, preset in CONVENTIONS.items() if not preset.register_reread] == ["zigzag"]
    assert not ZIGZAG.sliding_window


def test_presets_differ_and_are_usable_as_static_arguments() -> None:
    assert len({*CONVENTIONS.values()}) == len(CONVENTIONS)
    assert hash(Conventions()) == hash(OURS)
