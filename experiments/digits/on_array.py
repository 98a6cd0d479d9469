"""The example network in the accelerator's numbers: in 8 bits by XLA, and executed by the functional model."""

from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from experiments.digits.data import DigitsNet
from experiments.digits.training import Params
from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.functional.flax import COLLECTION, LinenConv, quantize
from eyeriss_jax.functional.sparse import tile_pairs
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.model.results import NetworkResult


class Executed(NamedTuple):
    """Logits [N, 10] of a run on the array, and whether a psum left its width."""

    logits: jax.Array
    overflowed: bool


def executed(
    net: DigitsNet, params: Params, images: Any, accelerator: Accelerator, mappings: dict[str, Mapping]
) -> Executed:
    """``images`` [N, 8, 8, 1] through the network, every value moved as its layer's mapping says."""

    def on_array(**options: Any) -> nn.Module:
        return LinenConv(accelerator=accelerator, mapping=mappings[options["name"]], **options)

    logits, records = net.clone(conv=on_array).apply({"params": params}, images, mutable=[COLLECTION])
    runs = [record["execution"][0] for record in records[COLLECTION].values()]
    return Executed(jnp.asarray(logits), any(bool(run.overflowed) for run in runs))


def quantized(net: DigitsNet, params: Params, images: Any, accelerator: Accelerator) -> jax.Array:
    """The logits [N, 10] in the accelerator's word widths by XLA's own convolution, with psums of 32 bits."""

    def convolve(lhs: jax.Array, rhs: jax.Array, strides: Any, padding: Any, *dilations: Any, **options: Any) -> Any:
        iacts = quantize(lhs, int(accelerator.word_bits.iact))
        weights = quantize(rhs, int(accelerator.word_bits.weight), axes=(0, 1, 2))
        integers = (iacts.values.astype(jnp.int32), weights.values.astype(jnp.int32))
        layout = ("NHWC", "HWIO", "NHWC")
        psums = lax.conv_general_dilated(
            *integers, strides, padding, options["lhs_dilation"], options["rhs_dilation"], dimension_numbers=layout
        )
        return psums.astype(jnp.float32) * (iacts.scale * weights.scale)

    def in_integers(**options: Any) -> nn.Module:
        return nn.Conv(conv_general_dilated=convolve, **options)

    return jnp.asarray(net.clone(conv=in_integers).apply({"params": params}, images))


def largest_tiles(result: NetworkResult, kernels: dict[str, jax.Array]) -> dict[str, list[int]]:
    """Per compressed layer: the pairs of the largest weight tile of its kernel [R, S, C, M], and the SPad's room."""
    pe = result.accelerator.sparse_pe
    assert pe is not None
    tiles = {}
    for each in result.layers:
        if each.evaluation.compressed:
            tile = each.mapping.spad
            integers = quantize(
                kernels[each.layer.name], int(result.accelerator.word_bits.weight), axes=(0, 1, 2)
            ).values
            pairs = np.asarray(tile_pairs(jnp.transpose(integers, (3, 2, 0, 1)), tile.M, tile.C, tile.S))
            rows = np.add.reduceat(pairs, range(0, pairs.shape[2], tile.R), axis=2)
            tiles[each.layer.name] = [int(rows.max()), int(pe.weight_pairs)]
    return tiles
