"""A convolution in the layout of Flax (NHWC images, HWIO kernels) executed on the accelerator in 8 bits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from flax import struct
from jax import lax

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.counting import EYERISS, Counts, Plan
from eyeriss_jax.functional.execute import Execution as Executed
from eyeriss_jax.functional.execute import (
    Overflow,
    Tensor,
    TransposedConv,
    common_sizes,
    execute,
    part_of,
    places_of,
    stuffed_size,
    transposed_conv2d,
)
from eyeriss_jax.functional.flax.image_operands import Operands, operands, outputs_of
from eyeriss_jax.functional.flax.quantize import density, relative_error
from eyeriss_jax.functional.nest import default_mapping
from eyeriss_jax.hardware.accelerator import Accelerator
from eyeriss_jax.layers.checks import Pair
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.sub_pixel import Phase, SubPixel

Pads = tuple[tuple[int, int], tuple[int, int]]


class ConvolutionRun(NamedTuple):
    """One convolution that the accelerator ran: a layer, or one phase of a transposed one."""

    layer: Layer
    mapping: Mapping
    counts: Counts


class Execution(struct.PyTreeNode):
    """What one call of a layer on the accelerator recorded.

    Attributes:
        parts: what ran, one after the other, with exact words, MACs, passes and compute cycles; a transposed
            convolution is its sub-pixel phases, every other layer one part. Static.
        iact_density: nonzero share of the quantised input.
        weight_density: nonzero share of the quantised kernel.
        oact_density: nonzero share of the finished psums.
        iact_error: relative root-mean-square error of the input's quantisation; likewise ``weight_error``.
        weight_error: see ``iact_error``.
        output_error: the same for the output against the convolution in float32, without bias.
        overflowed: whether a psum left its width.
    """

    parts: tuple[ConvolutionRun, ...] = struct.field(pytree_node=False)
    iact_density: Any
    weight_density: Any
    oact_density: Any
    iact_error: Any
    weight_error: Any
    output_error: Any
    overflowed: Any

    @property
    def layer(self) -> Layer:
        """The layer in the papers' symbols.

        Raises:
            SpecError: a transposed convolution, which is several; see ``parts``.
        """
        return self._only.layer

    @property
    def mapping(self) -> Mapping:
        """The mapping that it ran by; raises as ``layer``."""
        return self._only.mapping

    @property
    def counts(self) -> Counts:
        """Exact counts of the call; raises as ``layer``."""
        return self._only.counts

    @property
    def _only(self) -> ConvolutionRun:
        if len(self.parts) != 1:
            raise SpecError(
                f"a transposed convolution ran as {len(self.parts)} sub-pixel phases, each with a layer, a mapping and "
                f"counts of its own; read execution.parts"
            )
        return self.parts[0]

    @property
    def macs(self) -> int:
        """MACs of all parts."""
        return sum(part.counts.macs for part in self.parts)

    @property
    def cycles(self) -> int:
        """Compute cycles: MAC cycles of the most loaded PE, summed over passes."""
        return sum(part.counts.compute_cycles for part in self.parts)


class _Piece(NamedTuple):
    """A part to run: its operands among those of the whole, and where its outputs go."""

    plan: Plan
    iacts: Tensor
    filters: Tensor
    places: tuple[slice, slice]


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
        bits = self.accelerator.word_bits
        given = operands(images, kernel, self.groups, (int(bits.iact), int(bits.weight)))
        whole = self._whole(images.shape, kernel.shape)
        pieces = self._pieces(whole, given.iacts, given.filters)
        sizes = common_sizes([piece.plan for piece in pieces]) if len(pieces) > 1 else None
        done = [execute(plan, *tensors, overflow=self.overflow, sizes=sizes) for plan, *tensors, _ in pieces]
        oacts = done[0].oacts if self.input_dilation == (1, 1) else self._together(whole, pieces, done, given)
        counts = [each.counter.counts(self.accelerator, EYERISS) for each in done]
        parts = [
            ConvolutionRun(each.plan.layer, each.plan.mapping, counted)
            for each, counted in zip(pieces, counts, strict=True)
        ]
        outputs = outputs_of(oacts, given.scale)
        return outputs, Execution(
            parts=tuple(parts),
            iact_density=given.iact_density,
            weight_density=given.weight_density,
            oact_density=density(oacts),
            iact_error=given.iact_error,
            weight_error=given.weight_error,
            output_error=relative_error(outputs, self.reference(images, kernel)),
            overflowed=jnp.any(jnp.asarray([each.overflowed for each in done])),
        )

    def _together(
        self, whole: TransposedConv, pieces: Sequence[_Piece], done: Sequence[Executed], given: Operands
    ) -> jax.Array:
        """[G, N, M, E, F] psums of all phases in their places; zero where no phase makes any."""
        groups, batch, filters = given.iacts.shape[0], given.iacts.shape[1], given.filters.shape[1]
        oacts = jnp.zeros((groups, batch, filters, *whole.outputs), jnp.int32)
        for (*_, (rows, cols)), each in zip(pieces, done, strict=True):
            oacts = oacts.at[..., rows, cols].set(each.oacts)
        return oacts

    def shaped(self, images: jax.Array, kernel: jax.Array) -> jax.Array:
        """Outputs of the right shape without an execution, e.g. while parameters are initialised.

        Raises:
            SpecError: as when called.
        """
        whole = self._whole(images.shape, kernel.shape)
        for phase in whole.phases:
            self._plan(phase.layer)
        return jnp.zeros((images.shape[0], *whole.outputs, kernel.shape[3]), jnp.float32)

    def _whole(self, images: Sequence[int], kernel: Sequence[int]) -> TransposedConv:
        """The outputs, and the layers that make them: one, or the phases where zeros would be stuffed in between."""
        common: dict[str, Any] = {
            "in_channels": images[3],
            "out_channels": kernel[3],
            "input_size": (images[1], images[2]),
            "kernel": (kernel[0], kernel[1]),
            "padding": self.pads(images, kernel),
            "stride": self.strides,
            "dilation": self.kernel_dilation,
            "groups": self.groups,
            "batch": images[0],
        }
        if self.input_dilation != (1, 1):
            if self.mapping is not None:
                raise SpecError(
                    f"layer {self.name!r}: a transposed convolution runs as sub-pixel phases, which one mapping does "
                    f"not describe; leave it out"
                )
            return transposed_conv2d(self.name, input_dilation=self.input_dilation, **common)
        layer = Layer.conv2d(self.name, **common)
        whole = [Phase((0, 1, e), (0, 1, r), (0, 1, h), u, d, p) for e, r, h, u, d, p in zip(
            (layer.E, layer.F), (layer.R, layer.S), layer.input_hw, layer.stride, layer.dilation, layer.padding,
            strict=True,
        )]  # fmt: skip
        return TransposedConv((layer.E, layer.F), (SubPixel(layer, *whole),))

    def _pieces(self, whole: TransposedConv, iacts: jax.Array, filters: jax.Array) -> list[_Piece]:
        """What to run on which operands."""
        return [
            _Piece(self._plan(phase.layer), *part_of(phase, iacts, filters), places_of(phase)) for phase in whole.phases
        ]

    def _plan(self, layer: Layer) -> Plan:
        """A layer by the given mapping, or a default one."""
        return Plan.of(layer, self.mapping or default_mapping(layer, self.accelerator), self.accelerator)

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
