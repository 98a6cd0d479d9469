"""What must be held at once, against the published mappings of AlexNet on Eyeriss v1 and by hand."""

from dataclasses import dataclass

import pytest

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.dims import Dims, PerType
from eyeriss_jax.hardware.presets import eyeriss_v1
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.storage import glb_need, spad_need
from eyeriss_jax.model.tiling import tile_all
from eyeriss_jax.model.validity import Code
from eyeriss_jax.search.mapping import evaluate_exactly


@dataclass(frozen=True)
class Published:
    """A row of JSSC 2017, Table III; ``fold`` is how many segments the set's columns fall into."""

    m: int
    n: int
    e: int
    p: int
    q: int
    r: int
    t: int
    ifmap_kb: float
    psum_kb: float
    active_pes: int
    fold: int = 1


ALEXNET = {
    "CONV1": Published(m=96, n=1, e=7, p=16, q=1, r=1, t=2, ifmap_kb=15.5, psum_kb=72.2, active_pes=154),
    "CONV2": Published(m=64, n=1, e=27, p=16, q=2, r=1, t=1, ifmap_kb=3.8, psum_kb=91.1, active_pes=135, fold=2),
    "CONV3": Published(m=64, n=4, e=13, p=16, q=4, r=1, t=4, ifmap_kb=7.0, psum_kb=84.5, active_pes=156),
    "CONV4": Published(m=64, n=4, e=13, p=16, q=3, r=2, t=2, ifmap_kb=10.5, psum_kb=84.5, active_pes=156),
    "CONV5": Published(m=64, n=4, e=13, p=16, q=3, r=2, t=2, ifmap_kb=10.5, psum_kb=84.5, active_pes=156),
}


def jssc_mapping(layer: Layer, row: Published) -> Mapping:
    """The row in our axes: a PE slides along E, so the paper's rows are our S and F (square layers do not differ).

    r sets on other channels and t sets on other filters stand on the rows where there is room, else on the columns.
    """
    columns, rows = Dims(F=-(-row.e // row.fold)), Dims(S=layer.S, C=row.r, F=row.fold)
    if layer.S * row.r * row.fold * row.t <= 12:
        rows = rows.replace(M=row.t)
    else:
        columns = columns.replace(M=row.t)
    return Mapping(
        glb=Dims(N=row.n, M=row.m, C=row.q * row.r, E=layer.E, F=row.e, R=layer.R, S=layer.S),
        spad=Dims(M=row.p, C=row.q, E=layer.E, R=layer.R),
        pe_rows=rows,
        pe_cols=columns,
    )


def needs(layer: Layer, mapping: Mapping, slides: bool = True) -> tuple[PerType, PerType]:
    dims = tile_all(layer.build().dims, mapping.build())
    return spad_need(layer.build(), dims, slides=slides), glb_need(layer.build(), dims, oacts_bypass=0)


@pytest.mark.parametrize("name", ALEXNET)
def test_the_published_v1_mappings_need_the_published_glb_and_pes(name: str) -> None:
    layer = next(item for item in network("alexnet", batch=4).layers if item.name == name)
    row = ALEXNET[name]
    mapping = jssc_mapping(layer, row)
    spad, glb = needs(layer, mapping)
    assert round(float(glb.iact) * 2 / 1024, 1) == row.ifmap_kb
    assert round(float(glb.psum) * 2 / 1024, 1) == row.psum_kb
    assert (float(spad.weight), float(spad.iact), float(spad.psum)) == (row.p * row.q * layer.S, row.q * layer.S, row.p)
    evaluation = evaluate_exactly(eyeriss_v1(), layer, mapping)
    assert evaluation.active_pes == row.active_pes
    assert Code(int(evaluation.code)) is Code.VALID


LAYER = Layer.conv2d("c", in_channels=8, out_channels=16, input_size=12, kernel=3, padding=1)


def test_clusters_that_differ_in_m_hold_one_copy_of_the_iacts_between_them() -> None:
    # 8 channels of a whole padded 14 x 14 input over 4 clusters; each cluster keeps its own 4 x 12 x 12 psums.
    mapping = Mapping(
        glb=Dims(M=16, C=8, E=12, F=12, R=3, S=3),
        spad=Dims(M=4, C=8, E=12, R=3, S=3),
        cluster_rows=Dims(M=4),
    )
    _, glb = needs(LAYER, mapping)
    assert (float(glb.iact), float(glb.psum)) == (8 * 14 * 14 / 4, 4 * 12 * 12)


def test_clusters_with_stretches_of_columns_hold_the_halo_twice() -> None:
    # F=12 in 2 steps over 3 clusters of 2 columns: 2 stretches of 2 columns touch 2 x 4, not 4 + 2.
    mapping = Mapping(
        glb=Dims(M=4, C=8, E=12, F=12, R=3, S=3), spad=Dims(M=4, C=8, E=12, F=2, R=3, S=3), cluster_rows=Dims(F=3)
    )
    _, glb = needs(LAYER, mapping)
    assert (float(glb.iact), float(glb.psum)) == (8 * 14 * (2 * 4), 4 * 12 * (2 * 2))


def test_finished_psums_that_bypass_the_glb_need_no_room_unless_they_come_back() -> None:
    whole, split = (
        Mapping(glb=Dims(M=16, C=8, E=12, F=12, R=3, S=3), spad=Dims(M=4, C=c, E=12, R=3, S=3)) for c in (8, 4)
    )
    for mapping, room in ((whole, 0), (split, 16 * 12 * 12)):
        dims = tile_all(LAYER.build().dims, mapping.build())
        assert float(glb_need(LAYER.build(), dims, oacts_bypass=1).psum) == room


def test_a_window_that_does_not_slide_keeps_only_its_taps() -> None:
    dilated = Layer.conv2d("d", 8, 16, input_size=12, kernel=3, padding=2, dilation=2)
    mapping = Mapping(glb=Dims(M=16, C=8, E=12, F=12, R=3, S=3), spad=Dims(M=4, C=2, E=12, R=3))
    sliding, _ = needs(dilated, mapping)
    still, _ = needs(dilated, mapping, slides=False)
    assert (float(sliding.iact), float(still.iact)) == (2 * 5, 2 * 3)


def test_tiles_beyond_the_layer_need_no_more_than_the_layer() -> None:
    huge = Mapping(glb=Dims(M=99, C=99, E=99, F=99, R=9, S=9), spad=Dims(M=99, C=99, E=99, F=99, R=9, S=9))
    spad, glb = needs(LAYER, huge)
    assert (float(spad.iact), float(spad.weight), float(spad.psum)) == (8 * 9, 16 * 8 * 9, 16)
    assert (float(glb.iact), float(glb.psum)) == (8 * 14 * 14, 16 * 12 * 12)


def test_a_pe_holds_no_more_than_its_dram_tile() -> None:
    mapping = Mapping(glb=Dims(M=2, C=8, E=1, F=12, R=3, S=3), spad=Dims(M=4, C=2, E=12, R=3))
    spad, _ = needs(Layer.conv2d("d", 8, 16, input_size=12, kernel=3, padding=2, dilation=2), mapping)
    assert (float(spad.iact), float(spad.weight), float(spad.psum)) == (2 * 3, 2 * 2 * 3, 2)


def test_clusters_with_stretches_of_taps_hold_what_lies_between_them_twice() -> None:
    # S=3 over 2 clusters, one tap each per step: cluster 0 has taps 0 and 2, which touch 12 columns each of 14 in all.
    mapping = Mapping(glb=Dims(M=4, C=8, E=12, F=12, R=3, S=3), spad=Dims(M=4, C=8, E=12, R=3), cluster_rows=Dims(S=2))
    _, glb = needs(LAYER, mapping)
    assert float(glb.iact) == 8 * 14 * min(12 + 12, 14)
