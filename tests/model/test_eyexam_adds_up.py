"""One Eyexam for every layer: what it says adds up to all cycles, zeros skipped or not, and by hand."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eyeriss_jax.dataflow import RS_PLUS
from eyeriss_jax.dims import PerType
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.conventions import CONVENTIONS
from eyeriss_jax.model.evaluation import Cycles
from eyeriss_jax.model.eyexam import (
    CHOICE,
    LOSSES,
    USEFUL,
    Early,
    Searched,
    bounds,
    causes,
    cycles_by_cause,
    cycles_by_step,
    limiter,
    reached,
)
from eyeriss_jax.search.mapping import map_layer
from eyeriss_jax.search.mapping.network import examine
from tests.model.drawn_mappings import POINTS, evaluated, jobs

V2 = eyeriss_v2()


def by_hand(**terms: float) -> Cycles:
    """Cycles of 100 MAC cycles on an array that waits for nothing, but for ``terms``; ``port`` is that of iacts."""
    port = terms.pop("port", 0.0)
    found = {"compute": 100.0, "chain": 0.0, "waiting": 0.0, "exposed": 0.0, "ramp": 0.0} | terms
    return Cycles(
        **found,
        delivery=PerType(iact=port, weight=0.0, psum=0.0),
        returning=0.0,
        glb=0.0,
        dram=0.0,
        bandwidth_bound=max(100.0, port),
        total=sum(found.values()),
    )


def split(cycles: Cycles, searched: Searched | None = None) -> dict[str, float]:
    """The causes other than none, of 400 MACs on 8 units of which the array keeps 4 at work."""
    early = Early(macs=400, units=8, serial=1, counted=50, array=100)
    at = reached(early, searched or Searched.nothing(cycles), 400, cycles.total)
    return {cause: float(x) for cause, x in cycles_by_cause(50, at, cycles).items() if x}


def test_what_a_port_hides_is_no_cause_of_its_own() -> None:
    # Busy for 100 + 20 + 10 + 5 + 45 = 180 cycles, of which the port takes 150: of the 50 that it takes longer than the
    # MACs, 20 are the chain's, 10 of waiting PEs, and 20 of the exposed delivery. 5 refills and 7 of the edges ramp.
    found = split(by_hand(port=150.0, chain=20.0, waiting=10.0, exposed=45.0, ramp=12.0))
    assert found == {USEFUL: 50, "array shape": 50, "iact bandwidth": 50, "exposed delivery": 25, "ramp-up": 12}


def test_a_port_hides_the_refills_of_windows_too() -> None:
    # The port takes 200 cycles and the array is busy for 180: all of it is hidden, the 5 refills included.
    found = split(by_hand(port=200.0, chain=20.0, waiting=10.0, exposed=65.0, ramp=12.0))
    assert found == {USEFUL: 50, "array shape": 50, "iact bandwidth": 100, "ramp-up": 7}


def test_workload_imbalance_is_a_cause() -> None:
    found = split(by_hand(waiting=30.0, ramp=5.0))
    assert found == {USEFUL: 50, "array shape": 50, "workload imbalance": 30, "ramp-up": 5}


def test_a_mapping_that_is_not_the_fastest_on_average_costs_the_difference() -> None:
    # Another mapping would do with 110 cycles under every port, 105 of them compute; this one waits for 150.
    found = split(by_hand(port=150.0, exposed=50.0, ramp=5.0), Searched(storage=105.0, bandwidth=110.0))
    assert found == {
        USEFUL: 50, "array shape": 50, "storage": 5, "iact bandwidth": 5, "ramp-up": 5, CHOICE: 40,
    }  # fmt: skip


def test_skipping_shortens_the_first_three_steps_like_the_work() -> None:
    # 1,000 MACs, a quarter of them not skipped: 100 of them work at once, 13 passes keep 8 units at work on them.
    early = Early(macs=1000, units=8, serial=10, counted=130, array=40)
    at = reached(early, Searched(storage=60.0, bandwidth=80.0), 250, 100.0)
    assert at == (0.25, 2.5, 32.5, 40, 60, 80, 100)
    found = bounds(early, Searched(storage=60.0, bandwidth=80.0), 250, 100.0)
    assert found == pytest.approx((1000, 100, 1000 / 130, 6.25, 250 / 60, 3.125, 2.5))
    assert cycles_by_step(250 / 8, at) == (0, 0, 1.25, 7.5, 20, 20, 20)


def test_passes_are_whole() -> None:
    # M=64 C=3 E=5 R=2: 192 outputs and inputs beside each other are 48 passes of 4 MACs, 193 are 49; E and R follow.
    machine = V2.replace(pe_rows=1, pe_cols=2, cluster_rows=1, cluster_cols=1)
    for channels, passes in ((64, 48), (65, 49)):
        early = Early.of(Layer(name="c", M=channels, C=3, E=5, R=2), machine, RS_PLUS.parallel_dims(), 1.0)
        assert (early.serial, early.counted) == (10, passes * 10)


def test_a_step_that_knows_more_than_there_is_costs_no_more_than_all() -> None:
    # A mapping that was given may spread what the dataflow keeps in a PE.
    early = Early(macs=400, units=8, serial=900, counted=900, array=60)
    at = reached(early, Searched(60.0, 60.0), 400, 80.0)
    assert at == (1, 80, 80, 80, 80, 80, 80)
    assert sum(cycles_by_step(50, at)) == 30


@pytest.mark.parametrize(
    ("by_cause", "expected"),
    [
        ({"storage": 9.0, "iact bandwidth": 2.0, "ramp-up": 3.0}, "storage"),
        ({"storage": 4.0, "workload imbalance": 2.0, "ramp-up": 3.0}, "ramp-up"),
        ({"storage": 4.0, "workload imbalance": 4.0, "ramp-up": 3.0}, "workload imbalance"),
        ({"GLB bandwidth": 1.0}, "GLB bandwidth"),
        ({}, "none"),
    ],
)
def test_the_limiter_is_the_main_cause_of_the_costliest_step(by_cause: dict[str, float], expected: str) -> None:
    assert limiter(dict.fromkeys((USEFUL, *LOSSES, CHOICE), 0.0) | {USEFUL: 10.0} | by_cause) == expected


@pytest.mark.parametrize("convention", [name if name == "ours" else pytest.param(name, marks=pytest.mark.slow)
                                        for name in CONVENTIONS])  # fmt: skip
def test_everything_adds_up_for_every_network(convention: str) -> None:
    result = evaluated(convention)
    fits = result.code == 0
    assert fits.sum() > 0.2 * len(fits)
    assert (result.compressed[fits] > 0).sum() > 20
    known = [Early.of(j.layer, j.machine, RS_PLUS.parallel_dims(), float(j.space.plan_cycles[0])) for j in jobs()]
    early = Early(*(np.repeat(column, POINTS)[fits] for column in np.array(known).T))
    result = jax.tree.map(lambda x: x[fits], result)
    total = result.cycles.total
    for searched in (Searched.nothing(result.cycles), Searched(early.array, early.array)):
        useful = result.work / early.units
        at = reached(early, searched, result.work, total)
        by_cause = cycles_by_cause(useful, at, result.cycles)
        assert all((cycles >= -1e-12 * total).all() for cycles in by_cause.values())
        np.testing.assert_allclose(sum(by_cause.values()), total, rtol=1e-12)
        np.testing.assert_allclose(useful + sum(cycles_by_step(useful, at)), total, rtol=1e-12)
        np.testing.assert_allclose(useful / total, result.utilization, rtol=1e-12)
        assert (result.utilization <= 1 + 1e-12).all()
        assert all((np.asarray(after) >= before).all() for before, after in itertools.pairwise(at))


def test_the_same_function_runs_on_a_device() -> None:
    cycles = by_hand(port=150.0, chain=20.0, waiting=10.0, exposed=45.0, ramp=12.0)
    early = Early(macs=400.0, units=8.0, serial=1.0, counted=50.0, array=100.0)

    def on_device(early: Early, cycles: Cycles) -> dict:
        at = reached(early, Searched.nothing(cycles), 400.0, cycles.total, jnp)
        return cycles_by_cause(50.0, at, cycles, jnp)

    found = jax.jit(on_device)(early, cycles)
    assert {cause: float(x) for cause, x in found.items() if x} == split(cycles)


@pytest.mark.slow  # the mapper's programs for layers with zeros
def test_certified_layers_with_zeros_add_up() -> None:
    layers = {layer.name: layer for layer in network("alexnet_sparse").layers}
    for name in ("CONV3", "FC8"):
        found = examine(layers[name], V2, RS_PLUS, map_layer(layers[name], V2, RS_PLUS, chunk=4096))
        total = found.evaluation.cycles.total
        assert found.evaluation.compressed
        assert found.bounds[-1] == pytest.approx(found.work / total, rel=1e-12)
        assert sum(causes(found.evaluation, found.bounds, V2.macs_per_cycle).values()) == pytest.approx(
            total, rel=1e-12
        )
        # The weights of an FC layer take longer to come than slow PEs to compute.
        assert ("workload imbalance" in found.reasons[6]) == (name == "CONV3")
