"""The multicast modes follow from which dimensions sit on the cluster axes."""

import numpy as np
import pytest

from eyeriss_jax.functional.nest import place
from eyeriss_jax.functional.noc.modes import Mode, mode_of, sharing

from .cases import ALEXNET_CONV3, ALEXNET_FC7, MOBILENET_DW, V2_CASES, mapped


def modes(case) -> dict[str, Mode]:
    placement = place(case.mapping, case.accelerator)
    return {t: mode_of(sharing(t, placement)) for t in ("iact", "weight", "psum")}


@pytest.mark.parametrize(
    ("rows", "cols", "iact", "weight"),
    [
        ({"M": 8}, {"F": 2}, Mode.VERTICAL, Mode.HORIZONTAL),
        ({"F": 8}, {"M": 2}, Mode.HORIZONTAL, Mode.VERTICAL),
        ({"M": 8}, {"M": 2}, Mode.BROADCAST, Mode.UNICAST),
        ({"F": 8}, {"F": 2}, Mode.UNICAST, Mode.BROADCAST),
        ({"N": 4}, {"F": 2}, Mode.UNICAST, Mode.BROADCAST),
        ({"G": 8}, {"G": 2}, Mode.UNICAST, Mode.UNICAST),
        ({"C": 8}, {"M": 2}, Mode.HORIZONTAL, Mode.UNICAST),
        ({"F": 2, "M": 4}, {"M": 2}, Mode.GROUPED, Mode.INTERLEAVED),
        ({"M": 4, "C": 2}, {"M": 2}, Mode.INTERLEAVED, Mode.UNICAST),
        ({}, {}, Mode.UNICAST, Mode.UNICAST),
    ],
)
def test_modes_of_iacts_and_weights(rows: dict, cols: dict, iact: Mode, weight: Mode) -> None:
    derived = modes(mapped(ALEXNET_CONV3, cluster_rows=rows, cluster_cols=cols, spad={}))
    assert (derived["iact"], derived["weight"]) == (iact, weight)


def test_papers_modes_per_layer_type() -> None:
    """JETCAS 2019: CONV grouped and interleaved or swapped, DW unicast iacts and broadcast weights, FC the reverse."""

    def named(layer, rows: dict, cols: dict) -> tuple[str, str]:
        derived = modes(mapped(layer, cluster_rows=rows, cluster_cols=cols, spad={}))
        return derived["iact"].network_mode, derived["weight"].network_mode

    assert named(ALEXNET_CONV3, {"M": 8}, {"F": 2}) == ("interleaved", "grouped")
    assert named(ALEXNET_CONV3, {"F": 8}, {"M": 2}) == ("grouped", "interleaved")
    assert named(MOBILENET_DW, {"F": 8}, {"F": 2}) == ("unicast", "broadcast")
    assert named(ALEXNET_FC7, {"M": 8}, {"M": 2}) == ("broadcast", "unicast")


def test_psums_accumulate_over_contiguous_cluster_rows() -> None:
    """C shares the rows with M: the clusters of one sum are neighbours, whatever the order of the dimensions."""
    case = V2_CASES["fc: four interleaved streams on two columns"]
    labels = sharing("psum", place(case.mapping, case.accelerator))
    assert (labels[:, 0] == np.repeat([0, 2], 4)).all()
    assert modes(case)["psum"] is Mode.GROUPED
