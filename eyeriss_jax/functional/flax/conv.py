"""Drop-ins for ``flax.linen.Conv`` and ``flax.nnx.Conv`` that run the convolution on a mapped accelerator in 8 bits.

Both inherit from Flax's own class, so parameters, initialisers, padding modes and batch axes are Flax's; only the
call of ``lax.conv_general_dilated`` is replaced. Inputs and kernels are quantised symmetrically, inputs with one scale
and kernels with one per output channel; what that costs is recorded beside the counts.
"""

from collections.abc import Sequence
from typing import Any

import flax.linen as nn
import jax
from flax import nnx
from flax.linen.linear import Conv as _LinenConv

from eyeriss_jax.dataflow.mapping import Mapping
from eyeriss_jax.errors import SpecError
from eyeriss_jax.functional.execute import Overflow
from eyeriss_jax.functional.flax.image_conv import Execution, ImageConv
from eyeriss_jax.hardware.accelerator import Accelerator

COLLECTION = "accelerator"
"""The Linen collection of the records; make it mutable in ``apply`` to get them."""


class AcceleratedConv:
    """A stand-in for ``lax.conv_general_dilated`` in NHWC (or NWC) that keeps the record of its last call.

    While ``initializing`` it only checks that the layer can run and gives zeros.
    """

    def __init__(self, accelerator: Accelerator, mapping: Mapping | None, overflow: Overflow, name: str) -> None:
        self.accelerator = accelerator
        self.mapping = mapping
        self.overflow: Overflow = overflow
        self.name = name
        self.initializing = False
        self._execution: Execution | None = None

    def __call__(
        self,
        lhs: jax.Array,
        rhs: jax.Array,
        window_strides: Sequence[int],
        padding: str | Sequence[tuple[int, int]],
        lhs_dilation: Sequence[int],
        rhs_dilation: Sequence[int],
        feature_group_count: int = 1,
        **_: Any,
    ) -> jax.Array:
        """[N, E, F, features] float32 outputs; precision and dimension numbers are what Flax always passes.

        Raises:
            SpecError: more than two image axes, or what :class:`ImageConv` refuses.
        """
        axes = len(window_strides)
        if axes > 2:
            raise SpecError(f"layer {self.name!r}: {axes} image axes; the accelerator convolves one or two")
        missing = 2 - axes

        def pair(values: Sequence[Any], absent: Any) -> Any:
            return (*(absent,) * missing, *values)

        convolve = ImageConv(
            name=self.name,
            strides=pair(window_strides, 1),
            padding=padding if isinstance(padding, str) else pair([tuple(sides) for sides in padding], (0, 0)),
            input_dilation=pair(lhs_dilation, 1),
            kernel_dilation=pair(rhs_dilation, 1),
            groups=feature_group_count,
            accelerator=self.accelerator,
            mapping=self.mapping,
            overflow=self.overflow,
        )
        images, kernel = (lhs[:, None], rhs[None]) if missing else (lhs, rhs)
        if self.initializing:
            outputs = convolve.shaped(images, kernel)
        else:
            outputs, self._execution = convolve(images, kernel)
        return (outputs[:, 0] if missing else outputs).astype(lhs.dtype)

    def take(self) -> Execution:
        """The record of the last call, once."""
        execution, self._execution = self._execution, None
        if execution is None:
            raise RuntimeError("no convolution has run")
        return execution


class LinenConv(_LinenConv):
    """``flax.linen.Conv`` on an accelerator; sows an :class:`Execution` per call into ``COLLECTION``.

    Attributes:
        accelerator: required.
        mapping: how the layer runs; None for a default that fits.
        overflow: what psums do beyond their width.
    """

    accelerator: Accelerator | None = None
    mapping: Mapping | None = None
    overflow: Overflow = "wrap"

    def __post_init__(self) -> None:
        """Puts the accelerator in the place of XLA."""
        if self.accelerator is None:
            raise SpecError("LinenConv: accelerator is missing; pass one, e.g. accelerator('eyeriss_v2')")
        self.conv_general_dilated = AcceleratedConv(self.accelerator, self.mapping, self.overflow, "conv")
        super().__post_init__()

    @nn.nowrap
    def _label(self) -> str:
        return "/".join(map(str, self.path)) or "conv"

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """Convolves [..., H, W, channels] as ``flax.linen.Conv`` does."""
        conv = self.conv_general_dilated
        assert isinstance(conv, AcceleratedConv)
        conv.name = self._label()
        conv.initializing = self.is_initializing()
        outputs = super().__call__(inputs)
        if not conv.initializing:
            self.sow(COLLECTION, "execution", conv.take())
        return outputs


class Executed(nnx.Variable):
    """The NNX variable that holds the :class:`Execution` of a module's last call."""


class NnxConv(nnx.Conv):
    """``flax.nnx.Conv`` on an accelerator; keeps the record of the last call in ``execution``.

    Args:
        in_features: input channels of all groups together.
        out_features: output channels of all groups together.
        kernel_size: (R, S).
        strides: U per axis.
        accelerator: where it runs.
        mapping: how it runs; None for a default that fits.
        overflow: what psums do beyond their width.
        name: the layer's name in records.
        rngs: as in ``nnx.Conv``.
        options: the other arguments of ``nnx.Conv``.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        *,
        accelerator: Accelerator,
        mapping: Mapping | None = None,
        overflow: Overflow = "wrap",
        name: str = "conv",
        rngs: nnx.Rngs,
        **options: Any,
    ) -> None:
        conv = AcceleratedConv(accelerator, mapping, overflow, name)
        super().__init__(
            in_features, out_features, kernel_size, strides, rngs=rngs, conv_general_dilated=conv, **options
        )
        self.execution = Executed(None)

    def __call__(self, inputs: jax.Array, out_sharding: Any = None) -> jax.Array:
        """Convolves [..., H, W, channels] as ``nnx.Conv`` does."""
        conv = self.conv_general_dilated
        assert isinstance(conv, AcceleratedConv)
        outputs = super().__call__(inputs, out_sharding)
        self.execution.set_value(conv.take())
        return outputs


__all__ = ["COLLECTION", "AcceleratedConv", "Executed", "LinenConv", "NnxConv"]
