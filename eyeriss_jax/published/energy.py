"""Energy of Eyeriss v1, v1.5 and v2, and the DRAM traffic of v2 (JETCAS 2019, batch 1).

Energies are of the chip, without DRAM, as in the paper's gate-level simulation. Two constants of the energy table are
fitted, on the efficiencies of two layers of dense AlexNet on v2; all other networks and machines are predictions.
"""

import math
from collections.abc import Callable

from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.model.accesses import dram_bits
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.sparse import ALEXNET, MOBILENET, SPARSE_ALEXNET, SPARSE_MOBILENET, V2
from eyeriss_jax.published.workbench import Workbench

V1 = "eyeriss_v1_192"
V1_5 = "eyeriss_v1_5"

DDR4_3200_BYTES_PER_S = 25.6e9
"""Off-chip bandwidth, reads and writes together, of the one bandwidth-limited experiment of JETCAS 2019."""

_FITTED = "energy of a MAC, clock per gate: chosen on CONV1 and CONV3 of dense AlexNet"
_HOP = "length of a psum hop: chosen with the NoC's share in sight"
_TABLE_6 = "JETCAS 2019, Table VI"
_LAYERS = "JETCAS 2019, power breakdown"
_RATIOS = "JETCAS 2019, section VI"

_V1_CLOCK = (
    "v1 takes as long as published, and its clock alone is 0.58 nJ a cycle by the fit on v2, where the published gains "
    "leave 0.54 to 0.57 nJ for all of v1. Stopping the clock of PEs without work does not help: after the same fit on "
    "the same two layers the gains stay where they are"
)

_EXPLANATIONS: dict[str, str] = {
    "efficiency.alexnet.sparse": "probably the clock, charged to every gate in every cycle: much of a sparse layer is "
    "waiting, and PEs that wait may be clock-gated; psums also pay for a GLB of more than 100 kB where v2 has banks of "
    "1.9 kB, which is a fifth of the energy of sparse CONV3",
    "efficiency.mobilenet": "the iact densities of the unpruned network are not published, ours are those of the "
    "pruned one; and layers in raw mode pay for an iact read with every MAC, though the PE holds the iact in its "
    "pipeline for all weights of a column",
    "gain.mobilenet": _V1_CLOCK,
    "gain.both": _V1_CLOCK,
    "gain.noc": _V1_CLOCK,
    "layer.alexnet.sparse.conv3": "its psums cross from cluster to cluster over links as long as a cluster; as for the "
    "whole sparse network, PEs that wait are clocked like those that work, and psums pay for a GLB of more than 100 kB",
    "noc.alexnet.conv1": "psums leave an array tile over one PE pitch in the model; on the chip they pass psum routers "
    "to their GLB bank, and the words are few here; what a router itself takes is left out",
    "noc.alexnet.conv3": "psums leave an array tile over one PE pitch in the model; on the chip they pass psum routers "
    "to their GLB bank; what a router itself takes is left out",
    "noc.alexnet.sparse.fc8": "a word costs the same on its way to any PE in the model; unicast weights reach the PEs "
    "next to their port over a shorter wire than words for the whole array",
    "dram.alexnet.conv": "ours are the fastest mappings with unlimited bandwidth, which send CONV2's weights (pairs of "
    "12 b, none of them zero) ten times; the published run seems to give up speed or to keep the iacts raw",
    "dram.alexnet.sparse": "the published figure leaves 17.7 MB for FC layers, which ours would need, padding and "
    "zeros stored for long runs included, at a weight density of 0.165; the 5.73 M nonzero weights of the pruned "
    "network leave 0.091. With 0.165 the rate would be 281.5 inf/s, nearer to the published 278.7 too: probably "
    "another checkpoint",
    "dram.alexnet.sparse.conv": "the weight density of each layer is not published, one is assumed for all; that no "
    "tile is fetched more often than our mappings need is another reason",
    "dram.mobilenet": "of equally fast mappings ours moves least; the published traffic is a third above what has to "
    "move at all, so its mappings fetch again",
    "dram.mobilenet.sparse": "of equally fast mappings ours moves least, and feature maps are stored compressed; the "
    "published traffic hardly falls with pruning, so its feature maps are probably stored raw and fetched again",
    "dram.limited": "the model limits a layer's mean traffic, for which 128 bytes per cycle nearly suffice; the "
    "published loss is due to bursts, which the model does not have. Were none of DRAM's time hidden behind the PEs', "
    "the loss would be 15.7 %",
}
"""Why ours misses, by the part of a claim's id that tells it apart."""

# Layers of the power breakdown: network and name. CONV13 DW is the 13th depthwise layer.
_BREAKDOWN: dict[str, tuple[str, str]] = {
    "alexnet.conv1": (ALEXNET, "CONV1"),
    "alexnet.conv3": (ALEXNET, "CONV3"),
    "alexnet.sparse.conv3": (SPARSE_ALEXNET, "CONV3"),
    "mobilenet.dw13": (MOBILENET, "block13-DW"),
    "alexnet.sparse.fc8": (SPARSE_ALEXNET, "FC8"),
}


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*_efficiencies(), *_gains(), *_layers(), *_shares(), *_dram())


def _efficiencies() -> tuple[Claim, ...]:
    def claim(which: str, name: str, workload: str, published: float, tag: str, fitted: str = "") -> Claim:
        return Claim(
            id=f"JETCAS.efficiency.v2.{which}", statement=f"{name} on v2", source=_TABLE_6, tag=tag,
            published=published, unit="inf/J", tolerance=0.1, headline=tag == "P", fitted=fitted,
            explanation=_EXPLANATIONS.get(f"efficiency.{which}", ""),
            ours=lambda bench: 1 / joules(bench.mapped(workload, V2)),
        )  # fmt: skip

    return (
        claim("alexnet", "AlexNet", ALEXNET, 174.8, "M", _FITTED),
        claim("alexnet.sparse", "sparse AlexNet", SPARSE_ALEXNET, 664.6, "M"),
        claim("mobilenet", "MobileNet", MOBILENET, 1969.8, "M"),
        claim("mobilenet.sparse", "sparse MobileNet", SPARSE_MOBILENET, 2560.3, "P"),
    )


def _gains() -> tuple[Claim, ...]:
    def claim(which: str, statement: str, new: tuple[str, str], old: tuple[str, str], published: float) -> Claim:
        return Claim(
            id=f"JETCAS.energy_gain.{which}", statement=f"energy gain, {statement}", source=_RATIOS, tag="P",
            published=published, unit="x", tolerance=0.1, explanation=_EXPLANATIONS.get(f"gain.{which}", ""),
            ours=lambda bench: joules(bench.mapped(*old)) / joules(bench.mapped(*new)),
        )  # fmt: skip

    sparse_mobilenet = (SPARSE_MOBILENET, V2)
    return (
        claim("mobilenet", "sparse MobileNet on v2 over MobileNet on v1", sparse_mobilenet, (MOBILENET, V1), 2.5),
        claim("alexnet", "sparse AlexNet on v2 over AlexNet on v1", (SPARSE_ALEXNET, V2), (ALEXNET, V1), 11.3),
        claim("both", "sparse MobileNet on v2 over AlexNet on v1", sparse_mobilenet, (ALEXNET, V1), 42.0),
        claim("noc", "MobileNet on v1.5 over v1", (MOBILENET, V1_5), (MOBILENET, V1), 1.8),
        claim("pruning", "sparse MobileNet over MobileNet, v2", sparse_mobilenet, (MOBILENET, V2), 1.3),
        claim("network", "sparse MobileNet over sparse AlexNet, v2", sparse_mobilenet, (SPARSE_ALEXNET, V2), 3.9),
    )


def _layers() -> tuple[Claim, ...]:
    def claim(which: str, published: float, fitted: str = "") -> Claim:
        return Claim(
            id=f"JETCAS.efficiency.layer.{which}", statement=f"efficiency of {_title(which)}", source=_LAYERS, tag="P",
            published=published, unit="GOPS/W", tolerance=0.2, fitted=fitted,
            explanation=_EXPLANATIONS.get(f"layer.{which}", ""), ours=lambda bench: gops_per_w(_layer(bench, which)),
        )  # fmt: skip

    return (
        claim("alexnet.conv1", 148.1, _FITTED),
        claim("alexnet.conv3", 392.0, _FITTED),
        claim("alexnet.sparse.conv3", 1423.2),
    )


def _shares() -> tuple[Claim, ...]:
    """The NoC's share of each layer, and which of the five layers is the lowest or highest in what."""

    def noc(which: str) -> Claim:
        return Claim(
            id=f"JETCAS.energy_share.noc.{which}", statement=f"NoC in the energy of {_title(which)}", source=_LAYERS,
            tag="P", published=(6.0, 10.0), unit="%", tolerance=1.0, absolute=True, fitted=_HOP,
            explanation=_EXPLANATIONS.get(f"noc.{which}", ""), ours=lambda bench: share(_layer(bench, which), "noc"),
        )  # fmt: skip

    def clock(layer: LayerResult) -> float:
        return share(layer, "static")

    return (
        *(noc(which) for which in _BREAKDOWN),
        Claim(
            id="JETCAS.energy_order.lowest_efficiency", statement="efficiency of CONV13 DW over the next higher",
            source=_LAYERS, tag="P", published=(-math.inf, 1.0), unit="x", tolerance=0.0, absolute=True,
            ours=lambda bench: _over_others(bench, "mobilenet.dw13", gops_per_w, min),
        ),
        Claim(
            id="JETCAS.energy_order.smallest_clock", statement="clock share of AlexNet CONV1 over the next higher",
            source=_LAYERS, tag="P", published=(-math.inf, 1.0), unit="x", tolerance=0.0, absolute=True,
            ours=lambda bench: _over_others(bench, "alexnet.conv1", clock, min),
        ),
        Claim(
            id="JETCAS.energy_order.largest_clock", statement="clock share of sparse AlexNet FC8 over the next lower",
            source=_LAYERS, tag="P", published=(1.0, math.inf), unit="x", tolerance=0.0, absolute=True,
            ours=lambda bench: _over_others(bench, "alexnet.sparse.fc8", clock, max),
        ),
        Claim(
            id="JETCAS.energy_order.largest_mac", statement="MAC share of AlexNet CONV1 over the next lower",
            source=_LAYERS, tag="P", published=(1.0, math.inf), unit="x", tolerance=0.0, absolute=True,
            ours=lambda bench: _over_others(bench, "alexnet.conv1", lambda layer: share(layer, "mac"), max),
        ),
    )  # fmt: skip


def _dram() -> tuple[Claim, ...]:
    def claim(which: str, name: str, workload: str, published: float, tag: str, layers: str = "") -> Claim:
        return Claim(
            id=f"JETCAS.dram.{which}", statement=f"DRAM traffic of {name}",
            source="JETCAS 2019, section VI" if layers else _TABLE_6, tag=tag, published=published, unit="MB",
            tolerance=0.1, explanation=_EXPLANATIONS.get(f"dram.{which}", ""),
            ours=lambda bench: dram_mb(bench.mapped(workload, V2), layers),
        )  # fmt: skip

    return (
        claim("alexnet", "AlexNet", ALEXNET, 71.9, "M"),
        claim("alexnet.conv", "AlexNet, CONV layers", ALEXNET, 7.1, "P", "CONV"),
        claim("alexnet.sparse", "sparse AlexNet", SPARSE_ALEXNET, 22.3, "S"),
        claim("alexnet.sparse.conv", "sparse AlexNet, CONV layers", SPARSE_ALEXNET, 4.6, "P", "CONV"),
        claim("mobilenet", "MobileNet", MOBILENET, 4.1, "M"),
        claim("mobilenet.sparse", "sparse MobileNet", SPARSE_MOBILENET, 3.9, "S"),
        Claim(
            id="JETCAS.dram.limited", statement="rate of sparse AlexNet with 25.6 GB/s off chip", source=_RATIOS,
            tag="P", published=-16.0, unit="%", tolerance=3.0, absolute=True,
            explanation=_EXPLANATIONS.get("dram.limited", ""), ours=loss_to_dram,
        ),
    )  # fmt: skip


def joules(result: NetworkResult) -> float:
    """Energy of the chip per inference in J, DRAM left out."""
    return sum(_chip_pj(layer) * layer.layer.repeat for layer in result.layers) * 1e-12 / result.inferences


def gops_per_w(layer: LayerResult) -> float:
    """Nominal operations, two per MAC, over the energy of the chip: GOPS/W."""
    return 2 * layer.layer.macs / _chip_pj(layer) * 1e3


def share(layer: LayerResult, part: str) -> float:
    """A component's share of the energy of the chip, in percent."""
    return 100 * getattr(layer.evaluation.energy, part) / _chip_pj(layer)


def _chip_pj(layer: LayerResult) -> float:
    """One run of a layer; the tables of these machines are in pJ."""
    energy = layer.evaluation.energy
    return energy.total - energy.dram


def _layer(bench: Workbench, which: str) -> LayerResult:
    workload, name = _BREAKDOWN[which]
    return next(layer for layer in bench.mapped(workload, V2).layers if layer.layer.name == name)


def _title(which: str) -> str:
    workload, name = _BREAKDOWN[which]
    network = {ALEXNET: "AlexNet", SPARSE_ALEXNET: "sparse AlexNet", MOBILENET: "MobileNet"}[workload]
    return f"{network} {name}"


def _over_others(
    bench: Workbench, which: str, value: Callable[[LayerResult], float], nearest: Callable[[list[float]], float]
) -> float:
    """A layer's value over the nearest of the other four layers of the power breakdown."""
    others = [value(_layer(bench, other)) for other in _BREAKDOWN if other != which]
    return value(_layer(bench, which)) / nearest(others)


def dram_mb(result: NetworkResult, layers: str = "") -> float:
    """MB (10^6 bytes) between chip and DRAM per inference, of the layers whose names start with ``layers``."""
    bits = sum(_dram_bits(layer, result) for layer in result.layers if layer.layer.name.startswith(layers))
    return bits / 8e6 / result.inferences


def _dram_bits(result: LayerResult, network: NetworkResult) -> float:
    layer, found = result.layer, result.evaluation
    oacts = layer.G * layer.N * layer.M * layer.E * layer.F
    bits = dram_bits(found.dram, oacts, found.oact_bits, network.accelerator.build())  # type: ignore[arg-type]
    return layer.repeat * float(sum(bits))


def loss_to_dram(bench: Workbench) -> float:
    """Change of the rate of sparse AlexNet on v2, in percent, when DRAM brings and takes 25.6 GB/s."""
    free = accelerator(V2)
    limited = free.replace(dram_total_bits_per_cycle=8 * DDR4_3200_BYTES_PER_S / free.clock_hz)
    rates = [bench.mapped(SPARSE_ALEXNET, machine).inferences_per_s for machine in (limited, free)]
    return 100 * (rates[0] / rates[1] - 1)
