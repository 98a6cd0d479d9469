"""The scaling study: v2 against v1 from 256 to 16384 PEs, batch 1 (arXiv 1807.07928v1, JETCAS 2019 section III).

The paper's figures come from an analytical model that searches the best mapping under each network's limits, so this
is model against model: dense PEs of one MAC, no limit off chip, no workload imbalance, row stationary on both.
"""

import math
from collections.abc import Callable

from eyeriss_jax.dims import TYPES
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.workbench import Workbench

PES: tuple[int, ...] = (256, 1024, 16384)
NETWORKS: dict[str, str] = {"AlexNet": "alexnet", "GoogLeNet": "googlenet", "MobileNet": "mobilenet_v1_1.0_224"}

# The ends of the ranges are printed; which network they belong to, and all between, is remembered.
SPEEDUPS: dict[str, tuple[float, float, float]] = {
    "AlexNet": (17.9, 71.5, 1086.7),
    "GoogLeNet": (10.4, 37.7, 448.8),
    "MobileNet": (15.7, 57.9, 873.0),
}
_PRINTED_ENDS = ("AlexNet", "GoogLeNet")
_FITTED = (
    "the rule set of v1: 1 weight per cycle, channels meet in the GLB, PE tiles divide, what is waited for, SPads of v2"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*_speedups(), *_v2_scales(), *_v1_does_not())


def _speedups() -> tuple[Claim, ...]:
    return tuple(
        Claim(
            id=f"JETCAS.scaling.{name.lower()}.{pes}", statement=f"speed-up of v2 over v1, {name}, {pes} PEs",
            source="arXiv 1807.07928v1, abstract: end of the range" if name in _PRINTED_ENDS else "JETCAS 2019 slides",
            tag="P" if name in _PRINTED_ENDS else "M", published=published, unit="x", tolerance=0.1,
            fitted=_FITTED, headline=name in _PRINTED_ENDS,
            ours=lambda bench, name=name, pes=pes: _mapped(bench, name, "v1", pes).cycles
            / _mapped(bench, name, "v2", pes).cycles,
        )
        for name, row in SPEEDUPS.items()
        for pes, published in zip(PES, row, strict=True)
    )  # fmt: skip


def _v2_scales() -> tuple[Claim, ...]:
    section = "JETCAS 2019, section III-D"
    return tuple(
        claim
        for name in NETWORKS
        for claim in (
            Claim(
                id=f"JETCAS.scaling.v2.{name.lower()}.1024", statement=f"v2 from 256 to 1024 PEs, {name}: linear",
                source=section, tag="P", published=4.0, unit="x", tolerance=0.1,
                ours=lambda bench, name=name: _gain(bench, name, "v2", 1024, _everything),
            ),
            Claim(
                id=f"JETCAS.scaling.v2.{name.lower()}.16384",
                statement=f"v2 from 256 to 16384 PEs, {name}: of linear", source=section, tag="P",
                published=(85.0, 100.0), unit="%", tolerance=3.0, absolute=True,
                ours=lambda bench, name=name: 100 * _gain(bench, name, "v2", 16384, _everything) / 64,
            ),
        )
    )  # fmt: skip


def _v1_does_not() -> tuple[Claim, ...]:
    section = "JETCAS 2019, section III-D"
    return (
        Claim(
            id="JETCAS.scaling.v1.alexnet_fc", statement="v1 from 256 to 16384 PEs, AlexNet FC: no gain",
            source=section, tag="P", published=1.0, unit="x", tolerance=0.1,
            ours=lambda bench: _gain(bench, "AlexNet", "v1", 16384, lambda layer: layer.startswith("FC")),
        ),
        Claim(
            id="JETCAS.scaling.v1.mobilenet_dw", statement="v1 from 256 to 16384 PEs, MobileNet DW: no gain",
            source=section, tag="P", published=1.0, unit="x", tolerance=0.1,
            ours=lambda bench: _gain(bench, "MobileNet", "v1", 16384, lambda layer: layer.endswith("DW")),
        ),
        Claim(
            id="JETCAS.scaling.v1.alexnet_fc.port", source=section, tag="P", published=(1.0, math.inf), unit="x",
            statement="v1 with 256 PEs, AlexNet FC: weight delivery, which limits, over the next port", tolerance=0.0,
            fitted=_FITTED,
            ours=lambda bench: _over_other_ports(bench, "AlexNet", "weight", lambda layer: layer.startswith("FC")),
        ),
        Claim(
            id="JETCAS.scaling.v1.mobilenet_dw.port", source=section, tag="P", published=(1.0, math.inf), unit="x",
            statement="v1 with 256 PEs, MobileNet DW: iact delivery, which limits, over the next port", tolerance=0.0,
            fitted=_FITTED,
            ours=lambda bench: _over_other_ports(bench, "MobileNet", "iact", lambda layer: layer.endswith("DW")),
        ),
    )  # fmt: skip


def _mapped(bench: Workbench, name: str, version: str, pes: int) -> NetworkResult:
    return bench.mapped(NETWORKS[name], f"eyeriss_{version}_{pes}")


def _everything(_: str) -> bool:
    return True


def _over_other_ports(bench: Workbench, name: str, data_type: str, chosen: Callable[[str], bool]) -> float:
    """Cycles of delivery of ``data_type`` in the chosen layers on the smallest v1 over those of the next data type."""
    layers = [r for r in _mapped(bench, name, "v1", PES[0]).layers if chosen(r.layer.name)]
    needed = {t: math.fsum(r.layer.repeat * r.evaluation.cycles.delivery[t] for r in layers) for t in TYPES}
    return needed.pop(data_type) / max(needed.values())


def _gain(bench: Workbench, name: str, version: str, pes: int, chosen: Callable[[str], bool]) -> float:
    """Speed-up of the chosen layers on ``pes`` PEs over those on the smallest array."""
    few, many = (
        math.fsum(r.evaluation.cycles.total for r in _mapped(bench, name, version, n).layers if chosen(r.layer.name))
        for n in (PES[0], pes)
    )
    return few / many
