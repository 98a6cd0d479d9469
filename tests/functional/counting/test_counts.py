"""Counts and reuse factors of small cases that can be derived by hand, per instance as well."""

import math

import numpy as np
import pytest

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import TYPES, Dims
from eyeriss_jax.functional.counting import Accounting, Reuse, Words, count, reuse_factors
from eyeriss_jax.hardware.presets import eyeriss_v2
from eyeriss_jax.layers.layer import Layer

V2 = eyeriss_v2().replace(oacts_bypass_glb=False, lanes=1)

# E = 16 outputs of R = 3 taps on 18 rows; 4 PEs of one cluster slide over 4 outputs each.
CONV1D = Layer(name="conv1d", M=1, C=1, E=16, R=3)
SLIDING = Mapping(glb=Dims(E=16, R=3), spad=Dims(E=4, R=3), pe_cols=Dims(E=4))


def test_sliding_pes() -> None:
    """Each PE fetches 3 + 1 + 1 + 1 = 6 rows. In lockstep the PEs are 4 rows apart, so they share none."""
    counts = count(CONV1D, SLIDING, V2)
    assert (counts.macs, counts.passes, counts.compute_cycles, counts.active_pes) == (48, 1, 12, 4)
    assert counts.spad.iact == Words(reads=48, fills=24)
    assert counts.glb.iact == Words(reads=24, fills=18)
    assert counts.dram.iact == Words(reads=18)
    assert counts.glb.psum == Words(reads=16, updates=16)
    assert counts.dram.psum == Words(updates=16)
    np.testing.assert_array_equal(counts.instances.arrivals.iact[0, 0], [[6] * 4, [0] * 4, [0] * 4])
    np.testing.assert_array_equal(counts.instances.arrivals.weight[0, 0], [[3] * 4, [0] * 4, [0] * 4])
    assert counts.instances.cluster_words.weight[0, 0] == counts.instances.cluster_words.weight.sum() == 3


def test_without_a_sliding_window_every_position_fetches_its_window() -> None:
    counts = count(CONV1D, SLIDING, V2, Accounting(sliding_window=False))
    assert counts.spad.iact.fills == 48


def test_neighbouring_windows_share_reads_only_with_halo_multicast() -> None:
    """One output per PE: 4 windows of 3 rows span 6, in each of 4 passes."""
    apart = Mapping(glb=Dims(E=16, R=3), spad=Dims(R=3), pe_cols=Dims(E=4))
    assert count(CONV1D, apart, V2).glb.iact.reads == 4 * 6
    assert count(CONV1D, apart, V2, Accounting(halo_multicast=False)).glb.iact.reads == 4 * 12


def test_clusters_that_differ_only_in_m_have_their_iacts_from_the_first() -> None:
    layer = Layer(name="fc", M=4, C=6)
    mapping = Mapping(glb=Dims(M=4, C=6), spad=Dims(M=2, C=3), cluster_cols=Dims(M=2), cluster_rows=Dims(C=2))
    counts = count(layer, mapping, V2)
    np.testing.assert_array_equal(counts.instances.cluster_words.iact[:2], [[3, 3], [3, 3]])
    np.testing.assert_array_equal(counts.instances.source_reads.iact[:2], [[3, 0], [3, 0]])
    np.testing.assert_array_equal(counts.instances.source_reads.weight[:2], [[6, 6], [6, 6]])
    np.testing.assert_array_equal(counts.instances.source_reads.psum[:2], [[2, 2], [0, 0]])
    assert counts.chain_steps == 2
    assert counts.port.psum == 2


def test_spilled_psums_return() -> None:
    """C in 3 DRAM tiles outside 2 DRAM tiles of E: every psum leaves the GLB three times and comes back twice."""
    layer = Layer(name="spill", M=2, C=6, E=4)
    mapping = Mapping(glb=Dims(M=2, C=2, E=2), spad=Dims(C=2), dram_order=("CRS", "M", "NEF"))
    counts = count(layer, mapping, V2)
    assert counts.dram.psum == Words(reads=16, updates=24)
    assert counts.glb.psum == Words(reads=16 + 24, fills=16, updates=24)
    bypassing = count(layer, mapping, V2.replace(oacts_bypass_glb=True))
    assert bypassing.glb.psum == Words(reads=16 + 16, fills=16, updates=16)
    assert bypassing.dram.psum == counts.dram.psum


def test_counts_of_two_to_the_31_macs_and_more() -> None:
    """VGG-16 CONV2 with a batch of 3: 5.5 G MACs, beyond 32 bits."""
    layer = Layer.conv2d("CONV1_2", 64, 64, 224, 3, padding=1, batch=3)
    mapping = Mapping(
        glb=Dims(M=64, C=64, E=14, F=4, R=3, S=3),
        spad=Dims(M=12, C=4, E=14, R=3),
        pe_rows=Dims(S=3),
        pe_cols=Dims(F=4),
        cluster_rows=Dims(C=8),
        cluster_cols=Dims(M=2),
    )
    counts = count(layer, mapping, V2)
    assert counts.macs == layer.macs > 1 << 31
    assert counts.spad.psum.updates == counts.spad.weight.reads == layer.macs


def test_reuse_factors_multiply_to_the_accesses() -> None:
    layer = Layer.conv2d("conv", 6, 8, 9, 3, padding=1)
    mapping = Mapping(
        glb=Dims(M=4, C=6, E=9, F=5, R=3, S=3),
        spad=Dims(M=2, C=3, E=9, R=3),
        pe_rows=Dims(S=3),
        pe_cols=Dims(F=4),
        cluster_cols=Dims(M=2),
    )
    counts = count(layer, mapping, V2)
    factors = reuse_factors(layer, counts)
    values = {"iact": layer.iacts, "weight": layer.weights, "psum": layer.oacts}
    for t in TYPES:
        reuse = factors[t]
        assert math.isclose(values[t] * reuse.dram * reuse.glb * reuse.array * reuse.rf, layer.macs)
    assert factors.weight.glb == 1  # weights bypass the GLB
    assert math.isclose(values["iact"] * factors.iact.dram, counts.dram.iact.reads)
    assert math.isclose(values["iact"] * factors.iact.dram * factors.iact.glb, counts.glb.iact.reads)
    assert math.isclose(values["psum"] * factors.psum.dram, counts.dram.psum.updates)


def test_reuse_of_the_sliding_pes() -> None:
    """18 rows read once, 24 / 18 GLB reads each, unicast, 48 / 24 uses; one weight visit per PE serves 4 PEs."""
    factors = reuse_factors(CONV1D, count(CONV1D, SLIDING, V2))
    assert factors.iact == Reuse(dram=1, glb=24 / 18, array=1, rf=2)
    assert factors.weight == Reuse(dram=1, glb=1, array=4, rf=4)
    assert factors.psum == Reuse(dram=1, glb=1, array=1, rf=3)


@pytest.mark.parametrize("lanes", [1, 2, 5])
def test_lanes_shorten_the_passes(lanes: int) -> None:
    layer = Layer(name="fc", M=7, C=3)
    mapping = Mapping(glb=Dims(M=7, C=3), spad=Dims(M=7, C=3))
    assert count(layer, mapping, V2.replace(lanes=lanes)).compute_cycles == 3 * math.ceil(7 / lanes)
