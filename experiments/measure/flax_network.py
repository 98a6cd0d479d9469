"""The Flax part of the functional experiment: MobileNet with its convolutions on the accelerator, on a real image."""

import time
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from matplotlib import cbook, image

from experiments.harness import LayerProgress
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.flax import COLLECTION, LinenMobileNet, linen_conv, linen_conv_on, linen_executions
from eyeriss_jax.layers import Layer, Network
from eyeriss_jax.model.results import NetworkResult
from eyeriss_jax.report.functional_network import FlaxRun, flax_layer

SAMPLE = "grace_hopper.jpg"
"""The photograph that comes with matplotlib: what runs where no image is named."""


def load_image(path: str) -> np.ndarray:
    """The photograph in the file ``path``, or the sample: [size, size, 3] from -1 to 1, the middle of it.

    Raises:
        SpecError: a file that is no image.
    """
    try:
        pixels = image.imread(Path(path).expanduser() if path else cbook.get_sample_data(SAMPLE, asfileobj=False))
    except (OSError, ValueError, SyntaxError) as error:
        raise SpecError(f"image = {path!r} cannot be read: {error}; name a PNG or JPEG file") from error
    if np.issubdtype(pixels.dtype, np.integer):
        pixels = pixels / np.iinfo(pixels.dtype).max
    pixels = np.atleast_3d(pixels)
    colors = pixels[..., : 3 if pixels.shape[2] >= 3 else 1]
    size = min(colors.shape[:2])
    top, left = ((side - size) // 2 for side in colors.shape[:2])
    square = colors[top : top + size, left : left + size]
    return np.broadcast_to(square, (size, size, 3)).astype(np.float32) * 2 - 1


def check_network(network: Network) -> None:
    """Refuses networks that there is no Flax model of.

    Raises:
        SpecError: not a whole MobileNet-v1.
    """
    if not network.name.startswith("mobilenet_v1"):
        raise SpecError(
            f"operands = 'flax' runs MobileNet-v1, not {network.name}; choose "
            "--network=mobilenet_v1_<width>_<resolution>, or operands = 'random'"
        )


def run_flax(mapped: NetworkResult, pixels: np.ndarray, seed: int, progress: LayerProgress) -> FlaxRun:
    """Runs the network on ``pixels``, in float32 and with its convolutions on the accelerator, with random weights."""
    layers = tuple(result.layer for result in mapped.layers)
    size = layers[0].input_hw
    images = jnp.tile(jax.image.resize(jnp.asarray(pixels), (*size, 3), "linear")[None], (layers[0].N, 1, 1, 1))
    place = linen_conv_on(mapped.accelerator, {result.layer.name: result.mapping for result in mapped.layers})

    def placed(layer: Layer) -> nn.Module:
        progress(layers.index(layer), len(layers), layer.name)
        return place(layer)

    start = time.perf_counter()
    plain = LinenMobileNet(layers, linen_conv)
    variables = jax.jit(plain.init)(jax.random.key(seed), images)
    exact, exact_outputs = _with_outputs(plain, variables, images)
    logits, records = _with_outputs(LinenMobileNet(layers, placed), variables, images)
    executions = linen_executions(records)
    return FlaxRun(
        layers=[
            flax_layer(
                result,
                executions[result.layer.name],
                mapped.accelerator,
                (_output(records, result.layer), _output(exact_outputs, result.layer)),
            )
            for result in mapped.layers
        ],
        output_error=float(jnp.linalg.norm(logits - exact) / jnp.linalg.norm(exact)),
        same_class=bool((logits.argmax(axis=-1) == exact.argmax(axis=-1)).all()),
        seconds=time.perf_counter() - start,
    )


def _with_outputs(network: nn.Module, variables: Any, images: jax.Array) -> tuple[jax.Array, dict[str, Any]]:
    """The logits, and what the convolutions put out and recorded."""
    return network.apply(
        variables,
        images,
        mutable=[COLLECTION, "intermediates"],
        capture_intermediates=lambda module, _: isinstance(module, nn.Conv),
    )  # pyright: ignore[reportReturnType]


def _output(records: dict[str, Any], layer: Layer) -> jax.Array:
    return records["intermediates"][layer.name]["__call__"][0]
