"""Runs a mapping on real numbers: exact outputs, and the words that moved beside those that the laws predict.

Finds the best mapping of a layer (or of every layer of a network) and executes it.

  python -m experiments.functional --config=configs/functional.py --output_dir=output/functional
  python -m experiments.functional --network=mobilenet_v1_0.5_128 --layer=
  python -m experiments.functional --config=configs/functional_mobilenet.py --output_dir=output/mobilenet

With operands = 'random' on random 8-bit tensors: per level and data type the predicted and the measured words, the
reuse factors, and the error of the output (0); and the first pass on the networks on chip, simulated router by router
and cycle by cycle: its multicast mode, at how many PEs a word arrives, and the cycles beside those of the law. With
operands = 'flax' a Flax MobileNet-v1 runs on an image, its convolutions on the accelerator in 8 bits: per layer the
counts, cycles, nonzero shares, reuse factors and the error of 8 bits.

Writes summary.json, per layer a heat map of the delivered words and a map of the first pass on its way, and, for Flax,
a picture of the network. Plain flags override the config.
"""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from experiments.harness import (
    COMPILING,
    CONFIGS,
    Experiment,
    define_accelerator,
    define_batch,
    define_layer,
    define_network,
    define_objective,
    define_text,
    layer_progress,
    only_layer,
)
from experiments.measure import flax_network as functional_flax
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.execute import conv
from eyeriss_jax.functional.noc import FirstPass
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.hardware.presets import accelerator
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.results import LayerResult, NetworkResult
from eyeriss_jax.report.figures.cluster_map import cluster_map
from eyeriss_jax.report.figures.flax_network import flax_network
from eyeriss_jax.report.figures.noc_map import is_drawable, noc_map
from eyeriss_jax.report.figures.style import save
from eyeriss_jax.report.files import file_name, write_json
from eyeriss_jax.report.functional import (
    Comparison,
    ExecutedLayer,
    executed_layer,
    layers_table,
    reuse_table,
    words_table,
)
from eyeriss_jax.report.functional_network import FlaxLayer, flax_reuse_table, flax_table
from eyeriss_jax.report.noc import noc_table, refusals, summarised
from eyeriss_jax.report.provenance import git_revision, versions
from eyeriss_jax.report.terminal import terminal_tables
from eyeriss_jax.report.units import counted, scaled
from eyeriss_jax.search.mapping import map_network
from eyeriss_jax.search.objectives import objective as check_objective

_COUNT_KEYS = ("level", "type", "count", "predicted", "measured")
_KINDS = ("random", "flax")

_MOST_MACS = 1 << 36
"""Of one layer. CONV3 of AlexNet has 0.15 G and takes 5 s with compiling, on two cores with other work."""

_EXPERIMENT = Experiment("functional", CONFIGS / "functional.py")
_NETWORK = define_network()
_LAYER = define_layer(empty=True)
_ACCELERATOR = define_accelerator()
_BATCH = define_batch()
_OBJECTIVE = define_objective()
_OPERANDS = define_text("operands", f"Operands, instead of the config's: {', '.join(_KINDS)}.")
_IMAGE = define_text("image", "PNG or JPEG file for 'flax', instead of the config's; empty for the sample.", empty=True)


@_EXPERIMENT.configured
@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FunctionalConfig:
    """What to execute, and on what.

    An empty ``layer`` stands for every layer. ``operands``: ``"random"`` 8-bit tensors, or a ``"flax"`` network on an
    ``image`` (a file; empty for the photograph that comes with matplotlib). ``seed``: of the random tensors or weights.
    """

    network: str
    accelerator: str
    layer: str = ""
    objective: str = "cycles"
    batch: int = 1
    seed: int = 0
    operands: str = "random"
    image: str = ""

    def __post_init__(self) -> None:
        """Refuses names that do not exist, and choices that the other kind of operands does not have."""
        check_objective(self.objective)
        if self.seed < 0:
            raise SpecError(f"config field seed = {self.seed} must not be negative")
        if self.operands not in _KINDS:
            raise SpecError(f"operands = {self.operands!r} must be one of {', '.join(_KINDS)}")
        if self.operands == "flax" and self.layer:
            raise SpecError(f"layer = {self.layer!r}: a Flax network runs whole; leave the layer empty")
        if self.operands == "random" and self.image:
            raise SpecError(f"image = {self.image!r} needs operands = 'flax'")


def main() -> None:
    """Reads the flags, maps and executes the layers, writes and prints the comparison."""
    names = {"network": _NETWORK.value, "layer": _LAYER.value, "accelerator": _ACCELERATOR.value}
    operands = {"operands": _OPERANDS.value, "image": _IMAGE.value}
    config = _EXPERIMENT.config(FunctionalConfig, objective=_OBJECTIVE.value, batch=_BATCH.value, **names, **operands)
    workload = _EXPERIMENT.network(config.network, batch=config.batch)
    if config.layer:
        workload = only_layer(workload, config.layer)
    _check_size(workload)
    machine = accelerator(config.accelerator)
    pixels = None
    if config.operands == "flax":
        functional_flax.check_network(workload)
        pixels = functional_flax.load_image(config.image)
    folder = _EXPERIMENT.start(config)
    what = f"mapping {counted(len(workload.layers), 'layer')} on {machine.name}"
    with layer_progress(what, first=COMPILING) as progress:
        mapped = map_network(workload, machine, objective=config.objective, progress=progress)
    if pixels is None:
        _random(mapped, config, folder)
    else:
        _flax(mapped, pixels, config, folder)


def _check_size(workload: Network) -> None:
    """Refuses what nobody would wait for.

    Raises:
        SpecError: a layer of more than :data:`_MOST_MACS`.
    """
    for layer in workload.layers:
        if layer.macs > _MOST_MACS:
            raise SpecError(
                f"layer {layer.name!r} has {scaled(layer.macs)} MACs, of which at most {scaled(_MOST_MACS)} are "
                "executed: take a smaller --batch or another --layer; experiments.eyexam counts them by the laws"
            )


def _random(mapped: NetworkResult, config: FunctionalConfig, folder: Path) -> None:
    """Every layer by itself on random tensors."""
    layers, passes = [], []
    with layer_progress(f"executing {counted(len(mapped.layers), 'layer')} of {mapped.network}") as progress:
        for done, layer in enumerate(mapped.layers):
            progress(done, len(mapped.layers), layer.layer.name)
            layers.append(execute(layer, mapped.accelerator, config.seed))
            passes.append(FirstPass.of(layer.layer, layer.mapping, mapped.accelerator))
            _save_map(layers[-1].comparison, folder)
            if is_drawable(passes[-1]):
                save(noc_map(passes[-1], mapped.accelerator.name), folder / file_name(f"noc_{layer.layer.name}"))
    summary = {
        "equal": all(each.comparison.equal for each in layers),
        "output_error": max(each.output_error for each in layers),
        "layers": [
            _layer_summary(each.comparison) | _random_summary(each) | {"first_pass": summarised(one_pass)}
            for each, one_pass in zip(layers, passes, strict=True)
        ],
    }
    write_json(folder / "summary.json", summary | _provenance(config))
    tables = [layers_table(layers)]
    if len(layers) == 1:
        tables += [words_table(layers[0].comparison), reuse_table(layers[0].comparison)]
    tables.append(noc_table(passes))
    whose = file_name(layers[0].comparison.layer.layer.name) if len(layers) == 1 else "<layer>"
    drawn = ("delivered", "noc") if any(map(is_drawable, passes)) else ("delivered",)
    pictures = " and ".join(f"{name}_{whose}" for name in drawn)
    notes = [*refusals(passes), f"\nwrote {folder}/: summary.json, {pictures} as .png, .svg"]
    _EXPERIMENT.show(tables, lambda width: terminal_tables(tables, width), notes)


def _flax(mapped: NetworkResult, pixels: np.ndarray, config: FunctionalConfig, folder: Path) -> None:
    """The whole network on an image."""
    what = f"running {mapped.network} in Flax with its convolutions on {mapped.accelerator.name}"
    with layer_progress(what) as progress:
        result = functional_flax.run_flax(mapped, pixels, config.seed, progress)
    with layer_progress("drawing") as progress:
        for done, each in enumerate(result.layers):
            progress(done, len(result.layers), each.comparison.layer.layer.name)
            _save_map(each.comparison, folder)
        title = f"{mapped.network} in Flax on {mapped.accelerator.name}: {config.image or functional_flax.SAMPLE}"
        save(flax_network(result, title), folder / "network")
    summary = {
        "equal": all(each.comparison.equal for each in result.layers),
        "output_relative_rms_error": result.output_error,
        "same_class": result.same_class,
        "run_s": result.seconds,
        "layers": [_layer_summary(each.comparison) | _flax_summary(each) for each in result.layers],
    }
    write_json(folder / "summary.json", summary | _provenance(config))
    tables = [flax_table(result.layers), flax_reuse_table(result.layers)]
    notes = [
        f"\noutput: relative rms error of the logits {100 * result.output_error:.2f} %, "
        f"{'the same' if result.same_class else 'not the same'} class as in float32",
        f"wrote {folder}/: summary.json, network and delivered_<layer> as .png, .svg",
    ]
    _EXPERIMENT.show(tables, lambda width: terminal_tables(tables, width), notes)


def _save_map(comparison: Comparison, folder: Path) -> None:
    save(cluster_map(comparison), folder / file_name(f"delivered_{comparison.layer.layer.name}"))


def execute(result: LayerResult, machine: Accelerator, seed: int) -> ExecutedLayer:
    """Runs one mapped layer on random 8-bit tensors and compares it with the laws and the reference."""
    layer = result.layer
    random = np.random.default_rng(seed)
    iacts = random.integers(-128, 128, (layer.G, layer.N, layer.C, *layer.input_hw), dtype=np.int8)
    weights = random.integers(-8, 8, (layer.G, layer.M, layer.C, layer.R, layer.S), dtype=np.int8)
    start = time.perf_counter()
    executed = conv.run(layer, result.mapping, machine, iacts, weights)
    jax.block_until_ready(executed.oacts)
    seconds = time.perf_counter() - start
    exact = reference(layer, iacts, weights, int(machine.word_bits.psum))
    return executed_layer(result, executed, machine, exact, seconds)


def reference(layer: Layer, iacts: np.ndarray, weights: np.ndarray, psum_bits: int) -> jax.Array:
    """The layer by JAX's own convolution, in psums that wrap as the hardware's do: [G, N, M, E, F] int32."""
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
    half = 1 << (psum_bits - 1)
    return ((sums + half) & (2 * half - 1)) - half


def _layer_summary(comparison: Comparison) -> dict[str, Any]:
    return {
        "name": comparison.layer.layer.name,
        "equal": comparison.equal,
        "cycles": comparison.layer.evaluation.cycles.total,
        "words": [dict(zip(_COUNT_KEYS, row, strict=True)) for row in comparison.rows],
        "reuse": comparison.reuse,
        "busiest_words": comparison.busiest,
    }


def _random_summary(each: ExecutedLayer) -> dict[str, Any]:
    return {"output_error": each.output_error, "overflowed": each.overflowed, "execution_s": each.seconds}


def _flax_summary(each: FlaxLayer) -> dict[str, Any]:
    return {
        "density": {"iact": each.iact_density, "weight": each.weight_density, "oact": each.oact_density},
        "relative_rms_error": {
            "iact": each.iact_error,
            "weight": each.weight_error,
            "own_output": each.own_error,
            "output_so_far": each.error_so_far,
        },
        "overflowed": each.overflowed,
    }


def _provenance(config: FunctionalConfig) -> dict[str, Any]:
    return {"config": dataclasses.asdict(config), "git_revision": git_revision(), "versions": versions()}


if __name__ == "__main__":
    _EXPERIMENT.run(main)
