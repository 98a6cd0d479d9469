"""A convolution in the layout of Flax (NHWC images, HWIO kernels) executed on the accelerator in 8 bits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct
from jax import lax

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.counting import EYERISS, Counts, Plan
from eyeriss_jax.functional.execute import Overflow, execute, stuffed_size
from eyeriss_jax.functional.flax.image_operands import operands, outputs_of
from eyeriss_jax.functional.flax.quantize import density, relative_error
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer

Pads = tuple[tuple[int, int], tuple[int, int]]


class Execution(struct.PyTreeNode):
    """What one call of a layer on the accelerator recorded.

    Attributes:
        layer: the layer in the papers' symbols; static.
        mapping: the mapping that it ran by; static.
        counts: exact words, MACs, passes and compute cycles of the call; static.
        iact_density: nonzero share of the quantised input, stuffed zeros included.
        weight_density: nonzero share of the quantised kernel.
        oact_density: nonzero share of the finished psums.
        iact_error: relative root-mean-square error of the input's quantisation; likewise ``weight_error``.
        weight_error: see ``iact_error``.
        output_error: the same for the output against the convolution in float32, without bias.
        overflowed: whether a psum left its width.
    """

    layer: Layer = struct.field(pytree_node=False)
    mapping: Mapping = struct.field(pytree_node=False)
    counts: Counts = struct.field(pytree_node=False)
    iact_density: Any
    weight_density: Any
    oact_density: Any
    iact_error: Any
    weight_error: Any
    output_error: Any
    overflowed: Any

    @property
    def cycles(self) -> int:
        """Compute cycles: MAC cycles of the most loaded PE, summed over passes."""
        return self.counts.compute_cycles


@dataclass(frozen=True, kw_only=True)
class ImageConv:
    """Everything about the convolution but its values; sizes are (height, width).

    ``padding`` is ``"SAME"``, ``"VALID"`` or ((top, bottom), (left, right)). Without a ``mapping`` a default one is
    made.
    """

    name: str
    strides: Pair
    padding: str | Pads
    input_dilation: Pair
    kernel_dilation: Pair
    groups: int
    accelerator: Accelerator
    mapping: Mapping | None = None
    overflow: Overflow = "wrap"

    def __call__(self, images: jax.Array, kernel: jax.Array) -> tuple[jax.Array, Execution]:
        """Convolves [N, H, W, G·C] images with an [R, S, C, G·M] kernel.

        Returns:
            [N, E, F, G·M] float32 outputs without bias, and the record.

        Raises:
            SpecError: a layer that cannot be computed, or a mapping that does not fit.
        """
        layer = self.layer(images.shape, kernel.shape)
        mapping = self.mapping or default_mapping(layer, self.accelerator)
        bits = self.accelerator.word_bits
        given = operands(images, kernel, layer, self.input_dilation, (int(bits.iact), int(bits.weight)))
        plan = Plan.of(layer, mapping, self.accelerator)
        done = execute(plan, given.iacts, given.filters, overflow=self.overflow)
        outputs = outputs_of(done.oacts, given.scale, layer)
        return outputs, Execution(
            layer=layer,
            mapping=mapping,
            counts=done.counter.counts(self.accelerator, EYERISS),
            iact_density=given.iact_density,
            weight_density=given.weight_density,
            oact_density=density(done.oacts),
            iact_error=given.iact_error,
            weight_error=given.weight_error,
            output_error=relative_error(outputs, self.reference(images, kernel)),
            overflowed=done.overflowed,
        )

    def shaped(self, images: jax.Array, kernel: jax.Array) -> jax.Array:
        """Outputs of the right shape without an execution, e.g. while parameters are initialised.

        Raises:
            SpecError: as when called.
        """
        layer = self.layer(images.shape, kernel.shape)
        Plan.of(layer, self.mapping or default_mapping(layer, self.accelerator), self.accelerator)
        return jnp.zeros((layer.N, layer.E, layer.F, layer.G * layer.M), jnp.float32)

    def layer(self, images: Sequence[int], kernel: Sequence[int]) -> Layer:
        """The layer of images [N, H, W, channels] and a kernel [R, S, C, features] of these shapes."""
        return Layer.conv2d(
            self.name,
            in_channels=images[3],
            out_channels=kernel[3],
            input_size=stuffed_size((images[1], images[2]), self.input_dilation),
            kernel=(kernel[0], kernel[1]),
            stride=self.strides,
            padding=self.pads(images, kernel),
            dilation=self.kernel_dilation,
            groups=self.groups,
            batch=images[0],
        )

    def pads(self, images: Sequence[int], kernel: Sequence[int]) -> Pads:
        """The padding as ((top, bottom), (left, right))."""
        if not isinstance(self.padding, str):
            return self.padding
        if self.padding not in ("SAME", "VALID"):
            raise SpecError(
                f"layer {self.name!r}: padding {self.padding!r} must be 'SAME', 'VALID' or pairs of integers"
            )
        size = stuffed_size((images[1], images[2]), self.input_dilation)
        taps = stuffed_size((kernel[0], kernel[1]), self.kernel_dilation)
        height, width = lax.padtype_to_pads(size, taps, self.strides, self.padding)
        return (int(height[0]), int(height[1])), (int(width[0]), int(width[1]))

    def reference(self, images: jax.Array, kernel: jax.Array) -> jax.Array:
        """The same convolution in float32, without quantisation."""
        return lax.conv_general_dilated(
            images.astype(jnp.float32),
            kernel.astype(jnp.float32),
            self.strides,
            self.pads(images.shape, kernel.shape),
            lhs_dilation=self.input_dilation,
            rhs_dilation=self.kernel_dilation,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=self.groups,
            precision=lax.Precision.HIGHEST,
        )
