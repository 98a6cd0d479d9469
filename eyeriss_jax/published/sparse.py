"""Speed of Eyeriss v2 where it skips zeros: networks with the zeros of ReLU, and pruned ones (JETCAS 2019, batch 1).

Densities that are not published are assumed; each network says which (:mod:`eyeriss_jax.layers.networks`).
"""

from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.workbench import Workbench

ALEXNET = "alexnet_natural"
SPARSE_ALEXNET = "alexnet_sparse"
MOBILENET = "mobilenet_v1_0.5_128_natural"
SPARSE_MOBILENET = "mobilenet_v1_0.5_128_sparse"
V2 = "eyeriss_v2"

_WINDOW = "WINDOW_CYCLES: chosen on this figure"
_LONGER_CHAINS = (
    "probably the mapping: ours keeps psum chains three PEs long and waits little, longer ones wait longer; the array "
    "simulation of our mapping on real masks takes only 3 % more cycles than the model"
)
_WHOLE_TILES = (
    "our mapper cuts C into tiles of 11 or 14 channels that fill three PE rows; the published mappings are not known, "
    "and powers of two leave a part of the rows idle"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        Claim(
            id="JETCAS.rate.v2.alexnet", statement="AlexNet (activation zeros skipped) on v2",
            tag="D", published=(93.0, 102.0), unit="inf/s",
            source="JETCAS 2019, bounds from the printed ratios", tolerance=0.05, headline=True, fitted=_WINDOW,
            ours=lambda bench: _rate(bench, ALEXNET),
        ),
        Claim(
            id="JETCAS.rate.v2.alexnet.cell", statement="AlexNet (activation zeros skipped) on v2",
            tag="M", published=102.2, unit="inf/s",
            source="JETCAS 2019, Table VI", tolerance=0.1, fitted=_WINDOW, ours=lambda bench: _rate(bench, ALEXNET),
        ),
        Claim(
            id="JETCAS.rate.v2.mobilenet", statement="MobileNet (activation zeros skipped) on v2",
            tag="D", published=(1176.0, 1279.0),
            source="JETCAS 2019, bounds from the printed ratios", unit="inf/s", tolerance=0.05, headline=True,
            ours=lambda bench: _rate(bench, MOBILENET),
        ),
        Claim(
            id="JETCAS.rate.v2.mobilenet.sparse", statement="sparse MobileNet on v2", tag="P", published=1470.6,
            source="JETCAS 2019, Table VI", unit="inf/s", tolerance=0.05, headline=True, explanation=_LONGER_CHAINS,
            ours=lambda bench: _rate(bench, SPARSE_MOBILENET),
        ),
        Claim(
            id="JETCAS.rate.v2.alexnet.sparse", statement="sparse AlexNet on v2", tag="S", published=278.7,
            source="BoooC, quoting JETCAS 2019, Table VI", unit="inf/s", tolerance=0.1, headline=True,
            ours=lambda bench: _rate(bench, SPARSE_ALEXNET),
        ),
        Claim(
            id="JETCAS.active_pes.v2.mobilenet.sparse", statement="active PEs of v2 on sparse MobileNet", tag="S",
            published=0.915, source="JETCAS 2019, Table VI", tolerance=0.02, absolute=True, explanation=_WHOLE_TILES,
            ours=active_pes,
        ),
    )  # fmt: skip


def _rate(bench: Workbench, workload: str) -> float:
    return bench.mapped(workload, V2).inferences_per_s


def active_pes(bench: Workbench) -> float:
    """Share of the PEs with work, averaged over the time of the network."""
    result = bench.mapped(SPARSE_MOBILENET, V2)
    working = sum(layer.cycles * layer.evaluation.active_pes for layer in result.layers)
    return working / result.cycles / result.accelerator.pes
