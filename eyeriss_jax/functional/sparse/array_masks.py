"""Where a layer's nonzeros are: masks, real ones of four layers of sparse MobileNet and random ones of any layer."""

import base64
import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.layer import Layer

_FILE = Path(__file__).with_name("array_masks.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerMasks:
    """A layer of one channel group and one input, with the places of its nonzeros.

    Attributes:
        layer: the layer.
        iacts: [C, H, W] True where the unpadded input is nonzero.
        weights: [M, C, R, S] True where the weight is nonzero.

    Raises:
        SpecError: masks that do not match the layer, or a layer with groups, a batch or dilation.
    """

    layer: Layer
    iacts: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        """Refuses masks of another layer."""
        layer = self.layer
        for name, value in (("G", layer.G), ("N", layer.N), ("dilation", max(layer.dilation))):
            if value != 1:
                raise SpecError(f"layer {layer.name!r}: masks need {name} = 1, not {value}")
        for name, expected in (
            ("iacts", (layer.C, *layer.input_hw)),
            ("weights", (layer.M, layer.C, layer.R, layer.S)),
        ):
            mask = getattr(self, name)
            if mask.shape != expected or mask.dtype != np.bool_:
                raise SpecError(
                    f"layer {layer.name!r}: mask of {name} has shape {mask.shape} and type {mask.dtype}, "
                    f"the layer needs {expected} and bool"
                )

    @property
    def effectual_macs(self) -> int:
        """Multiplications of two nonzeros, exactly."""
        windows = self.windows().sum(0, dtype=np.int64)
        return int((windows * self.weights.sum(0, dtype=np.int64)).sum())

    def windows(self) -> np.ndarray:
        """[E·F, C, R, S] True where the iact under a filter position is nonzero; padding is zero."""
        layer = self.layer
        padded = np.pad(self.iacts, ((0, 0), *layer.padding))
        taps = np.lib.stride_tricks.sliding_window_view(padded, (layer.R, layer.S), axis=(1, 2))
        taps = taps[:, :: layer.stride[0], :: layer.stride[1]][:, : layer.E, : layer.F]
        return taps.transpose(1, 2, 0, 3, 4).reshape(layer.E * layer.F, layer.C, layer.R, layer.S)


@functools.cache
def real_masks() -> dict[str, LayerMasks]:
    """The four layers of sparse MobileNet 0.5-128 whose masks are public, by their number in the network.

    Source: the artifact of Sparseloop (MICRO 2022).
    """
    return {number: _decoded(entry) for number, entry in json.loads(_FILE.read_text())["layers"].items()}


def _decoded(entry: dict) -> LayerMasks:
    """One layer of the file."""
    C, M, E, F = (entry[name] for name in "CMEF")

    def bits(name: str, shape: tuple[int, ...]) -> np.ndarray:
        packed = np.frombuffer(base64.b64decode(entry[name]), np.uint8)
        return np.unpackbits(packed, count=int(np.prod(shape))).reshape(shape).astype(bool)

    return LayerMasks(
        layer=Layer(name=entry["name"], M=M, C=C, E=E, F=F),
        iacts=bits("iacts", (C, E, F)),
        weights=bits("weights", (M, C, 1, 1)),
    )


def random_masks(layer: Layer, iact_density: float, weight_density: float, seed: int = 0) -> LayerMasks:
    """Masks of ``layer`` whose elements are nonzero independently, with one density per data type.

    Raises:
        SpecError: a density outside [0, 1].
    """
    for name, density in (("iact_density", iact_density), ("weight_density", weight_density)):
        if not 0 <= density <= 1:
            raise SpecError(f"layer {layer.name!r}: {name} = {density} must lie in [0, 1]")
    generator = np.random.default_rng(seed)
    return LayerMasks(
        layer=layer,
        iacts=generator.random((layer.C, *layer.input_hw)) < iact_density,
        weights=generator.random((layer.M, layer.C, layer.R, layer.S)) < weight_density,
    )
