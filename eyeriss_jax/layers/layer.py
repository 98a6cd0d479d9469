"""A CONV layer (and everything that is one: fully connected, depthwise, matmul) in the papers' symbols."""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

from flax import struct

from eyeriss_jax.dims import DIMS, Dims
from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.axis import Axis, check_axis, output_size
from eyeriss_jax.layers.bits import Bits
from eyeriss_jax.layers.checks import Pair, channels_per_group, check_integer, check_pair, layer_label, to_pair
from eyeriss_jax.layers.padding import AnyPadding, Padding, check_padding, to_padding
from eyeriss_jax.layers.sparsity import DENSE, Sparsity, SparsityArrays

Operation = Literal["conv", "matmul", "attention"]
Kind = Literal["fc", "depthwise", "pointwise", "grouped", "conv", "matmul", "attention"]


class LayerArrays(struct.PyTreeNode):
    """A layer as scalars, the form the laws take.

    ``stride`` and ``dilation`` are divided by their gcd per axis: only the touched input positions matter, and
    a common factor only skips positions that no output reads. ``pad`` counts the touched padding positions
    before the input, ``pad_end`` those after it. ``sparsity`` is None for a
    dense layer, whose evaluation then spends nothing on it.
    """

    dims: Dims
    stride_h: Any
    stride_w: Any
    dilation_h: Any
    dilation_w: Any
    pad_h: Any
    pad_w: Any
    pad_end_h: Any
    pad_end_w: Any
    sparsity: SparsityArrays | None = None


def unpadded(layer: LayerArrays) -> LayerArrays:
    """``layer`` on an input that holds its padding as values."""
    return layer.replace(pad_h=0, pad_w=0, pad_end_h=0, pad_end_w=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One layer: extents per dimension, and how the outputs sit on the input.

    Attributes:
        name: Short name, used in messages and reports.
        M: [channels] Output channels of a group.
        C: [channels] Input channels of a group.
        E: [rows] Output height.
        F: [columns] Output width.
        R: [rows] Filter height.
        S: [columns] Filter width.
        G: [groups] Groups of channels that see nothing of each other; a depthwise layer has one per channel.
        N: [inputs] Batch.
        stride: [positions] Input positions from one output to the next, (height, width).
        dilation: [positions] Input positions from one filter tap to the next, (height, width).
        padding: [positions] Zeros around the input, ((top, bottom), (left, right)).
        input_size: [positions] True, unpadded (H, W) of the input, which decides the DRAM traffic. None: exactly the
            rows and columns that the outputs read, less the padding (:attr:`input_hw` is the size in both cases).
        operation: What the numbers describe; it changes no law. A ``matmul`` multiplies activations by parameters,
            ``attention`` two activations, one of which takes the place of the weight.
        repeat: [runs] How often the network runs a layer of this shape in turn, e.g. the blocks of a Transformer; every
            count of a layer, such as :attr:`macs`, is of one run.
        sparsity: How many of the values are zero; by default none.
        bits: [bits] Widths of iacts and weights where the source states them; they change no law, whose words are the
            accelerator's.

    Raises:
        SpecError: a dimension that is not a positive integer, a filter larger than its padded input, outputs that
            reach outside the padded input, or a matmul with a filter or a map.

    Example:
        >>> Layer.conv2d("CONV1", in_channels=3, out_channels=64, input_size=224, kernel=7, stride=2, padding=3).shape
        '7x7 s2 3→64 @112x112'
        >>> Layer.depthwise("DW", channels=32, input_size=112, kernel=3, padding="same").macs
        3612672
    """

    name: str
    M: int
    C: int
    E: int = 1
    F: int = 1
    R: int = 1
    S: int = 1
    G: int = 1
    N: int = 1
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    input_size: Pair | None = None
    operation: Operation = "conv"
    repeat: int = 1
    sparsity: Sparsity = DENSE
    bits: Bits | None = None

    def __post_init__(self) -> None:
        """Refuses a layer that could not be computed."""
        where = layer_label(self.name)
        for dim in DIMS:
            smaller = f"take a smaller input or batch, or split the layer along {dim}"
            check_integer(where, dim, self.extent(dim), smaller=smaller)
        check_pair(where, "stride", self.stride)
        check_pair(where, "dilation", self.dilation)
        check_padding(where, self.padding)
        if self.input_size is not None:
            check_pair(where, "input_size", self.input_size)
        check_axis(where, "height", self.rows)
        check_axis(where, "width", self.cols)
        check_integer(where, "repeat", self.repeat, smaller="trips of loops within loops multiply")
        if self.operation not in get_args(Operation):
            raise SpecError(f"{where}: operation = {self.operation!r} must be one of {', '.join(get_args(Operation))}")
        if self.operation != "conv" and not self.E == self.F == self.R == self.S == 1:
            raise SpecError(
                f"{where}: a {self.operation} has neither filter nor map; use G, N, M and C only, or operation 'conv'"
            )
        if not isinstance(self.sparsity, Sparsity):
            raise SpecError(f"{where}: sparsity = {self.sparsity!r} must be a Sparsity; write Sparsity(iact=0.5)")

    @classmethod
    def conv2d(
        cls,
        name: str,
        in_channels: int,
        out_channels: int,
        input_size: int | Pair,
        kernel: int | Pair,
        stride: int | Pair = 1,
        padding: AnyPadding = 0,
        dilation: int | Pair = 1,
        groups: int = 1,
        batch: int = 1,
    ) -> Self:
        """A 2-D convolution as frameworks describe it; E and F follow by the floor convention.

        Args:
            name: the layer's name in its paper.
            in_channels: input channels of all groups together, G·C.
            out_channels: output channels of all groups together, G·M.
            input_size: true, unpadded input (H, W); here and below one integer serves both axes.
            kernel: filter (R, S).
            stride: U per axis.
            padding: positions on every side, ``"same"`` as in TensorFlow (ceil(H / U) outputs, the odd position
                after the input), or ((top, bottom), (left, right)).
            dilation: D per axis.
            groups: channel groups G; divides both channel counts.
            batch: N.
        """
        where = layer_label(name)
        C = channels_per_group(where, "in_channels", in_channels, groups)
        M = channels_per_group(where, "out_channels", out_channels, groups)
        size, taps = to_pair(where, "input_size", input_size), to_pair(where, "kernel", kernel)
        steps, spacing = to_pair(where, "stride", stride), to_pair(where, "dilation", dilation)
        pads = to_padding(where, padding, size, taps, steps, spacing)
        E, F = (output_size(*axis) for axis in zip(size, taps, steps, spacing, pads, strict=True))
        return cls(
            name=name, G=groups, N=batch, M=M, C=C, E=E, F=F, R=taps[0], S=taps[1],
            stride=steps, dilation=spacing, padding=pads, input_size=size,
        )  # fmt: skip

    @classmethod
    def depthwise(
        cls,
        name: str,
        channels: int,
        input_size: int | Pair,
        kernel: int | Pair,
        stride: int | Pair = 1,
        padding: AnyPadding = 0,
        dilation: int | Pair = 1,
        batch: int = 1,
    ) -> Self:
        """A depthwise convolution: G = ``channels`` groups of one input and one output channel.

        The other arguments are those of :meth:`conv2d`.
        """
        return cls.conv2d(
            name, channels, channels, input_size, kernel, stride, padding, dilation, groups=channels, batch=batch
        )

    @classmethod
    def fully_connected(cls, name: str, in_features: int, out_features: int, batch: int = 1) -> Self:
        """A fully connected layer: C = ``in_features``, M = ``out_features``, N = ``batch``.

        One behind a convolution, such as AlexNet's FC6, is a valid :meth:`conv2d` with a filter as large as its
        input (6x6 over 6x6x256): the same MACs, and the mapping may then split R and S.
        """
        return cls(name=name, M=out_features, C=in_features, N=batch)

    @classmethod
    def matmul(cls, name: str, M: int, K: int, N: int, groups: int = 1) -> Self:
        """The product (M, K) x (K, N): the first operand is the weight, C = K, and N its batch.

        Args:
            name: any name.
            M: rows of the weight.
            K: the contracted extent.
            N: columns of the iact.
            groups: independent products G with one weight each, e.g. attention heads.
        """
        return cls(name=name, M=M, C=K, N=N, G=groups, operation="matmul")

    @classmethod
    def attention(cls, name: str, M: int, K: int, N: int, groups: int = 1) -> Self:
        """The product (M, K) x (K, N) of two activations; the first takes the place of the weight.

        Args:
            name: any name.
            M: rows of the first, e.g. the keys that the queries are compared with.
            K: the contracted extent, e.g. the width of a head.
            N: columns of the second, e.g. the queries.
            groups: independent products G: heads times sequences.
        """
        return cls(name=name, M=M, C=K, N=N, G=groups, operation="attention")

    def anonymous(self) -> "Layer":
        """What the laws see of it: without name, operation, repeats and widths. Equal ones have equal mappings."""
        return replace(self, name="layer", operation="conv", repeat=1, bits=None)

    def extent(self, dim: str) -> int:
        """The extent of dimension ``dim``."""
        return getattr(self, dim)

    @property
    def rows(self) -> Axis:
        """The layer's height: E outputs of R taps on H rows."""
        return self._axis(0, self.E, self.R)

    @property
    def cols(self) -> Axis:
        """The layer's width: F outputs of S taps on W columns."""
        return self._axis(1, self.F, self.S)

    def _axis(self, index: int, outputs: int, taps: int) -> Axis:
        """Axis ``index`` of the (height, width) pairs."""
        return Axis(
            outputs=outputs,
            taps=taps,
            stride=self.stride[index],
            dilation=self.dilation[index],
            pad=self.padding[index][0],
            pad_end=self.padding[index][1],
            size=None if self.input_size is None else self.input_size[index],
        )

    @property
    def input_hw(self) -> Pair:
        """True, unpadded input (H, W): ``input_size``, or what the outputs read less the padding."""
        return self.rows.input_size, self.cols.input_size

    @property
    def padded_span(self) -> Pair:
        """Padded rows and columns from the first to the last that are read: (E-1)·U + (R-1)·D + 1."""
        return self.rows.span, self.cols.span

    @property
    def touched_input(self) -> Pair:
        """Distinct true input rows and columns that at least one output reads."""
        return self.rows.touched_input, self.cols.touched_input

    @property
    def macs(self) -> int:
        """Nominal multiply-accumulates (zeros and padding included)."""
        return math.prod(self.extent(dim) for dim in DIMS)

    @property
    def weights(self) -> int:
        """Weights in words, without biases: G·M·C·R·S."""
        return self.G * self.M * self.C * self.R * self.S

    @property
    def oacts(self) -> int:
        """Output activations in words: G·N·M·E·F."""
        return self.G * self.N * self.M * self.E * self.F

    @property
    def iacts(self) -> int:
        """Input activations in words, without padding and whether read or not: G·N·C·H·W."""
        return self.G * self.N * self.C * math.prod(self.input_hw)

    @property
    def kind(self) -> Kind:
        """What the papers would call the layer.

        ``depthwise``: one input and one output channel per group. ``fc``: one output position that reads the whole
        input. ``grouped``: any other layer of several groups. ``pointwise``: a 1x1 filter. ``conv``: the rest.
        A ``matmul`` or ``attention`` is what its ``operation`` says.
        """
        if self.operation != "conv":
            return self.operation
        if self.C == self.M == 1 and self.G > 1:
            return "depthwise"
        if self.E == self.F == 1 and self.touched_input == self.input_hw:
            return "fc"
        if self.G > 1:
            return "grouped"
        return "pointwise" if self.R == self.S == 1 else "conv"

    @property
    def product(self) -> dict[str, int] | None:
        """A matmul or attention in its own terms: ``groups`` products (M, K) x (K, N); None for a convolution."""
        if self.operation == "conv":
            return None
        return {"M": self.M, "K": self.C, "N": self.N, "groups": self.G}

    @property
    def shape(self) -> str:
        """The layer in one line: filter, stride, dilation, groups, channels of all groups, outputs, batch.

        For example ``3x3 s2 32→64 @56x56``, where 56x56 is E x F; whatever is 1 is left out. A matmul or attention
        is a product (M, K) x (K, N), e.g. ``768x64 · 64x197 g12``. Repeats come last: ``×12``.
        """
        repeat = [f"×{self.repeat}"] if self.repeat > 1 else []
        if self.operation != "conv":
            groups = [f"g{self.G}"] if self.G > 1 else []
            return " ".join([f"{self.M}x{self.C} · {self.C}x{self.N}", *groups, *repeat])
        words = [f"{self.R}x{self.S}"]
        words += [f"s{_brief(self.stride)}"] if self.stride != (1, 1) else []
        words += [f"d{_brief(self.dilation)}"] if self.dilation != (1, 1) else []
        words += [f"g{self.G}"] if self.G > 1 else []
        words += [f"{self.G * self.C}→{self.G * self.M}", f"@{self.E}x{self.F}"]
        words += [f"n{self.N}"] if self.N > 1 else []
        return " ".join([*words, *repeat])

    def build(self, *, sparse: bool | None = None) -> LayerArrays:
        """The layer as a pytree of Python integers (densities: floats), for the laws.

        ``sparse``: whether densities are part of it, by default where something is zero. Layers that go into one batch
        need the same answer.
        """
        rows, cols = self.rows, self.cols
        (stride_h, dilation_h), (stride_w, dilation_w) = rows.reduced, cols.reduced
        return LayerArrays(
            dims=Dims.build(self.extent),
            stride_h=stride_h,
            stride_w=stride_w,
            dilation_h=dilation_h,
            dilation_w=dilation_w,
            pad_h=rows.touched_pad,
            pad_w=cols.touched_pad,
            pad_end_h=rows.touched_pad_end,
            pad_end_w=cols.touched_pad_end,
            sparsity=self.sparsity.build() if (not self.sparsity.is_dense if sparse is None else sparse) else None,
        )


def _brief(pair: Pair) -> str:
    """``2`` for (2, 2), ``2x1`` for (2, 1)."""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"
