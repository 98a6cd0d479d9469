"""No result below physics, whatever the mapping and the accounting conventions.

Every MAC needs a MAC unit for a cycle, and every word that is used has to come from somewhere at least once. A tool
that reports less has made an error, not a discovery.
"""

import dataclasses
import math
from collections import Counter
from functools import partial
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from eyeriss_jax.compiling import jit_unfused
from eyeriss_jax.dataflow.mapping import AXES, ORDERS, LoopOrder, MappingArrays
from eyeriss_jax.dims import DIMS, TYPES, Dims, PerType
from eyeriss_jax.errors import SpecError
from eyeriss_jax.hardware.presets.generic import timeloop_e168
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import CONVENTIONS, OURS, Conventions
from eyeriss_jax.model.evaluate import evaluate
from eyeriss_jax.model.evaluation import Evaluation
from tests.laws.loop_walk import Counts, tiles_of, walk, whole_layer
from tests.laws.strategies import Case, cases

# The presets of tools, and ours with each switch turned over.
VARIANTS: dict[str, Conventions] = CONVENTIONS | {
    switch.name: dataclasses.replace(OURS, **{switch.name: not getattr(OURS, switch.name)})
    for switch in dataclasses.fields(Conventions)
}

# Each variant is a law of its own to compile, in 2.5 CPU-seconds: the fast tests take a tool and a switch of either
# sign, the slow ones all.
FEW = ("ours", "timeloop", "stationary_across_dram", "register_reread")
ALL = tuple(VARIANTS)
few_or_all = pytest.mark.parametrize(
    "names", [pytest.param(FEW, id="few"), pytest.param(ALL, id="all", marks=pytest.mark.slow)]
)

# Equations count reuse, not a machine's schedule: the first word may cost nothing, or never rest in the SPad.
EQUATIONS = ("one_rf", "reuse_equations")

# Our own conventions with the switch turned over count more (+1) or less (-1), never the other way. ``nested_tiles``
# may do either: steps that each level rounds up for itself are more, but on tiles that are never smaller.
SIGN: dict[str, int] = {
    "sliding_window": +1,
    "halo_multicast": +1,
    "stationary_across_dram": +1,
    "charge_drain": -1,
    "refill_to_pes": +1,
    "elide_zero": +1,
    "register_reread": -1,
    "padding_in_dram": +1,
    "glb_slides": +1,
    "glb_iacts_stay": +1,
    "pass_multicast": -1,
}


small_cases = partial(settings, suppress_health_check=list(HealthCheck))


def layer_of(case: Case) -> Layer:
    """The case's layer; a case whose outputs read nothing but padding is none."""
    try:
        return Layer(name="drawn", **case.layer_fields)
    except SpecError:
        assume(False)
        raise


@partial(jit_unfused, static_argnames="names")
def _evaluate_all(accelerator: Any, layer: Any, mapping: Any, names: tuple[str, ...]) -> dict[str, Evaluation]:
    """One program for several variants: most of it is common to them."""
    return {name: evaluate(accelerator, layer, mapping, VARIANTS[name]) for name in names}


def evaluations(
    case: Case, names: tuple[str, ...], keeps: tuple[str, ...] = ("iact", "psum"), lanes: int = 1
) -> dict[str, Evaluation]:
    """The case under the variants ``names``, as Python floats."""
    accelerator = timeloop_e168(keeps=keeps).replace(lanes=lanes)
    layer = layer_of(case)
    return jax.tree.map(float, _evaluate_all(accelerator.build(), layer.build(), case.mapping, names))


def schedules(case: Case, names: tuple[str, ...], **machine: Any) -> list[Evaluation]:
    """Those of ``names`` that count the words of a schedule."""
    return [found for name, found in evaluations(case, names, **machine).items() if name not in EQUATIONS]


def places(mapping: MappingArrays) -> int:
    """PEs that the mapping asks for."""
    return math.prod(getattr(mapping, axis)[dim] for axis in AXES for dim in DIMS)


machines = st.fixed_dictionaries(
    {
        "keeps": st.sets(st.sampled_from(TYPES)).map(lambda kept: tuple(t for t in TYPES if t in kept)),
        "lanes": st.integers(1, 3),
    }
)


@few_or_all
@small_cases()
@given(case=cases(), machine=machines)
def test_macs_need_mac_units(case: Case, machine: dict[str, Any], names: tuple[str, ...]) -> None:
    units = places(case.mapping) * machine["lanes"]
    for evaluation in evaluations(case, names, **machine).values():
        assert evaluation.macs == math.prod(case.dims.values())
        assert evaluation.cycles.total >= evaluation.cycles.compute >= evaluation.macs / units
        assert evaluation.active_pes <= places(case.mapping)
        assert 0 < evaluation.utilization <= 1


@few_or_all
@small_cases()
@given(case=cases(), machine=machines)
def test_every_word_that_is_used_moves_at_least_once(
    case: Case, machine: dict[str, Any], names: tuple[str, ...]
) -> None:
    layer = layer_of(case)
    real_iacts = layer.G * layer.N * layer.C * math.prod(layer.touched_input)
    used = PerType(iact=real_iacts, weight=layer.weights, psum=layer.oacts)
    for evaluation in schedules(case, names, **machine):
        assert evaluation.dram.iact.reads >= used.iact
        assert evaluation.dram.weight.reads >= used.weight
        assert evaluation.dram.psum.updates >= used.psum
        for data_type in TYPES:
            sent = evaluation.dram[data_type]
            if data_type in machine["keeps"]:
                sent = evaluation.glb[data_type]
                assert sent.reads + sent.updates >= used[data_type]
                assert data_type == "psum" or sent.fills >= used[data_type]
            # One word read or written there serves one PE or several.
            assert evaluation.noc[data_type] >= (sent.updates if data_type == "psum" else sent.reads)
            assert evaluation.noc[data_type] >= used[data_type]
        compulsory = 200 * sum(used[data_type] for data_type in TYPES)
        assert evaluation.energy.total >= evaluation.macs + compulsory


@few_or_all
@small_cases()
@given(case=cases(), machine=machines)
def test_every_mac_takes_its_operands_from_the_spads(
    case: Case, machine: dict[str, Any], names: tuple[str, ...]
) -> None:
    """An iact may serve the PE's output channels from a register; nothing else is spared."""
    channels = min(case.mapping.spad.M, case.dims["M"])
    for evaluation in schedules(case, names, **machine):
        spad, noc, macs = evaluation.spad, evaluation.noc, evaluation.macs
        assert spad.weight.reads == spad.psum.updates == macs
        assert macs / channels <= spad.iact.reads <= macs
        assert macs - noc.psum <= spad.psum.reads <= macs + noc.psum
        assert spad.weight.fills == noc.weight
        assert spad.iact.fills == noc.iact <= macs


def padding_as_input(case: Case) -> Case:
    """The case with its padding turned into true input."""
    top, bottom, left, right = case.padding
    height, width = case.input_size
    return dataclasses.replace(case, padding=(0, 0, 0, 0), input_size=(height + top + bottom, width + left + right))


@few_or_all
@small_cases()
@given(case=cases(), machine=machines)
def test_a_switch_changes_all_counts_in_one_direction(
    case: Case, machine: dict[str, Any], names: tuple[str, ...]
) -> None:
    """Without padding, whose share of what DRAM tiles fetch is not exact for every tiling of the filter."""
    assert SIGN.keys() == {switch.name for switch in dataclasses.fields(Conventions)} - {*EQUATIONS, "nested_tiles"}
    results = evaluations(padding_as_input(case), names, **machine)

    def counts(variant: str) -> np.ndarray:
        result = results[variant]
        return np.array(jax.tree.leaves((result.spad, result.noc, result.glb, result.dram, result.cycles)))

    for switch in SIGN.keys() & set(names):
        sign = SIGN[switch]
        assert (sign * (counts(switch) - counts("ours")) >= 0).all()


def in_separate_dram_tiles(case: Case) -> list[tuple[int, Counts]]:
    """(how many, walked alone) for every size of DRAM tile."""
    glb = {dim: int(case.mapping.glb[dim]) for dim in DIMS}
    tiles = tiles_of(whole_layer(case.dims), glb, case.mapping.dram_order)
    sizes = Counter(tuple(stop - start for start, stop in tile) for tile in tiles)

    def alone(size: tuple[int, ...]) -> Counts:
        dims = dict(zip(DIMS, size, strict=True))
        input_size = tuple(
            (dims[out] - 1) * step + (dims[tap] - 1) * apart + 1
            for out, tap, step, apart in zip("EF", "RS", case.stride, case.dilation, strict=True)
        )
        return walk(dims, case.stride, case.dilation, (0, 0, 0, 0), input_size, case.mapping)

    return [(count, alone(size)) for size, count in sizes.items()]


@small_cases()
@given(cases())
def test_without_stationarity_across_dram_every_dram_tile_starts_from_an_empty_array(case: Case) -> None:
    """Then the array's traffic is that of the DRAM tiles, each walked as a layer of its own."""
    evaluation = evaluations(case, FEW)["stationary_across_dram"]
    walked = in_separate_dram_tiles(case)
    assert evaluation.spad.iact.fills == sum(n * tile.spad_fills["iact"] for n, tile in walked)
    assert evaluation.spad.weight.fills == sum(n * tile.spad_fills["weight"] for n, tile in walked)
    assert evaluation.noc.psum == sum(n * tile.psum_visits_pe for n, tile in walked)
    assert evaluation.glb.iact.reads == sum(n * tile.unique["iact"] for n, tile in walked)
    assert evaluation.dram.weight.reads == sum(n * tile.unique["weight"] for n, tile in walked)
    assert evaluation.glb.psum.updates == sum(n * tile.unique["psum"] for n, tile in walked)


# AlexNet CONV2 on 168 MAC units


ALEXNET_CONV2 = Layer(name="CONV2", M=256, C=48, E=27, F=27, R=5, S=5)
GAMMA_CYCLES = 77_400  # what GAMMA, a search on top of MAESTRO, reports for this layer on this machine


def random_mappings(rng: np.random.Generator, count: int, rows: int, cols: int) -> MappingArrays:
    """``count`` mappings of CONV2 with at most two dimensions on each PE axis, batch last."""
    extents = {dim: ALEXNET_CONV2.extent(dim) for dim in DIMS}

    def tile_sizes() -> Dims:
        return Dims.build(lambda dim: rng.integers(1, extents[dim], count, endpoint=True))

    def factors(length: int) -> Dims:
        drawn = np.ones((len(DIMS), count), int)
        first, second = rng.integers(len(DIMS), size=(2, count))
        each = np.arange(count)
        drawn[first, each] = rng.integers(1, length, count, endpoint=True)
        drawn[second, each] *= rng.integers(1, length // drawn[first, each], count, endpoint=True)
        return Dims(**dict(zip(DIMS, drawn, strict=True)))

    def order() -> LoopOrder:
        ranks = np.array([[chosen.index(group) for group in ("M", "CRS", "NEF")] for chosen in ORDERS])
        drawn = ranks[rng.integers(len(ORDERS), size=count)]
        return LoopOrder(M=drawn[:, 0], CRS=drawn[:, 1], NEF=drawn[:, 2])

    one = Dims.build(lambda _: np.ones(count, int))
    return MappingArrays(
        glb=tile_sizes(), cluster_rows=one, cluster_cols=one, pe_rows=factors(rows), pe_cols=factors(cols),
        spad=tile_sizes(), dram_order=order(), glb_order=order(),
    )  # fmt: skip


@jit_unfused
def _cycles(accelerator: Any, layer: Any, mappings: Any) -> tuple[jax.Array, jax.Array]:
    """Cycles of a batch of mappings, and the lower bounds on them that the mapper prunes with."""

    def both(mapping: MappingArrays) -> tuple[jax.Array, jax.Array]:
        exact, least = (evaluate(accelerator, layer, mapping, OURS, at_least=bound) for bound in (False, True))
        return exact.cycles.total, least.cycles.total

    return jax.vmap(both)(mappings)


def test_alexnet_conv2_never_takes_the_cycles_that_gamma_reports() -> None:
    """223.9 M MACs keep 168 units busy for 1,333,029 cycles: 77,400 is out of reach, even for our lower bounds."""
    machine = timeloop_e168()
    bound = ALEXNET_CONV2.macs / machine.macs_per_cycle
    assert math.ceil(bound) == 1_333_029 > GAMMA_CYCLES
    drawn = random_mappings(np.random.default_rng(0), 4096, machine.pe_rows, machine.pe_cols)
    with jax.enable_x64(True):
        exact, least = map(np.asarray, _cycles(machine.build(), ALEXNET_CONV2.build(), drawn))
    assert np.isfinite(exact).all()
    assert (exact >= least).all()
    assert least.min() >= bound
