"""Transformers: ViT-B/16, BERT-base, GPT-2 and Llama, whole or one step of decoding with a cache of keys and values.

All their layers are products of matrices. Keys and values take the place of weights in the attention; heads are groups,
and where several query heads share one head of keys (Llama 3) their queries are columns of one product. Softmax,
normalisation, activations and embeddings are no products and are not among the layers.
"""

from dataclasses import dataclass, replace

from eyeriss_jax.layers.checks import check_integer
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.layers.networks.base import Network


@dataclass(frozen=True, kw_only=True, slots=True)
class Transformer:
    """The sizes of a Transformer.

    Attributes:
        blocks: number of blocks, all alike.
        width: features of a token.
        heads: heads of queries.
        kv_heads: heads of keys, and of values; each serves ``heads / kv_heads`` heads of queries.
        ffn: features inside the feed-forward part.
        gated: whether the feed-forward part has a gate beside its first product (SwiGLU).
        outputs: classes, or words of the vocabulary; 0 for no last product.
    """

    blocks: int
    width: int
    heads: int
    kv_heads: int
    ffn: int
    gated: bool = False
    outputs: int = 0

    def layers(self, tokens: int, context: int, batch: int, classified: int) -> list[Layer]:
        """The layers of one run.

        Args:
            tokens: new tokens per sequence.
            context: tokens that each of them attends to (masked ones included).
            batch: sequences.
            classified: tokens per sequence that the last product is computed for.
        """
        head = self.width // self.heads
        groups, queries, columns = self.kv_heads * batch, self.heads // self.kv_heads * tokens, tokens * batch
        into_ffn = self.ffn * (2 if self.gated else 1)
        block = [
            Layer.matmul("QKV", self.width + 2 * self.kv_heads * head, self.width, columns),
            Layer.attention("scores", context, head, queries, groups),
            Layer.attention("values", head, context, queries, groups),
            Layer.matmul("projection", self.width, self.width, columns),
            Layer.matmul("FFN-up", into_ffn, self.width, columns),
            Layer.matmul("FFN-down", self.width, self.ffn, columns),
        ]
        repeated = [replace(layer, repeat=self.blocks) for layer in block]
        last = [Layer.matmul("output", self.outputs, self.width, classified * batch)] if self.outputs else []
        return repeated + last


VIT_B16 = Transformer(blocks=12, width=768, heads=12, kv_heads=12, ffn=3072, outputs=1000)
BERT_BASE = Transformer(blocks=12, width=768, heads=12, kv_heads=12, ffn=3072)
GPT2 = Transformer(blocks=12, width=768, heads=12, kv_heads=12, ffn=3072, outputs=50257)
LLAMA2_7B = Transformer(blocks=32, width=4096, heads=32, kv_heads=32, ffn=11008, gated=True, outputs=32000)
LLAMA3_8B = Transformer(blocks=32, width=4096, heads=32, kv_heads=8, ffn=14336, gated=True, outputs=128256)

_PATCH, _IMAGE = 16, 224


def vit_b16(batch: int = 1) -> Network:
    """ViT-B/16 at 224x224: 196 patches and a class token, 17.56 G MACs, 85.8 M weights."""
    patches = Layer.conv2d("patches", 3, VIT_B16.width, _IMAGE, _PATCH, stride=_PATCH, batch=batch)
    tokens = patches.E * patches.F + 1
    layers = (patches, *VIT_B16.layers(tokens, tokens, batch, classified=1))
    return Network(name="vit_b16", layers=layers, source="Dosovitskiy et al., ICLR 2021, Table 1")


def bert_base(tokens: int = 384, batch: int = 1) -> Network:
    """BERT-base encoding a sequence; 384 tokens are those of its question answering: 35.3 G MACs, 84.9 M weights."""
    check_integer("network 'bert_base'", "tokens", tokens)
    layers = tuple(BERT_BASE.layers(tokens, tokens, batch, classified=0))
    return Network(name=f"bert_base_{tokens}", layers=layers, source="Devlin et al., NAACL 2019", batch=batch)


def gpt2_prefill(tokens: int = 1024, batch: int = 1) -> Network:
    """GPT-2 (124 M) reading a prompt; the next word is computed for its last token. The mask saves no work."""
    return _reading("gpt2_prefill", GPT2, "Radford et al., 2019", tokens, batch)


def gpt2_decode(context: int = 1024, batch: int = 1) -> Network:
    """GPT-2 (124 M) making one word with ``context`` tokens in its cache, the new one included."""
    return _decoding("gpt2_decode", GPT2, "Radford et al., 2019", context, batch)


def llama2_7b_decode(context: int = 1024, batch: int = 1) -> Network:
    """Llama 2 (7 B) making one word with ``context`` tokens in its cache, the new one included."""
    return _decoding("llama2_7b_decode", LLAMA2_7B, "Touvron et al., arXiv:2307.09288", context, batch)


def llama3_8b_decode(context: int = 1024, batch: int = 1) -> Network:
    """Llama 3 (8 B, grouped queries) making one word with ``context`` tokens in its cache, the new one included."""
    return _decoding("llama3_8b_decode", LLAMA3_8B, "Grattafiori et al., arXiv:2407.21783, Table 3", context, batch)


def _decoding(name: str, model: Transformer, source: str, context: int, batch: int) -> Network:
    check_integer(f"network {name!r}", "context", context)
    layers = tuple(model.layers(1, context, batch, classified=1))
    return Network(name=f"{name}_{context}", layers=layers, source=source, batch=batch)


def _reading(name: str, model: Transformer, source: str, tokens: int, batch: int) -> Network:
    check_integer(f"network {name!r}", "tokens", tokens)
    layers = tuple(model.layers(tokens, tokens, batch, classified=1))
    return Network(name=f"{name}_{tokens}", layers=layers, source=source, batch=batch)
