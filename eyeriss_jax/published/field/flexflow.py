"""FlexFlow and two of its baselines, HPCA'17: utilisation and throughput on three networks (Figs 15, 16, 19)."""

from collections.abc import Callable

from eyeriss_jax.hardware.field import FieldMachine
from eyeriss_jax.hardware.presets.field import flexflow, flexflow_2d, flexflow_tiling
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.layers.networks.field import lenet5
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import claims_of
from eyeriss_jax.published.field.runs import utilization

_OTHER_VGG = (
    "the paper's VGG is another network or another crop: 224x224 fills blocks of 16x16 and trees of 16 better than "
    "printed, on both baselines"
)
_OWN_FACTORS = (
    "every layer has the factors that suit it best; in the paper one layer's outputs lie as the next one's inputs must"
)
_WHOLE_CONV1 = "CONV1 undivided, not in halves: chosen on this figure"


def claims() -> tuple[Claim, ...]:
    """All claims of this file."""
    return (
        *_figures("flexflow", flexflow, {"AlexNet": _OWN_FACTORS}),
        *_figures("flexflow_tiling", flexflow_tiling, {"VGG": _OTHER_VGG}),
        *_figures("flexflow_2d", flexflow_2d, {"VGG": _OTHER_VGG}),
        *_sizes("flexflow_tiling", flexflow_tiling, {"AlexNet 32x32": _WHOLE_CONV1}),
        *_sizes("flexflow_2d", flexflow_2d, {}),
    )


def _figures(chip: str, machine: Callable[[], FieldMachine], explanations: dict[str, str]) -> tuple[Claim, ...]:
    """Utilisation within 3 points, and the same share of 512 GOPS."""
    return (
        *claims_of(
            chip, "PE_utilisation", lambda row: utilization(layers_of(row.workload), machine()),
            statement="utilisation of 256 PEs", tolerance=3.0, absolute=True, explanations=explanations,
            headline=("AlexNet",),
        ),
        *claims_of(
            chip, "throughput", lambda row: 5.12 * utilization(layers_of(row.workload), machine()),
            statement="throughput of 256 PEs", tolerance=3 * 5.12, absolute=True, explanations=explanations,
        ),
    )  # fmt: skip


def _sizes(chip: str, machine: Callable[[int], FieldMachine], fitted: dict[str, str]) -> tuple[Claim, ...]:
    """Utilisation of AlexNet on arrays of other sizes."""
    return claims_of(
        chip, "PE_utilisation_by_size",
        lambda row: utilization(layers_of("AlexNet"), machine(int(row.workload.rpartition("x")[2]))),
        statement="utilisation of PEs", tolerance=3.0, absolute=True, fitted=fitted,
    )  # fmt: skip


def layers_of(workload: str) -> tuple[Layer, ...]:
    """The CONV layers of a network as the paper names it; AlexNet has its two groups."""
    if workload == "LeNet-5":
        return lenet5().layers
    layers = network({"AlexNet": "alexnet", "VGG": "vgg16"}[workload]).layers
    return tuple(layer for layer in layers if layer.name.startswith("CONV"))
