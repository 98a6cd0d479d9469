"""What the common flags accept, in words for ``--help``: read off the registries, so that no list is typed twice."""

from eyeriss_jax.dataflow import DATAFLOWS
from eyeriss_jax.dataflow.flat_array import FlatArray
from eyeriss_jax.hardware.presets import ACCELERATORS, SCALED_ACCELERATORS
from eyeriss_jax.layers.networks import NETWORK_FAMILIES, NETWORKS
from eyeriss_jax.layers.sources import SOURCES
from eyeriss_jax.model.conventions import CONVENTIONS, FRAMEWORKS
from eyeriss_jax.search.objectives import OBJECTIVES


def networks() -> str:
    """What ``--network`` takes."""
    sources = (f"{prefix}:{what}" for prefix, (_, _, what) in SOURCES.items())
    return ", ".join((*NETWORKS, *NETWORK_FAMILIES, *sources))


def accelerators() -> str:
    """What ``--accelerator`` takes."""
    return ", ".join((*ACCELERATORS, *SCALED_ACCELERATORS, "<path>.yaml (ours or Timeloop's architecture)"))


def dataflows() -> str:
    """What ``--dataflow`` takes; those that lay PEs out along one axis need a machine that is built so."""
    flat = [name for name, flow in DATAFLOWS.items() if isinstance(flow, FlatArray)]
    return f"{', '.join(DATAFLOWS)} ({', '.join(flat)} where all PEs lie on one axis)"


def objectives() -> str:
    """What ``--objective`` takes."""
    return ", ".join(OBJECTIVES)


def conventions() -> str:
    """What ``--conventions`` takes."""
    return ", ".join((*CONVENTIONS, *FRAMEWORKS))


def dictionaries() -> dict[str, str]:
    """What the fields of a config take that are dictionaries, by field."""
    from eyeriss_jax.search.space import BOUNDED

    return {
        "axes": (
            "values of any field of an accelerator, listed or as a range with a step or a factor: "
            '--config.axes.pe_rows="(3, 6)" beside those of the config, or '
            "--config.axes=\"{'lanes': (1, 2), 'glb_bits': {'iact': {'first': 9216, 'last': 147456, 'factor': 4}}}\""
        ),
        "constraints": (
            f"at_least and at_most, numbers or another accelerator's, of {', '.join(BOUNDED)}: "
            "--config.constraints.pes.at_least=96 beside those of the config, or "
            "--config.constraints=\"{'area_mm2': {'at_most': 'eyeriss_v2'}, 'pes': {'at_least': 96}}\""
        ),
    }
