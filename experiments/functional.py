"""Runs a mapping on real numbers: exact outputs, and the words that moved beside those that the laws predict.

Finds the best mapping of a layer (or of every layer of a network), executes it on random 8-bit tensors, and shows
per level and data type the predicted and the measured words, the reuse factors, and the error of the output.

  python -m experiments.functional --config=configs/functional.py --output_dir=output/functional
  python -m experiments.functional --network=mobilenet_v1_0.5_128 --layer=

Writes summary.json and one heat map of the delivered words per layer. Plain flags override the config.
"""

import dataclasses
import time

import jax
import jax.numpy as jnp
import numpy as np

from experiments.command_line import (
    CONFIGS,
    define_accelerator,
    define_batch,
    define_config,
    define_layer,
    define_network,
    define_output_dir,
    only_layer,
    prepare_output_dir,
    run,
)
from experiments.compilation_cache import define_compilation_cache, enable_compilation_cache
from experiments.configuration import freeze
from experiments.output import define_format, show
from experiments.progress import layer_progress
from eyeriss_jax.functional import conv
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, network
from eyeriss_jax.model.results import LayerResult
from eyeriss_jax.report.figures.cluster_map import cluster_map
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.files import file_name, write_json
from eyeriss_jax.report.functional import Comparison, compare, layers_table, reuse_table, words_table
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.terminal import terminal_tables
from eyeriss_jax.search.network import map_network

_COUNT_KEYS = ("level", "type", "count", "predicted", "measured")

_CONFIG = define_config()
_NETWORK = define_network()
_LAYER = define_layer()
_ACCELERATOR = define_accelerator()
_BATCH = define_batch()
_OUTPUT_DIR = define_output_dir("output/functional")
_FORMAT = define_format()
_COMPILATION_CACHE = define_compilation_cache()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FunctionalConfig:
    """What to execute; an empty ``layer`` stands for every layer. ``seed`` makes the random tensors."""

    network: str
    layer: str
    accelerator: str
    objective: str
    batch: int
    seed: int


def main() -> None:
    """Reads the flags, maps and executes the layers, writes and prints the comparison."""
    names = {"network": _NETWORK.value, "layer": _LAYER.value, "accelerator": _ACCELERATOR.value}
    config = freeze(_CONFIG.value, FunctionalConfig, batch=_BATCH.value, **names)
    workload = network(config.network, batch=config.batch)
    if config.layer:
        workload = only_layer(workload, config.layer)
    machine = accelerator(config.accelerator)
    folder = prepare_output_dir(_OUTPUT_DIR.value)
    if _COMPILATION_CACHE.value:
        enable_compilation_cache()
    with layer_progress(f"mapping {len(workload.layers)} layers on {machine.name}") as progress:
        mapped = map_network(workload, machine, objective=config.objective, progress=progress)
    comparisons = []
    with layer_progress(f"executing {len(workload.layers)} layers of {workload.name}") as progress:
        for done, layer in enumerate(mapped.layers):
            progress(done, len(mapped.layers), layer.layer.name)
            comparisons.append(execute(layer, config))
            save(cluster_map(comparisons[-1]), folder / file_name(f"delivered_{layer.layer.name}"))
    write_json(folder / "summary.json", _summary(comparisons, config))
    tables = [layers_table(comparisons)]
    if len(comparisons) == 1:
        tables += [words_table(comparisons[0]), reuse_table(comparisons[0])]
    note = f"\nwrote {folder}/: summary.json and delivered_<layer>.png, .svg"
    show(_FORMAT.value, tables, lambda width: terminal_tables(tables, width), [note])


def execute(result: LayerResult, config: FunctionalConfig) -> Comparison:
    """Runs one mapped layer on random 8-bit tensors and compares it with the laws and the reference."""
    layer = result.layer
    random = np.random.default_rng(config.seed)
    iacts = random.integers(-128, 128, (layer.G, layer.N, layer.C, *layer.input_hw), dtype=np.int8)
    weights = random.integers(-8, 8, (layer.G, layer.M, layer.C, layer.R, layer.S), dtype=np.int8)
    start = time.perf_counter()
    executed = conv.run(layer, result.mapping, accelerator(config.accelerator), iacts, weights)
    jax.block_until_ready(executed.oacts)
    seconds = time.perf_counter() - start
    return compare(result, executed, reference(layer, iacts, weights), seconds)


def reference(layer: Layer, iacts: np.ndarray, weights: np.ndarray) -> jax.Array:
    """The layer by JAX's own convolution, in 20-bit psums that wrap as the hardware's do: [G, N, M, E, F] int32."""
    groups, batch, channels, height, width = iacts.shape
    flat = jnp.asarray(iacts).transpose(1, 0, 2, 3, 4).reshape(batch, groups * channels, height, width)
    filters = jnp.asarray(weights).reshape(groups * layer.M, layer.C, layer.R, layer.S)
    spans = zip(layer.padding, layer.padded_span, (height, width), strict=True)
    padding = [(before, span - before - size) for (before, _), span, size in spans]
    sums = jax.lax.conv_general_dilated(
        flat.astype(jnp.int32), filters.astype(jnp.int32), layer.stride, padding,
        rhs_dilation=layer.dilation, feature_group_count=groups,
    )  # fmt: skip
    sums = sums.reshape(batch, groups, layer.M, layer.E, layer.F).transpose(1, 0, 2, 3, 4)
    return ((sums + (1 << 19)) & ((1 << 20) - 1)) - (1 << 19)


def _summary(comparisons: list[Comparison], config: FunctionalConfig) -> dict[str, object]:
    return {
        "equal": all(each.equal for each in comparisons),
        "output_error": max(each.output_error for each in comparisons),
        "layers": [
            {
                "name": each.layer.layer.name,
                "equal": each.equal,
                "output_error": each.output_error,
                "overflowed": each.overflowed,
                "execution_s": each.seconds,
                "words": [dict(zip(_COUNT_KEYS, row, strict=True)) for row in each.rows],
                "reuse": each.reuse,
            }
            for each in comparisons
        ],
        "config": dataclasses.asdict(config),
        "git_revision": git_revision(),
        "versions": versions(),
    }


if __name__ == "__main__":
    jax.config.parse_flags_with_absl()
    run(main, default_config=CONFIGS / "functional.py")
