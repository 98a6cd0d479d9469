"""The sweep engine: what it finds is what the model says, however the work is divided."""

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from eyeriss_jax.dataflow.mapping import LoopOrder
from eyeriss_jax.dataflow.mapspace import Outer, host_mapping, mapping_of
from eyeriss_jax.dims import DIMS, GROUPS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.area import area_of
from eyeriss_jax.layers import Layer
from eyeriss_jax.layers.networks import known_network
from eyeriss_jax.layers.networks.base import Network
from eyeriss_jax.layers.sparsity import Sparsity
from eyeriss_jax.model.eyexam import LOSSES
from eyeriss_jax.report.sweep import answers
from eyeriss_jax.search.batch import inner_of
from eyeriss_jax.search.mapping import evaluate_exactly
from eyeriss_jax.search.space import objectives
from eyeriss_jax.search.store import Store
from eyeriss_jax.search.sweep import Events, Settings, collect, merged, missing_parts, run_missing
from eyeriss_jax.search.sweep.shortlist import shortlist
from tests.search.sweep.sweep_cases import AXES, NETWORK, reference, run, same, small_sweep


def brute_force(layer, machine, settings):
    """Best (cycles, energy) over the same shortlist, by the model in float64, one mapping at a time."""
    found = shortlist(layer, (machine,), settings.inners, settings.tilings)
    best = (np.inf, np.inf)
    for k in range(found.inner.shape[-1]):
        for parts in found.parts:
            for dram, glb in found.orders:
                outer = Outer(
                    parts=Dims(**dict(zip(DIMS, map(int, parts), strict=True))),
                    dram_order=LoopOrder(**dict(zip(GROUPS, map(int, dram), strict=True))),
                    glb_order=LoopOrder(**dict(zip(GROUPS, map(int, glb), strict=True))),
                )
                mapping = host_mapping(mapping_of(layer.build().dims, inner_of(found.inner[:, :, k]), outer))
                result = evaluate_exactly(machine, layer, mapping)
                if not result.code:
                    best = min(best, (result.cycles.total, result.energy.total))
    return best


def test_who_comes_while_the_programs_compile_waits_for_both(monkeypatch):
    program, made = small_sweep().program, []

    def slowly(job, workload):
        made.append(job)
        time.sleep(0.2)
        program._compiled.update(search=len, finish=len)

    monkeypatch.setitem(program.__dict__, "_compile", slowly)
    with ThreadPoolExecutor(2) as threads:
        for seen in [threads.submit(lambda: program.compile(None, None) or set(program._compiled)) for _ in range(2)]:
            assert seen.result() == {"search", "finish"}
    assert made == [None]


def test_a_design_costs_what_the_model_says_of_its_best_mappings():
    sweep, result = reference()
    design = int(result.top.index[0])
    machine = sweep.space.design(design)
    small, settings = machine, Settings(inners=3, tilings=2)
    row = dict(zip(sweep.program.columns.names, result.top.rows[:, 0], strict=True))
    best = [brute_force(layer, small, settings) for layer in NETWORK.layers]
    assert row["inferences_per_s"] >= machine.clock_hz / sum(cycles for cycles, _ in best) * (1 - 1e-6)
    assert row["area_mm2"] == pytest.approx(float(area_of(machine).mm2), rel=1e-5)


@pytest.mark.slow  # the law of sparse layers is another program
def test_a_layer_with_zeros_costs_what_the_model_says_of_its_best_mapping():
    layer = replace(NETWORK.layers[0], sparsity=Sparsity(iact=0.5, weight=0.4))
    sweep = small_sweep(
        network=Network(name="sparse", layers=(layer,), source="made up"), axes={"clock_hz": (1e8, 2e8)}
    )
    result = run(sweep)
    machine = sweep.space.design(int(result.top.index[0]))
    cycles, _ = brute_force(layer, machine, sweep.settings)
    row = dict(zip(sweep.program.columns.names, result.top.rows[:, 0], strict=True))
    assert row["inferences_per_s"] == pytest.approx(machine.clock_hz / cycles, rel=1e-5)


def test_shares_of_cycles_add_up():
    sweep, result = reference()
    first = sweep.program.columns.names.index("useful share")
    shares = result.front.rows[first : first + 1 + len(LOSSES)]
    np.testing.assert_allclose(shares.sum(0), 1, atol=1e-5)
    assert (shares >= 0).all()


@pytest.mark.slow  # the law of sparse layers is another program
@pytest.mark.parametrize("name", ["alexnet_sparse", "mobilenet_v1_0.5_128_sparse"])
def test_networks_with_zeros_add_up_and_stay_below_the_peak(name):
    network = known_network(name)
    sweep = small_sweep(
        network=network, axes={"noc_words_per_cycle": {"iact": (3, 9)}, "clock_hz": (1e8, 2e8)}, inners=32
    )
    result = run(sweep)
    assert result.feasible == 4
    names = sweep.program.columns.names
    first = names.index("useful share")
    for column in range(len(result.top.index)):
        row = dict(zip(names, map(float, result.top.rows[:, column]), strict=True))
        machine = sweep.space.design(int(result.top.index[column]))
        shares = [row[share] for share in names[first : first + 1 + len(LOSSES)]]
        assert sum(shares) == pytest.approx(1, abs=2e-6)
        assert min(shares) >= 0
        assert row["useful share"] == pytest.approx(row["utilization"], rel=1e-5)
        assert row["utilization"] < 1
        assert row["workload imbalance share"] > 0.01
        # At least the MACs of two nonzero values take up a lane; those of layers that run raw all do.
        effectual = sum(x.macs * x.repeat * x.sparsity.iact * x.sparsity.weight for x in network.layers)
        assert row["inferences_per_s"] <= machine.macs_per_cycle * machine.clock_hz / effectual * network.inferences


def test_energy_shares_add_up():
    sweep, result = reference()
    energy = [i for i, name in enumerate(sweep.program.columns.names) if name.endswith("energy share")]
    np.testing.assert_allclose(result.front.rows[energy].sum(0), 1, atol=1e-5)


@pytest.mark.parametrize("per_part", [7, 48])
def test_result_does_not_depend_on_parts(per_part):
    assert same(run(small_sweep(designs_per_part=per_part)), reference()[1])


def test_a_finished_sweep_shows_more_or_fewer_of_its_best_designs(tmp_path):
    """By area, where the best are not taken from the front: parts of another ``top`` and ``front`` serve any."""
    by_area = {"objectives": ("area_mm2", "inferences_per_s"), "designs_per_part": 24}
    few, many = small_sweep(top=2, front=2, **by_area), small_sweep(top=20, **by_area)
    store = Store(tmp_path, {})
    store.begin()
    run_missing(few, store, missing_parts(few, store, Events()), Events(), all_rows=False)
    index, _, rows = (
        np.concatenate(each, axis=-1) for each in zip(*(few.run_part(i)[1].fetch() for i in (0, 1)), strict=True)
    )
    best = index[np.lexsort((index, rows[few.program.columns.names.index("area_mm2")]))]
    for sweep in (few, many):
        assert missing_parts(sweep, store, Events()) == []
        top = answers(sweep, collect(sweep, store), "pJ").top
        assert [design.index for design in top] == list(best[: sweep.settings.top])


def test_a_front_too_large_for_the_device_spills_to_the_host():
    sweep = small_sweep(front=2)
    assert same(run(sweep), reference()[1])


@pytest.mark.slow  # another space is another program
def test_constraints_hold_and_count():
    _, whole = reference()
    limited = small_sweep(constraints={"clusters": {"at_most": 4}, "area_mm2": {"at_most": 100.0}})
    result = run(limited)
    assert result.seen == limited.space.size
    assert 0 < result.feasible == limited.space.size // 2
    assert (result.front.index < limited.space.rates).all()
    assert whole.feasible == limited.space.size


def test_a_space_without_any_design_has_no_mappings():
    assert small_sweep(constraints={"pes": {"at_most": 1}}).mappings() == 0


@pytest.mark.slow  # another space is another program
def test_memory_stays_flat():
    ports = {t: {"first": 1, "last": 16, "step": 1} for t in ("iact", "weight", "psum")}
    sweep = small_sweep(axes={"noc_words_per_cycle": ports, "clock_hz": {"first": 1e8, "last": 1e9, "points": 64}})

    def resident():
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6

    total, sizes = sweep.blank, []
    for number in range(60):
        total = merged(total, sweep.run_part(number)[0], sweep.program.top)
        sizes.append(resident())
    assert total.seen == 60 * 1024
    assert sizes[-1] - sizes[5] < 50  # megabytes


def test_rows_are_all_designs():
    sweep, result = reference()
    _, rows = sweep.run_part(0)
    index, feasible, values = rows.fetch()
    assert list(index) == list(range(sweep.space.size))
    assert feasible.sum() == result.feasible
    best = sweep.program.columns.names.index("inferences_per_s")
    assert values[best].max() == result.top.rows[best, 0]


def test_wider_ports_and_a_faster_clock_never_hurt():
    sweep, result = reference()
    at = 0
    for axis in sweep.space.axes:
        best = result.best[0, at : at + len(axis.values)]
        at += len(axis.values)
        if axis.field in ("noc_words_per_cycle.iact", "noc_words_per_cycle.weight", "clock_hz", "glb_bits.iact"):
            assert (np.diff(best) >= 0).all()


def test_objectives_that_are_not_metrics_are_refused():
    with pytest.raises(SpecError, match="did you mean 'area_mm2'"):
        objectives(("inferences_per_s", "area_mm"))
    with pytest.raises(SpecError, match="at least one"):
        objectives(())
    with pytest.raises(SpecError, match="twice"):
        objectives(("area_mm2", "area_mm2"))


def test_devices_are_the_local_ones():
    assert small_sweep().program.devices == tuple(jax.local_devices())


AROUND = AXES | {"cluster_rows": (4, 8)}


def test_the_base_design_is_measured_as_all_designs_are():
    """Where it is a point of the space, bit for bit; elsewhere by the same program."""
    around = small_sweep(axes=AROUND)
    found = around.base(around.base_row())
    index, _, rows = around.run_part(0)[1].fetch()
    row = rows[:, list(index).index(found.index)]
    assert found.row == dict(zip(around.program.columns.names, map(float, row), strict=True))
    outside = reference()[0].base(reference()[0].base_row())
    assert (outside.index, outside.row) == (None, found.row)
    assert found.broken == outside.broken == ()


def test_targets_are_met_by_the_designs_that_count():
    whole = small_sweep(axes=AROUND)
    rates = whole.run_part(0)[1].fetch()[2][0]
    limit = {"tiny:inferences_per_s": {"at_least": float(np.median(rates))}}
    found = run(small_sweep(axes=AROUND, constraints=limit))
    assert found.feasible == (rates >= np.median(rates)).sum() < len(rates)
    assert (found.front.rows[0] >= np.median(rates)).all()
    none = small_sweep(axes=AROUND, constraints={"tiny:inferences_per_s": {"at_least": 2 * float(rates.max())}})
    missed = run(none)
    assert (missed.feasible, missed.unmapped) == (0, 0)
    assert missed.excess == pytest.approx(np.ones((2, 1)), abs=1e-5)  # an octave
    assert "tiny:inferences_per_s is" in none.base(none.base_row()).broken[0]


def test_a_target_of_another_network_is_refused():
    with pytest.raises(SpecError, match="unknown name 'resnet50'"):
        small_sweep(constraints={"resnet50:inferences_per_s": {"at_least": 30}})


@pytest.mark.slow  # every widening is another program
def test_a_short_shortlist_is_no_infeasible_design():
    """One mapping of a layer does not fit a tiny GLB; more are tried, and what still has none is counted."""
    sweep, heard = small_sweep(axes=AXES | {"glb_bits.iact": (512, 1024)}, inners=1, tilings=1), []
    result, rows = sweep.run_part(0, on_wider=lambda designs, settings: heard.append((designs, settings.inners)))
    assert [inners for _, inners in heard] == [4, 16]
    assert result.feasible + result.unmapped == result.seen == 48
    assert 0 < result.feasible == rows.fetch()[1].sum()
    assert list(rows.fetch()[0]) == list(range(48))


def test_a_rate_is_of_inferences_and_not_of_the_first_layers_rows():
    """In an imported language model N of a product is its tokens: twelve of them are one inference here."""
    tokens = Layer.fully_connected("tokens", 64, 48, batch=12)
    words = Network(name="words", source="this test", layers=(tokens,), batch=1)
    assert small_sweep(network=words).workload.inferences.tolist() == [words.inferences] == [1]
