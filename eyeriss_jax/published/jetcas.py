"""Speed of Eyeriss v2, v1.5 and v1 on dense networks as JETCAS 2019 reports it (192 PEs each, batch 1).

The baselines' own rates are not printed; they follow from the printed v2 rates and speed-ups.
"""

from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import network
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.workbench import Workbench

ALEXNET = "alexnet"
MOBILENET = "mobilenet_v1_0.5_128"

_V1_FITTED = "v1 of 192 PEs: nothing is hidden, psums in both directions; one port of v2 per data type"


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*_workloads(), *_speeds(), *_gains())


def _workloads() -> tuple[Claim, ...]:
    return (
        Claim(
            id="JETCAS.macs.alexnet", statement="MACs of AlexNet", source="JETCAS 2019, section VI", tag="P",
            published=724.4, unit="M", tolerance=0.001, ours=lambda _: network(ALEXNET).macs / 1e6,
        ),
        Claim(
            id="JETCAS.macs.mobilenet", statement="MACs of MobileNet 0.5-128", source="JETCAS 2019, section VI",
            tag="P", published=49.2, unit="M", tolerance=0.001, ours=lambda _: network(MOBILENET).macs / 1e6,
        ),
        Claim(
            id="JETCAS.peak", statement="peak performance of Eyeriss v2", source="BoooC, with 384 MACs at 200 MHz",
            tag="S", published=153.6, unit="GOPS", tolerance=0.0, ours=lambda _: accelerator("eyeriss_v2").peak_gops,
        ),
    )  # fmt: skip


def _speeds() -> tuple[Claim, ...]:
    return (
        Claim(
            id="JETCAS.cycles.v1.alexnet", statement="cycles of AlexNet on v1", tag="D", published=30.5, unit="M",
            source="JETCAS 2019, from the rate of v2 and its speed-up of 42.5", tolerance=0.05,
            fitted=_V1_FITTED,
            ours=lambda bench: cycles(bench, ALEXNET, "eyeriss_v1_192") / 1e6,
        ),
        Claim(
            id="JETCAS.cycles.v1.mobilenet", statement="cycles of MobileNet on v1", tag="D", published=1.714,
            source="JETCAS 2019, from the rate of v2 and its speed-up of 12.6", unit="M", tolerance=0.05,
            fitted=_V1_FITTED,
            ours=lambda bench: cycles(bench, MOBILENET, "eyeriss_v1_192") / 1e6,
        ),
        Claim(
            id="JETCAS.rate.v1_5.mobilenet", statement="MobileNet on v1.5", tag="D", published=653.0, unit="inf/s",
            source="JETCAS 2019, from the rate of v2 and the speed-ups 12.6 and 5.6", tolerance=0.05, headline=True,
            ours=lambda bench: bench.mapped(MOBILENET, "eyeriss_v1_5").inferences_per_s,
        ),
    )  # fmt: skip


def _gains() -> tuple[Claim, ...]:
    return (
        Claim(
            id="JETCAS.speedup.v1_5_over_v1.mobilenet", statement="speed-up of v1.5 over v1, MobileNet", tag="P",
            source="JETCAS 2019, section VI: the network on chip alone", published=5.6, unit="x", tolerance=0.1,
            fitted=_V1_FITTED,
            ours=lambda bench: cycles(bench, MOBILENET, "eyeriss_v1_192") / cycles(bench, MOBILENET, "eyeriss_v1_5"),
        ),
    )  # fmt: skip


def cycles(bench: Workbench, workload: str, machine: str) -> float:
    """Cycles of a network on a preset, every layer with its fastest mapping."""
    return bench.mapped(workload, machine).cycles
