"""Attention as ONNX Runtime's own operators have it: packed weights, packed operands, keys shared by heads, a past.

Keys of the past are counted in full: a cache that an operator shares with its output has the length that its input has.
Definitions: ONNX Runtime, docs/ContribOperators.md.
"""

from collections.abc import Callable, Sequence

from eyeriss_jax.errors import SpecError
from eyeriss_jax.layers.importers.onnx_products import Node, Operand, Shape, attention, product_of
from eyeriss_jax.layers.importers.origins import Activation
from eyeriss_jax.layers.layer import Layer


def _input(node: Node, index: int) -> Operand | None:
    """An input that may be left out."""
    return node.inputs[index] if index < len(node.inputs) else None


def _weighed(node: Node, operands: Sequence[Operand], heads: int, key_heads: int, past: Operand | None) -> list[Layer]:
    """Scores and values of queries, keys and values of three or four axes."""
    attributes = {"q_num_heads": heads, "kv_num_heads": key_heads}
    return attention(node._replace(inputs=[*operands, None, past], attributes=attributes))


def _widths(node: Node) -> tuple[int, int, int]:
    """Width of all heads of queries, keys and values that one packed weight makes."""
    given = node.attributes.get("qkv_hidden_sizes")
    third = node.operand(1).shape[1] // 3
    queries, keys, values = given or (third, third, third)
    return int(queries), int(keys), int(values)


def packed(past: int) -> tuple[Callable[[Node], list[Shape]], Callable[[Node], list[Layer]]]:
    """Attention and QAttention, whose weight makes queries, keys and values at once; ``past`` is where theirs is."""

    def shapes(node: Node) -> list[Shape]:
        batch, tokens, _ = node.operand(0).shape
        queries, _, values = _widths(node)
        heads = int(node.attributes["num_heads"])
        before = _input(node, past)
        length = tokens + (before.shape[3] if before else 0)
        return [(batch, tokens, values), (2, batch, heads, length, queries // heads)]

    def work(node: Node) -> list[Layer]:
        inputs, weights = node.operand(0), node.operand(1)
        batch, tokens, features = inputs.shape
        if weights.shape != (features, sum(_widths(node))):
            raise SpecError(
                f"layer {node.name!r}: packed weights of {list(weights.shape)} do not suit {features} features and "
                f"heads of {list(_widths(node))}; export it again"
            )
        projected = product_of(
            f"{node.name}/projection", (batch * tokens, sum(_widths(node))), features, 1, inputs, weights
        )
        operands = [Operand((batch, tokens, width), Activation.PLAIN, inputs.bits) for width in _widths(node)]
        heads, before = int(node.attributes["num_heads"]), _input(node, past)
        keys = before._replace(shape=before.shape[1:]) if before else None  # of keys and values, stacked
        return [projected, *_weighed(node, operands, heads, heads, keys)]

    return shapes, work


def _separate(node: Node) -> list[Operand]:
    """Queries, keys and values of a MultiHeadAttention, which may come packed: all three, or keys and values."""
    first = node.operand(0)
    if len(first.shape) == 5:
        batch, tokens, heads, three, width = first.shape
        return [first._replace(shape=(batch, tokens, heads * width))] * three
    keys = node.operand(1)
    if len(keys.shape) == 5:
        batch, tokens, heads, _, width = keys.shape
        return [first, *[keys._replace(shape=(batch, tokens, heads * width))] * 2]
    return [first, keys, node.operand(2)]


def multi_head_shapes(node: Node) -> list[Shape]:
    """Of a MultiHeadAttention's output, and of the keys and values that it hands on."""
    heads, past = int(node.attributes["num_heads"]), _input(node, 6)
    queries, keys, values = (each.shape for each in _separate(node))
    width = values[-1] if len(values) == 3 else values[1] * values[3]
    held = (keys[1] if len(keys) == 3 else keys[2]) + (past.shape[2] if past else 0)
    present = [(queries[0], heads, held, each // heads) for each in (queries[2], width)]
    return [(*queries[:2], width), *present]


def multi_head(node: Node) -> list[Layer]:
    """MultiHeadAttention."""
    heads = int(node.attributes["num_heads"])
    return _weighed(node, _separate(node), heads, heads, _input(node, 6))


def _grouped(node: Node) -> list[Operand]:
    """Queries, keys and values of a GroupQueryAttention; packed, they lie beside each other in the last axis."""
    heads, shared = int(node.attributes["num_heads"]), int(node.attributes["kv_num_heads"])
    queries = node.operand(0)
    if _input(node, 1) is not None:
        return [queries, node.operand(1), node.operand(2)]
    batch, tokens, packed_width = queries.shape
    width = packed_width // (heads + 2 * shared)
    return [queries._replace(shape=(batch, tokens, number * width)) for number in (heads, shared, shared)]


def grouped_query_shapes(node: Node) -> list[Shape]:
    """Of a GroupQueryAttention's output, and of the keys and values that it hands on."""
    past, (queries, keys, values) = _input(node, 3), (each.shape for each in _grouped(node))
    shared = int(node.attributes["kv_num_heads"])
    held = keys[1] + (past.shape[2] if past else 0)
    present = [(queries[0], shared, held, each[2] // shared) for each in (keys, values)]
    return [queries, *present]


def grouped_query(node: Node) -> list[Layer]:
    """GroupQueryAttention: heads that share keys and values are columns of one product."""
    heads, shared = int(node.attributes["num_heads"]), int(node.attributes["kv_num_heads"])
    return _weighed(node, _grouped(node), heads, shared, _input(node, 3))
