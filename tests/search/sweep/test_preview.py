"""The first design of a sweep, by a program of its own and by that of the sweep."""

from dataclasses import replace

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets import ACCELERATORS, accelerator
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.report.sweep.headers import first_line
from eyeriss_jax.search.space import METRICS, QUANTITIES, quantities_of
from eyeriss_jax.search.sweep import First, Sweep, preview
from tests.search.sweep.sweep_cases import NETWORK, reference, small_sweep

ROUNDING = 1e-5
"""What float32 may differ by, relatively, where one side adds and multiplies in one rounding and the other in two."""


def every_part(sweep):
    return range(sweep.parts)


def test_the_preview_is_what_the_sweep_finds():
    sweep, _ = reference()
    early, found = preview(sweep, every_part(sweep)), sweep.first(every_part(sweep))
    assert early is not None
    assert found is not None
    assert early.index == found.index == 0
    assert set(early.row) == set(METRICS)
    for name, value in early.row.items():
        assert value == pytest.approx(found.row[name], rel=ROUNDING)


def test_the_first_design_is_the_one_that_is_kept():
    sweep, _ = reference()
    found = sweep.first(every_part(sweep))
    assert found is not None
    _, _, rows = sweep.run_part(0)[1].fetch()
    assert list(found.row) == list(sweep.program.columns.names)
    np.testing.assert_array_equal(np.float32(list(found.row.values())), rows[:, 0])


@pytest.mark.slow  # the law of sparse layers is another program
def test_the_preview_of_layers_with_zeros():
    layer = replace(NETWORK.layers[0], sparsity=Sparsity(iact=0.5, weight=0.4))
    network = Network(name="sparse", layers=(layer,), source="made up")
    sweep = small_sweep(network=network, axes={"clock_hz": (1e8, 2e8)})
    early, found = preview(sweep, every_part(sweep)), sweep.first(every_part(sweep))
    assert early is not None
    assert found is not None
    assert {name: found.row[name] for name in early.row} == pytest.approx(early.row, rel=1e-4)


def test_designs_that_break_a_constraint_are_passed_over():
    sweep = small_sweep(constraints={"glb_bytes": {"at_least": 40_000}})
    early = preview(sweep, every_part(sweep))
    assert early is not None
    assert [sweep.space.values(i)["glb_bits.iact"] for i in (0, early.index)] == [12288, 36864]


def test_where_no_design_can_do_there_is_no_preview():
    sweep = small_sweep(constraints={"pes": {"at_most": 1}})
    assert preview(sweep, every_part(sweep)) is None


def test_a_design_that_cannot_be_built_is_passed_over(monkeypatch):
    sweep = small_sweep()
    build = type(sweep.space).design

    def design(space, index):
        if index == 0:
            raise SpecError("no such thing")
        return build(space, index)

    monkeypatch.setattr(type(sweep.space), "design", design)
    early = preview(sweep, every_part(sweep))
    assert early is not None
    assert early.index == 1


def test_a_preview_does_not_wait_for_the_programs_of_the_sweep(monkeypatch):
    sweep = small_sweep()
    monkeypatch.setattr(Sweep, "compile", None)
    assert preview(sweep, every_part(sweep)) is not None
    assert not sweep.program._compiled


@pytest.mark.parametrize("name", ACCELERATORS)
def test_quantities_on_the_host_are_those_on_a_device(name):
    machine = accelerator(name)
    for quantity, value in quantities_of(machine, tuple(QUANTITIES)).items():
        assert value == pytest.approx(float(QUANTITIES[quantity](machine.build())), rel=1e-6)


def test_the_line_has_the_objectives_in_their_units():
    row = {"inferences_per_s": 1234.0, "inferences_per_energy": 56.0, "area_mm2": 13.4, "utilization": 0.8}
    objectives = "inferences_per_s", "inferences_per_energy", "area_mm2"
    line = first_line(First(index=1500, row=row), objectives, "pJ")
    assert line == "first result: design 1,500: 1,234 inf/s, 56.0 inf/J, 13.4 mm²"
    relative = first_line(First(index=1500, row=row), objectives, "energy of one 16-bit MAC")
    assert relative == line.replace("inf/J", "inf/energy")
