"""FlexFlow, HPCA'17: utilisation and throughput of two of its baselines on AlexNet, LeNet-5 and VGG (Figs 15, 16)."""

from collections.abc import Callable

from eyeriss_jax.hardware.field import FieldMachine
from eyeriss_jax.hardware.presets.field import flexflow_2d, flexflow_tiling
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.networks.field import alexnet_half, lenet5
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import claims_of
from eyeriss_jax.published.field.runs import utilization

_OTHER_VGG = (
    "the paper's VGG is another network or another crop: 224x224 fills blocks of 16x16 and trees of 16 better than "
    "printed, on both baselines"
)


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (*_baseline("flexflow_tiling", flexflow_tiling), *_baseline("flexflow_2d", flexflow_2d))


def _baseline(chip: str, machine: Callable[[], FieldMachine]) -> tuple[Claim, ...]:
    """Utilisation within 3 points, and the same share of 512 GOPS."""
    explanations = {"VGG": _OTHER_VGG}
    return (
        *claims_of(
            chip, "PE_utilisation", lambda row: utilization(layers_of(row.workload), machine()),
            statement="utilisation of 256 PEs", tolerance=3.0, absolute=True, explanations=explanations,
        ),
        *claims_of(
            chip, "throughput", lambda row: 5.12 * utilization(layers_of(row.workload), machine()),
            statement="throughput of 256 PEs", tolerance=3 * 5.12, absolute=True, explanations=explanations,
        ),
    )  # fmt: skip


def layers_of(workload: str) -> tuple[Layer, ...]:
    """The CONV layers of a network as the paper names it; AlexNet is one half, as in FPGA'15."""
    if workload == "LeNet-5":
        return lenet5().layers
    if workload == "AlexNet":
        return alexnet_half().layers
    return tuple(layer for layer in network("vgg16").layers if layer.name.startswith("CONV"))
