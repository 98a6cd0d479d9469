"""DaDianNao, MICRO'14: how its layers scale over nodes (Fig 10).

The GPU's times are not published, so that only ratios of speed-ups can be compared. Of CONV and POOL layers 4, 16 and
64 nodes split a plane 2, 4 and 8 times in each direction; what a plane's extents leave idle is all that the law knows.
A CLASS layer goes round a ring.
"""

from math import isqrt

from eyeriss_jax.hardware.presets.field import dadiannao, dadiannao_ring
from eyeriss_jax.layers.layer import Layer
from eyeriss_jax.model.field import spent
from eyeriss_jax.published.claim import Claim
from eyeriss_jax.published.field.figures import claim_id, figures_of

CHIP = "dadiannao"

# MICRO'14, Table I: planes of inputs. Pooling is a window of 2x2 per channel, one step per tap as for a filter.
_LAYERS = {
    "CONV1": Layer.conv2d("CONV1", 256, 384, 256, 11),
    "POOL1": Layer.depthwise("POOL1", 12, (492, 367), 2, stride=2),
    "POOL2": Layer.depthwise("POOL2", 256, 256, 2, stride=2),
    "CLASS1": Layer.fully_connected("CLASS1", 2560, 2560),
}
_NODES = {"CLASS1": (1, 4, 16, 64), "CONV1": (4, 16, 64), "POOL1": (1, 4, 16, 64), "POOL2": (1, 4, 16, 64)}


def claims() -> tuple[Claim, ...]:
    """All claims of this file: each number of nodes over the smallest that the layer is shown for."""
    return tuple(_scaling(layer, nodes[0], more) for layer, nodes in _NODES.items() for more in nodes[1:])


def _scaling(layer: str, few: int, many: int) -> Claim:
    before, after = (_speedup(layer, nodes) for nodes in (few, many))
    return Claim(
        id=claim_id(CHIP, f"scaling_{few}_to_{many}", layer),
        statement=f"{CHIP}: speed of {many} nodes over {few}, {layer}",
        source="MICRO'14, Fig 10: ratio of two speed-ups",
        tag="D",
        published=float(f"{after / before:.4g}"),
        unit="x",
        tolerance=0.15 if layer == "CLASS1" else 0.05,
        fitted="time per hop: chosen on this figure" if (layer, many) == ("CLASS1", 64) else "",
        ours=lambda _: _cycles(layer, few) / _cycles(layer, many),
    )


def _speedup(layer: str, nodes: int) -> float:
    return next(row.value for row in figures_of(CHIP, f"speedup_over_K20M_{nodes}chips") if row.workload == layer)


def _cycles(layer: str, nodes: int) -> float:
    if layer == "CLASS1":
        return spent(_LAYERS[layer], dadiannao_ring(nodes)).total
    side = isqrt(nodes)
    return spent(_LAYERS[layer], dadiannao().replace(rows=side, cols=side)).total
