"""Routers have the ports and widths of JETCAS 2019, Table II and section III."""

import pytest

from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.noc import Port, routers
from eyeriss_jax.hardware.presets import accelerator, eyeriss_v1, eyeriss_v2
from eyeriss_jax.hardware.quantities import Types


@pytest.mark.parametrize(
    ("data_type", "per_cluster", "ports", "bits", "values", "pairs"),
    [("iact", 3, 4, 24, 3, 2), ("weight", 3, 2, 24, 3, 2), ("psum", 4, 3, 40, 2, 2)],
)
def test_eyeriss_v2_has_the_published_ports(
    data_type: str, per_cluster: int, ports: int, bits: int, values: int, pairs: int
) -> None:
    raw = routers(eyeriss_v2(), data_type)
    assert (raw.per_cluster, raw.source_ports, raw.destination_ports) == (per_cluster, ports, ports)
    assert (raw.port_bits, raw.values) == (bits, values)
    assert routers(eyeriss_v2(), data_type, compressed=True).values == pairs


def test_links_are_vertical_for_psums_and_horizontal_for_weights() -> None:
    psum, weight, iact = (routers(eyeriss_v2(), t) for t in ("psum", "weight", "iact"))
    assert (psum.inputs, psum.outputs) == ((Port.NORTH,), (Port.SOUTH,))
    assert set(weight.inputs) == set(weight.outputs) == {Port.EAST, Port.WEST}
    assert set(iact.inputs) == set(iact.outputs) == {Port.NORTH, Port.SOUTH, Port.EAST, Port.WEST}


def test_more_than_two_columns_add_one_port_pair_to_iact_and_weight_routers() -> None:
    two, four = eyeriss_v2(), accelerator("eyeriss_v2_256")
    for data_type, extra in (("iact", 1), ("weight", 1), ("psum", 0)):
        narrow, wide = routers(two, data_type), routers(four, data_type)
        assert wide.source_ports == narrow.source_ports + extra
        assert wide.destination_ports == narrow.destination_ports + extra


def test_the_scaled_cluster_has_four_one_word_routers_per_type() -> None:
    wide = accelerator("eyeriss_v2_256")
    assert {(routers(wide, t).per_cluster, routers(wide, t).values) for t in ("iact", "weight", "psum")} == {(4, 1)}


@pytest.mark.parametrize(
    ("machine", "compressed", "message"),
    [
        (eyeriss_v1(), False, "noc = 'bus' has no routers; use 'mesh'"),
        (eyeriss_v2().replace(noc_words_per_cycle=Types(iact=8, weight=3, psum=2)), False, "use a multiple of 3"),
        (accelerator("eyeriss_v2_256"), True, "8-bit iact port cannot pass a compressed pair of 12 bits"),
    ],
)
def test_impossible_routers_are_refused(machine, compressed: bool, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        routers(machine, "iact", compressed=compressed)
