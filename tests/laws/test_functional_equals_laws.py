"""The functional model's counts against the closed forms: for any mapping they are equal, to the last word.

The two share the meaning of a mapping and no formula: the laws are products of sums in float64, the counts come from
the passes of an executed schedule and from listed index sets.
"""

from dataclasses import asdict, fields

import hypothesis.strategies as st
import pytest
from hypothesis import given, seed, settings

from eyeriss_jax.dataflow.mapping import ORDERS, Mapping, Order
from eyeriss_jax.dims import TYPES, Dims
from eyeriss_jax.functional.counting import Accounting, Counts, count
from eyeriss_jax.hardware import Accelerator
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.conventions import CONVENTIONS, Conventions
from eyeriss_jax.model.evaluation import Evaluation
from eyeriss_jax.search.mapping import evaluate_exactly
from tests.functional.execute.drawn import accelerators, drawn_layer, host_mapping, roomy

from .strategies import Case, cases


def predicted(laws: Evaluation) -> dict[str, float]:
    """The laws' counts by name."""
    levels = ("spad", "glb", "dram")
    kinds = ("reads", "fills", "updates")
    return {
        "macs": laws.macs,
        "active_pes": laws.active_pes,
        "compute_cycles": laws.cycles.compute,
        "chain_steps": laws.cycles.chain,
        **{f"noc.{t}": laws.noc[t] for t in TYPES},
        **{f"hops.{t}": laws.hops[t] for t in TYPES},
        **{f"port.{t}": laws.cycles.delivery[t] for t in TYPES},
        "returns": laws.cycles.returning,
        **{
            f"{level}.{t}.{kind}": getattr(getattr(laws, level)[t], kind)
            for level in levels
            for t in TYPES
            for kind in kinds
        },
    }


def counted(counts: Counts) -> dict[str, int]:
    """The functional model's counts by the same names."""
    return {
        "macs": counts.macs,
        "active_pes": counts.active_pes,
        "compute_cycles": counts.compute_cycles,
        "chain_steps": counts.chain_steps,
        **{f"noc.{t}": counts.noc[t] for t in TYPES},
        **{f"hops.{t}": counts.hops[t] for t in TYPES},
        **{f"port.{t}": counts.port[t] for t in TYPES},
        "returns": counts.returns,
        **{
            f"{level}.{t}.{kind}": words
            for level in ("spad", "glb", "dram")
            for t in TYPES
            for kind, words in asdict(getattr(counts, level)[t]).items()
        },
    }


def padding_is_exact(case: Case, layer: Layer) -> bool:
    """Where the padding law claims exactness: whole filters at the DRAM level and nothing skipped on the axis."""
    axes = zip((layer.R, layer.S), layer.stride, layer.dilation, layer.padding, strict=True)
    return case.whole_filters and all(
        not any(pad) or (dilation == 1 and taps >= stride) for taps, stride, dilation, pad in axes
    )


def laws_of(layer: Layer, mapping: Mapping, accelerator: Accelerator, preset: str) -> dict[str, float]:
    """The laws' counts by name, exact."""
    return predicted(evaluate_exactly(accelerator, layer, mapping, CONVENTIONS[preset]))


def accounting(conventions: Conventions) -> Accounting:
    """The switches that the functional model has."""
    return Accounting(**{field.name: getattr(conventions, field.name) for field in fields(Accounting)})


def assert_equal(case: Case, preset: str, data: st.DataObject) -> None:
    layer = drawn_layer(case)
    mapping = host_mapping(case)
    accelerator = data.draw(accelerators(mapping))
    counts = count(layer, mapping, accelerator, accounting(CONVENTIONS[preset]))
    expected = laws_of(layer, mapping, accelerator, preset)
    measured = counted(counts)
    if "iact" in accelerator.glb_keeps and not padding_is_exact(case, layer):
        del expected["dram.iact.reads"], measured["dram.iact.reads"]
    assert measured == expected
    assert_instances_add_up(counts, accelerator)


def assert_instances_add_up(counts: Counts, accelerator: Accelerator) -> None:
    """SPads, routers and banks moved between them what the levels did, and the busiest router what its law says."""
    where = counts.instances
    for t in TYPES:
        assert where.arrivals[t].sum() == counts.noc[t]
        assert where.spads[t].total == counts.spad[t]
        assert where.banks[t].total == counts.glb[t]
        assert where.cluster_words[t].sum() >= where.source_reads[t].sum()
        if accelerator.noc == "mesh":
            assert where.ports[t].sum() >= where.cluster_words[t].sum()
        if t != "psum" and t in accelerator.glb_keeps:
            assert where.source_reads[t].sum() == counts.glb[t].reads
    assert where.spads.weight.reads.sum() == counts.macs
    routers = where.ports.iact.shape[2]
    assert where.ports.iact.max() == -(-counts.port.iact // routers)


@given(cases(), st.sampled_from(sorted(CONVENTIONS)), st.data())
@settings(max_examples=250)  # 10,000 in the long run below
def test_every_count_equals_the_law(case: Case, preset: str, data: st.DataObject) -> None:
    assert_equal(case, preset, data)


@given(cases(whole_filters=True), st.sampled_from(sorted(CONVENTIONS)), st.data())
@settings(max_examples=100)
def test_dram_reads_without_padding_equal_the_law(case: Case, preset: str, data: st.DataObject) -> None:
    assert_equal(case, preset, data)


# Every dimension in several DRAM tiles with short last ones and halos; only the image; only the filters.
TILINGS = (
    {"N": 1, "M": 2, "C": 2, "E": 3, "F": 2, "R": 2, "S": 2},
    {"N": 2, "M": 5, "C": 3, "E": 3, "F": 5, "R": 3, "S": 3},
    {"N": 2, "M": 2, "C": 2, "E": 3, "F": 2, "R": 3, "S": 3},
    {"N": 2, "M": 5, "C": 2, "E": 7, "F": 2, "R": 3, "S": 3},
)


@pytest.mark.parametrize("glb", TILINGS, ids=lambda glb: "-".join(f"{d}{n}" for d, n in glb.items()))
@pytest.mark.parametrize("dram_order", ORDERS, ids=">".join)
def test_every_loop_order_of_a_tiled_layer(dram_order: Order, glb: dict[str, int]) -> None:
    layer = Layer(name="tiled", N=2, M=5, C=3, E=7, F=5, R=3, S=3, padding=((1, 1), (1, 1)))
    spatial = {"pe_rows": Dims(S=3), "pe_cols": Dims(F=2), "cluster_rows": Dims(C=2), "cluster_cols": Dims(M=2)}
    for glb_order in ORDERS:
        for E in (1, 2):
            mapping = Mapping(
                glb=Dims(**glb), spad=Dims(E=E, R=2), dram_order=dram_order, glb_order=glb_order, **spatial
            )
            machine = roomy(mapping, ("iact", "psum"), lanes=1, bypass=False)
            measured, expected = counted(count(layer, mapping, machine)), laws_of(layer, mapping, machine, "ours")
            if glb["R"] < layer.R:
                del expected["dram.iact.reads"], measured["dram.iact.reads"]
            assert measured == expected, (glb_order, E)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_every_count_equals_the_law_in_a_long_run(part: int) -> None:
    """10,000 cases in four parts, each short enough for a slow machine and none with the cases of another."""

    @seed(part)
    @given(cases(), st.sampled_from(sorted(CONVENTIONS)), st.data())
    @settings(max_examples=2500)
    def equal(case: Case, preset: str, data: st.DataObject) -> None:
        assert_equal(case, preset, data)

    equal()
