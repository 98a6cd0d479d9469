"""The heat maps count what the model times: every MAC is somewhere, and the busiest port is the law's."""

import numpy as np
import pytest

import eyeriss_jax as ej
from eyeriss_jax.dims import TYPES, Dims
from eyeriss_jax.hardware import Types
from eyeriss_jax.report.array_map import array_map
from eyeriss_jax.report.page.pictures import encoded, layer_maps
from eyeriss_jax.search.mapping.network import replay
from tests.report.fake_results import ACCELERATOR, fake_result

# 20 output channels on 3 PE rows of 8 and 10 columns on 2 x 4 places: short tiles on both axes.
LAYER = ej.Layer.conv2d("conv", in_channels=4, out_channels=20, input_size=10, kernel=3, padding=1)
MAPPING = ej.Mapping(
    glb=Dims(M=20, C=4, E=10, F=10, R=3, S=3),
    spad=Dims(M=8, C=2, E=10, R=3, S=3),
    pe_rows=Dims(M=3),
    pe_cols=Dims(F=4),
    cluster_rows=Dims(F=2),
)


@pytest.fixture(scope="module")
def mapped():
    machine = ej.accelerator("eyeriss_v2").replace(spad_words=ACCELERATOR.spad_words)
    return replay(LAYER, machine, ej.DATAFLOWS["rs_plus"], MAPPING), machine


def counted(layer, machine):
    found = array_map(layer, machine)
    assert found is not None
    return found


def test_what_cannot_be_counted_has_no_pictures(mapped, monkeypatch):
    layer, machine = mapped
    assert array_map(layer, machine.replace(spad_words=Types(iact=1, weight=1, psum=1))) is None
    monkeypatch.setattr("eyeriss_jax.report.array_map.MOST_PASSES", 1)
    assert array_map(layer, machine) is None
    assert layer_maps(layer, machine) == []


def decoded(data):
    clusters = [data["patterns"][pattern] for pattern, count in data["runs"] for _ in range(count)]
    return np.asarray(data["values"])[np.asarray(clusters)].reshape(data["shape"])


def test_every_mac_is_at_a_pe_and_only_mapped_pes_have_any(mapped):
    layer, machine = mapped
    found = counted(layer, machine)
    assert found.macs.sum() == LAYER.macs
    assert found.active == layer.evaluation.active_pes
    assert found.macs.shape == (8, 2, 3, 4)


def test_the_busiest_port_passes_the_words_of_the_law(mapped):
    layer, machine = mapped
    found = counted(layer, machine)
    for data_type in TYPES:
        words = layer.evaluation.cycles.delivery[data_type] * machine.noc_words_per_cycle[data_type]
        ports = found.ports[data_type]
        assert (ports.sum((2, 3)) if data_type == "iact" else ports).max() == words


def test_what_a_page_holds_is_the_map(mapped):
    layer, machine = mapped
    found = counted(layer, machine)
    maps = layer_maps(layer, machine)
    np.testing.assert_array_equal(decoded(maps[0]), found.macs)
    for data, data_type in zip(maps[1:], TYPES, strict=True):
        np.testing.assert_array_equal(decoded(data), found.ports[data_type])


def test_a_uniform_array_of_any_size_is_one_pattern():
    data = encoded(np.full((32, 32, 3, 4), 7))
    assert (data["values"], len(data["patterns"]), data["runs"]) == ([7], 1, [[0, 1024]])


def test_a_flat_bus_is_one_port():
    layer = fake_result().layers[2]
    found = counted(layer, ACCELERATOR.replace(noc="bus"))
    assert {found.ports[data_type].shape for data_type in TYPES} == {(1, 1, 1, 1)}
