"""Scaling curves: a panel per network, the same axes in all, speeds over the first version's smallest array."""

import numpy as np
import pytest

from eyeriss_jax.report.figures import save
from eyeriss_jax.report.figures.scaling import scaling

SIZES = (16, 32, 64)


def curves(networks: int) -> dict[str, dict[str, dict[int, float]]]:
    """v1 never gains, v2 always."""
    names = [f"net{i}" for i in range(networks)]
    return {
        "v1": {name: dict.fromkeys(SIZES, 100.0) for name in names},
        "v2": {name: {pes: 800.0 / pes for pes in SIZES} for name in names},
    }


@pytest.mark.parametrize("networks", [1, 3, 8])
def test_every_network_has_its_panel_on_the_same_axes(networks, tmp_path):
    figure = scaling(curves(networks))
    panels = [axes for axes in figure.axes if axes.get_title(loc="left") or axes.get_title()]
    assert [axes.get_title(loc="left") or axes.get_title() for axes in panels] == [f"net{i}" for i in range(networks)]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
    for path in save(figure, tmp_path / "scaling"):
        assert path.stat().st_size > 5_000


def test_speeds_are_over_the_first_versions_smallest_array():
    (panel,) = scaling(curves(1)).axes
    v1, v2, ideal = (np.asarray(line.get_ydata()).tolist() for line in panel.get_lines())
    assert v1 == [1, 1, 1]
    assert v2 == ideal == [2, 4, 8]


def test_one_version_alone_is_drawn():
    cycles = {"v2": curves(2)["v2"]}
    panel = scaling(cycles).axes[0]
    assert np.asarray(panel.get_lines()[0].get_ydata()).tolist() == [1, 2, 4]
