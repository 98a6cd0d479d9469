"""Tables and picture of pruned networks."""

from pathlib import Path

import pytest

from eyeriss_jax.report.figures.pruning import pruning
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.formats import to_markdown
from eyeriss_jax.report.pruning import PrunedNetwork, densities_table, pruning_table


def network(method: str, budget: float | None, share: float, room: int = 192) -> PrunedNetwork:
    return PrunedNetwork(
        method=method, budget=budget, densities={"conv": share, "fc": 1.0}, proxy_loss=budget or 0.0, pruned_loss=0.3,
        energy=2e6 * share, cycles=2e3 * share, measured_energy=2.2e6 * share, measured_cycles=2.1e3 * share,
        measured_densities={"conv": share, "fc": 0.99}, accuracy=0.98, quantized_accuracy=0.97,
        accelerator_accuracy=0.97, logits_differ=0.0, overflowed=False, tiles={"conv": [190, room]},
    )  # fmt: skip


NETWORKS = [
    network("dense", None, 1.0),
    network("uniform", 0.1, 0.5, room=96),
    network("hidden", 0.1, 0.4),
    network("tuned", 0.1, 0.25),
]


def test_the_table_compares_with_the_dense_network() -> None:
    table = pruning_table(NETWORKS, "pJ")
    assert [row["measured_energy_share"] for row in table.records] == pytest.approx([1, 0.5, 0.4, 0.25])
    assert [row["tiles_fit"] for row in table.records] == [True, False, True, True]
    assert "| - | dense | 0 |" in to_markdown([table])
    (conv, fc) = densities_table(NETWORKS).records
    assert conv == {"layer": "conv", "budget_0.1": 0.25}
    assert fc["budget_0.1"] == 1


def test_the_picture_can_be_drawn(tmp_path: Path) -> None:
    for path in save(pruning(NETWORKS, "a title"), tmp_path / "pruning"):
        assert path.stat().st_size > 5_000


def test_a_network_survives_a_file() -> None:
    assert PrunedNetwork(**NETWORKS[1].plain()) == NETWORKS[1]
