"""Static circuit switching: one stream per link, only links that exist."""

import numpy as np
import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.noc import Port, collect, deliver, routers
from eyeriss_jax.functional.noc.switches import Switches, feeds
from eyeriss_jax.hardware.presets import accelerator, eyeriss_v2

from .cases import ALEXNET_CONV3, MOBILENET_PW, mapped


def test_broadcast_reaches_every_cluster_over_one_tree() -> None:
    switches = Switches.of(routers(eyeriss_v2(), "iact"), np.zeros((8, 2), int))
    assert switches.sources == ((0, 0),)
    assert switches.hops.tolist() == [[row, row + 1] for row in range(8)]
    assert (switches.listens[Port.CLUSTER] >= 0).all()
    assert switches.listens[Port.SOUTH, :, 0].tolist() == [Port.CLUSTER, *[Port.NORTH] * 6, -1]


def test_unicast_uses_no_link() -> None:
    switches = Switches.of(routers(eyeriss_v2(), "iact"), np.arange(16).reshape(8, 2))
    assert (switches.listens[Port.CLUSTER] == Port.CLUSTER).all()
    assert (switches.listens[Port.NORTH :] == -1).all() and (switches.hops == 0).all()


def test_two_interleaved_streams_run_in_opposite_directions() -> None:
    switches = Switches.of(routers(eyeriss_v2(), "iact"), np.array([[0, 0], [1, 1]] * 4))
    assert switches.sources == ((0, 0), (7, 0))
    assert switches.hops[:, 0].tolist() == [0, 6, 2, 4, 4, 2, 6, 0]


def test_weights_cannot_be_multicast_vertically() -> None:
    weights = routers(eyeriss_v2(), "weight")
    down_the_columns = np.array([[0, 1]] * 8)
    with pytest.raises(SpecError, match=r"output south does not exist.*each cluster row needs its own off-chip feed"):
        Switches.of(weights, down_the_columns)
    with_feeds = Switches.of(weights, feeds(weights, down_the_columns))
    assert len(with_feeds.sources) == 16


def test_broadcast_weights_need_one_feed_per_cluster_row() -> None:
    weights = routers(eyeriss_v2(), "weight")
    switches = Switches.of(weights, feeds(weights, np.zeros((8, 2), int)))
    assert switches.sources == tuple((row, 0) for row in range(8))


def test_a_link_cannot_carry_two_streams() -> None:
    """M2 C4 on the cluster rows and F on the columns: 8 iact streams cross the middle of the grid, 2 x 2 links do."""
    case = mapped(
        MOBILENET_PW, cluster_rows={"M": 2, "C": 4}, cluster_cols={"F": 2}, pe_rows={"M": 3}, spad={"M": 2, "C": 16}
    )
    with pytest.raises(SpecError, match=r"two streams, and a circuit-switched link carries one; spread M over"):
        deliver(case.layer, case.mapping, case.accelerator, "iact")
    assert deliver(case.layer, case.mapping, case.accelerator, "weight").exact
    assert collect(case.layer, case.mapping, case.accelerator).exact


def test_one_weight_row_carries_two_interleaved_streams_and_not_four() -> None:
    """M and F share 16 cluster columns: whichever is outside, its data interleaves with that of the other."""
    machine = accelerator("eyeriss_v2_4096").replace(name="wide")

    def case(cols: dict[str, int]):
        return mapped(ALEXNET_CONV3, machine, cluster_cols=cols, pe_rows={"S": 3}, spad={"M": 4, "R": 3})

    fits = case({"M": 2, "F": 5})
    for data_type in ("iact", "weight"):
        assert deliver(fits.layer, fits.mapping, machine, data_type).exact
    tangled = case({"M": 4, "F": 4})
    with pytest.raises(SpecError, match=r"one row carries one stream each way"):
        deliver(tangled.layer, tangled.mapping, machine, "weight")


def test_a_configuration_stays_on_the_grid() -> None:
    switches = Switches.of(routers(eyeriss_v2(), "iact"), np.full((8, 2), -1))
    with pytest.raises(SpecError, match="leads off the 8x2 grid"):
        switches.connect((0, 1), Port.EAST, Port.WEST)


@pytest.mark.parametrize("axis", ["cluster_cols", "pe_cols"])
def test_psums_cannot_be_reduced_horizontally(axis: str) -> None:
    case = mapped(MOBILENET_PW, **{axis: {"C": 2}}, spad={"M": 2})
    with pytest.raises(SpecError, match=rf"mapping: {axis}\.C spreads a reduced dimension.*move C to cluster_rows"):
        collect(case.layer, case.mapping, case.accelerator)


def test_a_mapping_larger_than_an_axis_is_refused() -> None:
    case = mapped(ALEXNET_CONV3, cluster_rows={"M": 3, "C": 3}, spad={})
    with pytest.raises(SpecError, match=r"factors on cluster_rows multiply to 9, but accelerator 'eyeriss_v2' has 8"):
        deliver(case.layer, case.mapping, case.accelerator, "iact")
