"""A GPT-2-like model (linen, blocks in a scan) and a Llama-like one (plain JAX, KV cache)."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import linen as nn


class GptBlock(nn.Module):
    width: int
    heads: int

    @nn.compact
    def __call__(self, x: Any, mask: Any) -> tuple[Any, None]:
        x = x + nn.MultiHeadDotProductAttention(self.heads, name="attention")(nn.LayerNorm()(x), mask=mask)
        y = nn.gelu(nn.Dense(4 * self.width, name="up")(nn.LayerNorm()(x)))
        return x + nn.Dense(self.width, name="down")(y), None


class Gpt2(nn.Module):
    """GPT-2 small by default; the head is the transposed embedding."""

    width: int = 768
    heads: int = 12
    depth: int = 12
    vocabulary: int = 50257

    @nn.compact
    def __call__(self, tokens: Any) -> Any:
        embed = nn.Embed(self.vocabulary, self.width, name="embed")
        x = embed(tokens) + self.param("positions", nn.initializers.zeros, (1, tokens.shape[1], self.width))
        blocks = nn.scan(
            nn.remat(GptBlock), {"params": 0}, split_rngs={"params": True}, length=self.depth, in_axes=nn.broadcast
        )
        x, _ = blocks(self.width, self.heads, name="blocks")(x, nn.make_causal_mask(tokens))
        return embed.attend(nn.LayerNorm()(x))


def llama_shapes(depth: int, width: int, heads: int, kv_heads: int, hidden: int, vocabulary: int) -> dict[str, Any]:
    """Abstract parameters of a Llama-like decoder."""

    def array(*shape: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(shape, jnp.bfloat16)

    head = width // heads
    layer = {
        "q": array(width, heads, head),
        "k": array(width, kv_heads, head),
        "v": array(width, kv_heads, head),
        "o": array(heads, head, width),
        "gate": array(width, hidden),
        "up": array(width, hidden),
        "down": array(hidden, width),
        "norm1": array(width),
        "norm2": array(width),
    }
    layers = [layer for _ in range(depth)]
    return {"params": {"embed": array(vocabulary, width), "layers": layers, "head": array(width, vocabulary)}}


def llama_cache(depth: int, batch: int, length: int, kv_heads: int, head: int) -> list[dict[str, Any]]:
    """Abstract KV caches, one per layer."""
    cache = jax.ShapeDtypeStruct((batch, length, kv_heads, head), jnp.bfloat16)
    return [{"k": cache, "v": cache} for _ in range(depth)]


def llama(variables: Any, tokens: Any, cache: Any, position: Any) -> tuple[Any, Any]:
    """``tokens`` [B, T] from ``position`` on, attending to the whole cache: a prefill, or one decode step (T = 1)."""
    params = variables["params"]
    x = params["embed"][tokens]
    filled = []
    for layer, past in zip(params["layers"], cache, strict=True):
        with jax.named_scope("attention"):
            x, new = _attention(layer, x, past, position)
        filled.append(new)
        y = _norm(x, layer["norm2"])
        x = x + (jax.nn.silu(y @ layer["gate"]) * (y @ layer["up"])) @ layer["down"]
    return x[:, -1] @ params["head"], filled


def _attention(layer: Any, x: Any, past: Any, position: Any) -> tuple[Any, Any]:
    y = _norm(x, layer["norm1"])
    queries, keys, values = (jnp.einsum("btd,dhe->bthe", y, layer[name]) for name in "qkv")
    queries, keys = _rotated(queries, position), _rotated(keys, position)
    start = (0, position, 0, 0)
    keys = jax.lax.dynamic_update_slice(past["k"], keys, start)
    values = jax.lax.dynamic_update_slice(past["v"], values, start)
    groups = queries.shape[2] // keys.shape[2]
    split = queries.reshape(*queries.shape[:2], keys.shape[2], groups, queries.shape[3])
    scores = jax.nn.softmax(jnp.einsum("btgqe,bsge->bgqts", split, keys) / queries.shape[-1] ** 0.5)
    mixed = jnp.einsum("bgqts,bsge->btgqe", scores, values).reshape(queries.shape)
    return x + jnp.einsum("bthe,hed->btd", mixed, layer["o"]), {"k": keys, "v": values}


def _norm(x: Any, scale: Any) -> Any:
    with jax.named_scope("norm"):
        return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5) * jnp.reshape(scale, (1, 1, -1))


def _rotated(x: Any, position: Any) -> Any:
    """RoPE."""
    angles = jnp.einsum(
        "t,f->tf", position + jnp.arange(x.shape[1], dtype=x.dtype), jnp.ones(x.shape[-1] // 2, x.dtype)
    )
    cosine, sine = jnp.cos(angles)[None, :, None, :], jnp.sin(angles)[None, :, None, :]
    cosine, sine = cosine.astype(x.dtype), sine.astype(x.dtype)
    half = x.shape[-1] // 2
    left, right = x[..., :half], x[..., half:]
    cosine, sine = (jnp.broadcast_to(each, left.shape) for each in (cosine, sine))
    return jnp.concatenate([left * cosine - right * sine, right * cosine + left * sine], -1)
