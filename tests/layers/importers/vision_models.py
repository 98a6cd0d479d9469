"""ResNet-50, MobileNet-v1 and a ViT, written as Flax users write them."""

from functools import partial
from typing import Any

import jax
from flax import linen as nn
from flax import nnx


class Bottleneck(nn.Module):
    width: int
    stride: int

    @nn.compact
    def __call__(self, x: Any, train: bool) -> Any:
        norm = partial(nn.BatchNorm, use_running_average=not train)
        y = nn.relu(norm()(nn.Conv(self.width, (1, 1), use_bias=False, name="reduce")(x)))
        y = nn.Conv(self.width, (3, 3), (self.stride, self.stride), padding=1, use_bias=False, name="middle")(y)
        y = norm()(nn.Conv(4 * self.width, (1, 1), use_bias=False, name="expand")(nn.relu(norm()(y))))
        if x.shape != y.shape:
            x = norm()(nn.Conv(4 * self.width, (1, 1), (self.stride, self.stride), use_bias=False, name="shortcut")(x))
        return nn.relu(x + y)


class ResNet50(nn.Module):
    """v1.5: the stride is in the 3x3 layers."""

    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        x = nn.Conv(64, (7, 7), (2, 2), padding=3, use_bias=False, name="stem")(x)
        x = nn.relu(nn.BatchNorm(use_running_average=not train)(x))
        x = nn.max_pool(x, (3, 3), (2, 2), padding="SAME")
        for stage, blocks in enumerate((3, 4, 6, 3)):
            for block in range(blocks):
                name = f"stage{stage + 1}_block{block + 1}"
                x = Bottleneck(64 << stage, 2 if stage and not block else 1, name=name)(x, train)
        return nn.Dense(1000, name="classifier")(x.mean((1, 2)))


class MobileNetV1(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        norm = partial(nn.BatchNorm, use_running_average=True)
        x = nn.relu6(norm()(nn.Conv(32, (3, 3), (2, 2), use_bias=False)(x)))
        strides = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
        channels = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
        for stride, wide in zip(strides, channels, strict=True):
            narrow = x.shape[-1]
            depthwise = nn.Conv(narrow, (3, 3), (stride, stride), feature_group_count=narrow, use_bias=False)
            x = nn.relu6(norm()(depthwise(x)))
            x = nn.relu6(norm()(nn.Conv(wide, (1, 1), use_bias=False)(x)))
        x = nn.avg_pool(x, x.shape[1:3])
        return nn.Dense(1000)(x.reshape(x.shape[0], -1))


class EncoderBlock(nnx.Module):
    def __init__(self, width: int, heads: int, rngs: nnx.Rngs) -> None:
        self.norm1 = nnx.LayerNorm(width, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(heads, width, decode=False, rngs=rngs)
        self.norm2 = nnx.LayerNorm(width, rngs=rngs)
        self.up = nnx.Linear(width, 4 * width, rngs=rngs)
        self.down = nnx.Linear(4 * width, width, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        x = x + self.attention(self.norm1(x))
        return x + self.down(nnx.gelu(self.up(self.norm2(x))))


class ViT(nnx.Module):
    """ViT with a class token; B/16 by default."""

    def __init__(
        self, rngs: nnx.Rngs, width: int = 768, heads: int = 12, depth: int = 12, patch: int = 16, tokens: int = 197
    ) -> None:
        self.patches = nnx.Conv(3, width, (patch, patch), (patch, patch), padding="VALID", rngs=rngs)
        self.token = nnx.Param(jax.numpy.zeros((1, 1, width)))
        self.positions = nnx.Param(jax.numpy.zeros((1, tokens, width)))
        self.blocks = nnx.List([EncoderBlock(width, heads, rngs) for _ in range(depth)])
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.head = nnx.Linear(width, 1000, rngs=rngs)

    def __call__(self, images: Any) -> Any:
        x = self.patches(images)
        x = x.reshape(x.shape[0], -1, x.shape[-1])
        token = jax.numpy.broadcast_to(self.token[...], (x.shape[0], 1, x.shape[-1]))
        x = jax.numpy.concatenate([token, x], 1) + self.positions[...]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])
