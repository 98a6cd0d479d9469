"""Densities of a model, measured on data or read off a checkpoint: what share of values is not zero, layer by layer.

  python -m experiments.densities --network=jax:mymodels:trained --bits=8 --output_dir=output/densities
  python -m experiments.eyexam --network=jax:mymodels:trained --sparsity=output/densities/densities.json

The factory returns ``(model, *arrays)``: a bound linen module, an nnx module or a function, and a batch of real inputs;
README's ``mymodels.py`` has one. Of a checkpoint (``--checkpoint=<file>``, .npz or .msgpack) weights only are told.
Writes densities.json, or densities.npz for many channels, and summary.json.
"""

import dataclasses
from pathlib import Path

from absl import flags

from experiments.harness import CONFIGS, Experiment, define_text, layer_progress
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers import Network
from eyeriss_jax.layers.densities import Densities
from eyeriss_jax.layers.importers.checkpoint import checkpoint_densities
from eyeriss_jax.layers.importers.jax_densities import measure_densities
from eyeriss_jax.layers.importers.jax_factory import made_by
from eyeriss_jax.report.files import write_json
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.table import Column, Table
from eyeriss_jax.report.terminal import terminal_table
from eyeriss_jax.report.units import percent

MOST_CHANNELS_AS_TEXT = 50_000
_JAX = "jax:"

_EXPERIMENT = Experiment("densities", CONFIGS / "densities.py", compiles=False)
_NETWORK = define_text("network", f"Model that runs on data, instead of the config's: {_JAX}package.module:factory.")
_CHECKPOINT = define_text("checkpoint", "Checkpoint of weights (.npz, .msgpack), instead of running a network.")
_BITS = flags.DEFINE_integer(
    "bits", None, "Count what rounds to zero in so many bits as zero; 0 for exact zeros.", allow_override=True
)


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DensitiesConfig:
    """What to measure: ``network`` (jax:...) or, if it is named, ``checkpoint``; ``bits`` 0 counts exact zeros only."""

    network: str = ""
    checkpoint: str = ""
    bits: int = 0

    def __post_init__(self) -> None:
        """Refuses what has no values to measure."""
        if not self.checkpoint and not self.network.startswith(_JAX):
            what = f"network {self.network!r} has no values" if self.network else "nothing is named that has values"
            raise SpecError(f"{what}; give --network={_JAX}package.module:factory, or --checkpoint")


def main() -> None:
    """Reads the flags, measures, writes the file and prints the layers."""
    config = _EXPERIMENT.config(DensitiesConfig, network=_NETWORK.value, checkpoint=_CHECKPOINT.value, bits=_BITS.value)
    densities = measured(config) if config.checkpoint else None  # a file is read, and refused, before any work
    folder = _EXPERIMENT.start(config)
    if densities is None:
        with layer_progress(f"running {config.network} on its data", announced=False):
            densities = measured(config)
    channels = sum(len(each.iact) + len(each.weight) for each in densities.layers.values())
    path = folder / ("densities.json" if channels <= MOST_CHANNELS_AS_TEXT else "densities.npz")
    densities.write(path)
    write_json(folder / "summary.json", _summary(densities, config))
    note = f"\nwrote {folder}/: {path.name} (for --sparsity={path}), summary.json"
    table = densities_table(densities)
    _EXPERIMENT.show([table], lambda width: terminal_table(table, width), [note])


def measured(config: DensitiesConfig) -> Densities:
    """The densities of the checkpoint, or of the network on its data.

    Raises:
        SpecError: what the file or the factory holds is of no use.
    """
    bits = config.bits or None
    if config.checkpoint:
        return checkpoint_densities(Path(config.checkpoint), bits)
    where = config.network.removeprefix(_JAX)
    made, _ = made_by(where, 1)
    if isinstance(made, Network):
        raise SpecError(f"the factory {where} returned a Network, which has no values; return (model, *arrays)")
    return measure_densities(*made, name=where.rpartition(":")[2], bits=bits)


def densities_table(densities: Densities) -> Table:
    """One row per layer: means, and how much its channels differ."""
    sparsities = {name: each.sparsity for name, each in densities.layers.items()}
    rows = list(sparsities.values())
    return Table(
        name="layers",
        columns=(
            Column.of("layer", "layer", sparsities, priority=0, numeric=False, least=16),
            Column.of("iact_density", "iact", [row.iact for row in rows], percent, priority=1),
            Column.of("weight_density", "weight", [row.weight for row in rows], percent, priority=1),
            Column.of("iact_correlation", "iact\ncorrelation", [row.iact_correlation for row in rows], _correlation),
            Column.of(
                "weight_correlation", "weight\ncorrelation", [row.weight_correlation for row in rows], _correlation
            ),
        ),
    )


def _correlation(share: float) -> str:
    """How alike values are, from 0 to 1: below a ten-thousandth nothing depends on it."""
    return f"{share:.4f}"


def _summary(densities: Densities, config: DensitiesConfig) -> dict[str, object]:
    return {
        "layers": {name: dataclasses.asdict(each.sparsity) for name, each in densities.layers.items()},
        "source": densities.source,
        "config": dataclasses.asdict(config),
        "git_revision": git_revision(),
        "versions": versions(),
    }


if __name__ == "__main__":
    _EXPERIMENT.run(main)
