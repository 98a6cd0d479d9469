"""SCNN, ISCA'17: multiplier utilisation, PEs that wait (Fig 10), and speed-up over a dense design (Fig 9)."""

import math
from collections.abc import Callable, Iterable

from eyeriss_jax.hardware.presets.field import scnn, scnn_dense
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.field import scnn_alexnet, scnn_vgg16
from eyeriss_jax.model.field import spent
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import Figure, claims_of

CHIP = "scnn"


_GROUPS = "8 filters per group in all layers: chosen with these figures in sight"
_FITTED = {"VGGNet conv1_1": "dot products over channels: chosen on this figure"}

_CLUSTERS = (
    "non-zero activations are taken as scattered at random; tiles of 2x2 outputs hold one or two fetches, and zeros "
    "that cluster, as in real maps, leave fuller ones"
)
_REGIONS = (
    "all tiles of a plane are taken to have the same density; in real maps some regions are busier, and their PE is "
    "waited for"
)
_ALL_NONZERO = (
    "its activations are all non-zero, so chance plays no part; at stride 4 tiles differ in the inputs that their "
    "windows take, which the law leaves out"
)
_DENSE_CONV1 = (
    "the dense time of CONV1 is that of neither law: dot products over its 3 channels give 6.5, over merged taps 1.2; "
    "how the dense design folds a stride of 4 is not published"
)
_OWN_FIGURES = (
    "the published speed-up is half of the oracle's, where the paper's own utilisation and idle time (Fig 10) leave {} "
    "of it; not explained, perhaps how its large planes are cut in time"
)
_UTILIZATION: dict[str, str] = dict.fromkeys(
    ("AlexNet conv3", "AlexNet conv5", "VGGNet conv5_2", "VGGNet conv5_3"), _CLUSTERS
)
_IDLE = {
    "AlexNet conv1": _ALL_NONZERO,
    **dict.fromkeys(("AlexNet conv2", "VGGNet conv1_2", "VGGNet conv3_2", "VGGNet conv3_3"), _REGIONS),
}
_SPEEDUP = {
    "AlexNet conv1": _DENSE_CONV1,
    "VGGNet conv2_1": _OWN_FIGURES.format("0.91"),
    "VGGNet conv2_2": _OWN_FIGURES.format("0.84"),
    **dict.fromkeys(("VGGNet conv5_2", "VGGNet conv5_3"), f"by the utilisation: {_CLUSTERS}"),
    "AlexNet": f"by CONV1: {_DENSE_CONV1}",
    "VGGNet": "by conv2_1 and conv2_2, see there",
}
_ORACLE = {"AlexNet conv1": _DENSE_CONV1, "AlexNet all": f"by CONV1: {_DENSE_CONV1}"}


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        *claims_of(
            CHIP, "multiplier_utilisation", _utilization, statement="utilisation of multipliers in busy PEs",
            tolerance=0.1, absolute=True, explanations=_UTILIZATION, fitted=_GROUPS,
        ),
        *claims_of(
            CHIP, "PE_idle_at_barrier", _idle, statement="share of time that PEs wait at barriers", tolerance=0.1,
            absolute=True, explanations=_IDLE,
        ),
        *claims_of(
            CHIP, "speedup_over_DCNN", lambda row: _speedup(row, _cycles), statement="speed-up over the dense design",
            tolerance=0.15, explanations=_SPEEDUP, headline=("AlexNet", "VGGNet"),
        ),
        *claims_of(
            CHIP, "speedup_oracle_over_DCNN", lambda row: _speedup(row, _oracle), fitted=_FITTED,
            statement="speed-up with every multiplier always useful", tolerance=0.1, explanations=_ORACLE,
            headline=("VGGNet all",),
        ),
    )  # fmt: skip


def _layers(workload: str) -> tuple[Layer, ...]:
    """One layer of a network as the figures name it, or all of them."""
    name, _, which = workload.partition(" ")
    layers = {"AlexNet": scnn_alexnet, "VGGNet": scnn_vgg16}[name]().layers
    wanted = which.upper().replace("_", "-")
    return layers if wanted in ("", "ALL") else tuple(layer for layer in layers if layer.name == wanted)


def _utilization(row: Figure) -> float:
    (layer,) = _layers(row.workload)
    parts = spent(layer, scnn())
    return parts.useful / (parts.useful + parts.fetch)


def _idle(row: Figure) -> float:
    (layer,) = _layers(row.workload)
    parts = spent(layer, scnn())
    return (parts.shape + parts.imbalance) / parts.total


def _cycles(layers: Iterable[Layer]) -> float:
    return math.fsum(spent(layer, scnn()).total for layer in layers)


def _oracle(layers: Iterable[Layer]) -> float:
    return math.fsum(spent(layer, scnn()).useful for layer in layers)


def _speedup(row: Figure, cycles: Callable[[Iterable[Layer]], float]) -> float:
    """Over the dense design with as many multipliers."""
    layers = _layers(row.workload)
    return math.fsum(spent(layer, scnn_dense()).total for layer in layers) / cycles(layers)
